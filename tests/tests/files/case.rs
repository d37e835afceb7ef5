//! A problem file, and what is to be made of it.

/// What `twobus` is to make of a file.
#[derive(Clone, Debug)]
pub enum Expect {
    /// Reads it as libsndfile does, without a word.
    Equal,
    /// Reads it without a word, which libsndfile does otherwise: the reason why.
    Ours(&'static str),
    /// Reads it with a warning that has this in it.
    Warned(&'static str),
    /// Refuses it, with this in the message.
    Refused(&'static str),
}

/// A problem file.
#[derive(Clone, Debug)]
pub struct Case {
    pub group: &'static str,
    pub name: String,
    pub extension: &'static str,
    pub bytes: Vec<u8>,
    /// What was put in: the sample rate, the number of channels, and the samples, interleaved.
    pub truth: Truth,
    /// How far samples may be from those: 0 but for lossy files.
    pub tolerance: f32,
    pub expect: Expect,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    pub rate: u32,
    pub channels: usize,
    pub samples: Vec<f32>,
}

impl Truth {
    pub fn frames(&self) -> usize {
        self.samples.len() / self.channels.max(1)
    }

    /// Its first frames.
    pub fn first(&self, frames: usize) -> Self {
        Self { samples: self.samples[..frames * self.channels].to_vec(), ..*self }
    }
}

/// Files of one group being listed.
pub struct List {
    pub group: &'static str,
    pub extension: &'static str,
    pub cases: Vec<Case>,
}

impl List {
    pub fn new(group: &'static str, extension: &'static str) -> Self {
        Self { group, extension, cases: Vec::new() }
    }

    pub fn add(&mut self, name: impl Into<String>, bytes: Vec<u8>, truth: &Truth, expect: Expect) {
        self.cases.push(Case {
            group: self.group,
            name: name.into(),
            extension: self.extension,
            bytes,
            truth: truth.clone(),
            tolerance: 0.0,
            expect,
        });
    }
}
