//! Songs in order as one record: levels, gaps, fades, and joins that are exact to the sample.

mod write;

use std::path::{Path, PathBuf};

use shared_dsp::loudness::LoudnessMeter;
use shared_dsp::math::db_to_gain;
use shared_report::{Programme, Song};

pub use write::{Outputs, Written, write};

use crate::audio::AudioError;
use crate::measure::{MeasureError, Options as MeasureOptions, measure_with};
use crate::render::Progress;

/// What is brought to one loudness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MatchBy {
    /// Every song: all are as loud as each other.
    Song,
    /// The record as a whole: the songs keep their relations. Its loudness is that of all songs as one programme, but for the
    /// tenths of a second around each join.
    #[default]
    Album,
}

/// How a record is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What is brought to one loudness.
    pub by: MatchBy,
    /// That loudness in LUFS. Without it songs are brought to the loudness that the record has as a whole, and the record
    /// stays as loud as it is; either as far as the ceiling allows.
    pub loudness_lufs: Option<f64>,
    /// No true peak of a song may pass this, in dBTP.
    pub ceiling_dbtp: f64,
    /// Silence between songs in seconds: none, one for all, or one between each two.
    pub gaps_s: Vec<f64>,
    /// Length of the fade at the beginning of the record and behind each gap, in seconds.
    pub fade_in_s: f64,
    /// Length of the fade at the end of the record and before each gap, in seconds.
    pub fade_out_s: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            by: MatchBy::default(),
            loudness_lufs: None,
            ceiling_dbtp: -1.0,
            gaps_s: Vec::new(),
            fade_in_s: 0.0,
            fade_out_s: 0.0,
        }
    }
}

/// Why there is no record.
#[derive(Debug, thiserror::Error)]
pub enum AlbumError {
    /// A song could not be read, or the record not written.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// Two songs differ in sample rate or channels.
    #[error("{} has {first_hz} Hz and {first_channels} channel(s), {} has {other_hz} Hz and {other_channels}: songs of one record must be alike",
        first.display(), other.display())]
    Unlike {
        /// The first song.
        first: PathBuf,
        /// Its sample rate in Hz.
        first_hz: u32,
        /// Its channels.
        first_channels: usize,
        /// The song that differs.
        other: PathBuf,
        /// Its sample rate in Hz.
        other_hz: u32,
        /// Its channels.
        other_channels: usize,
    },
    /// There are neither one gap nor as many as there are places between songs.
    #[error("{gaps} gaps for {songs} songs; allowed: one for all, or {}", songs - 1)]
    Gaps {
        /// Gaps given.
        gaps: usize,
        /// Songs given.
        songs: usize,
    },
    /// The loudness asked for would lift a song's peaks over the ceiling.
    #[error("{}: at {loudness_lufs} LUFS its true peak would be {peak_dbtp:.2} dBTP, {:.2} dB above the ceiling of {ceiling_dbtp} dBTP; \
        {most_lufs:.2} LUFS at most fit", file.display(), peak_dbtp - ceiling_dbtp)]
    Ceiling {
        /// The song that is farthest over.
        file: PathBuf,
        /// The loudness asked for, in LUFS.
        loudness_lufs: f64,
        /// Where its true peak would be, in dBTP.
        peak_dbtp: f64,
        /// What is allowed, in dBTP.
        ceiling_dbtp: f64,
        /// The greatest loudness that fits all songs, in LUFS.
        most_lufs: f64,
    },
    /// An output is one of the songs.
    #[error("{}: is a song of the record, and would be overwritten", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
}

impl From<AudioError> for AlbumError {
    fn from(error: AudioError) -> Self {
        Self::Measure(error.into())
    }
}

/// A song, measured.
#[derive(Clone, Debug)]
pub struct MeasuredSong {
    file: PathBuf,
    programme: Programme,
    loudness: LoudnessMeter,
}

impl MeasuredSong {
    /// The song's file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What is odd about it, in words.
    pub fn warnings(&self) -> &[String] {
        &self.programme.warnings
    }
}

/// Measures a song of a record, mono or stereo.
///
/// # Errors
///
/// [`MeasureError`].
pub fn measure_song(file: &Path, progress: &mut dyn FnMut(Progress) -> bool) -> Result<MeasuredSong, MeasureError> {
    let (programme, loudness) = measure_with(file, MeasureOptions::default(), progress)?;
    Ok(MeasuredSong { file: file.into(), programme, loudness })
}

/// A record that is ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    sample_rate_hz: u32,
    channels: usize,
    files: Vec<PathBuf>,
    parts: Vec<Part>,
    songs: Vec<Song>,
    lowered_db: f64,
}

/// What happens to one song.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    gain: f64,
    frames: u64,
    fade_in_frames: u64,
    fade_out_frames: u64,
    gap_frames: u64,
}

impl Part {
    /// The gain of a frame: the song's, and a raised cosine at its faded ends.
    fn gain_at(&self, frame: u64) -> f64 {
        let raised = |at: u64, length: u64| {
            if at >= length {
                1.0
            } else {
                0.5 - 0.5 * (std::f64::consts::PI * (at as f64 + 0.5) / length as f64).cos()
            }
        };
        self.gain * raised(frame, self.fade_in_frames) * raised(self.frames - 1 - frame, self.fade_out_frames)
    }
}

impl Plan {
    /// The songs, with the places where they begin.
    pub fn songs(&self) -> &[Song] {
        &self.songs
    }

    /// How far all were lowered alike so that no peak passes the ceiling, in dB, 0 or less.
    pub fn lowered_db(&self) -> f64 {
        self.lowered_db
    }
}

/// Lays out a record: gains, starts, gaps and fades.
///
/// # Errors
///
/// [`AlbumError::Unlike`], [`AlbumError::Gaps`], [`AlbumError::Ceiling`].
pub fn plan(songs: &[MeasuredSong], options: &Options) -> Result<Plan, AlbumError> {
    let Some(first) = songs.first() else {
        return Ok(Plan {
            sample_rate_hz: 0,
            channels: 0,
            files: Vec::new(),
            parts: Vec::new(),
            songs: Vec::new(),
            lowered_db: 0.0,
        });
    };
    let facts = first.programme.facts;
    for other in songs {
        let (rate, channels) = (other.programme.facts.sample_rate_hz, other.programme.facts.channels);
        if (rate, channels) != (facts.sample_rate_hz, facts.channels) {
            return Err(AlbumError::Unlike {
                first: first.file.clone(),
                first_hz: facts.sample_rate_hz,
                first_channels: facts.channels,
                other: other.file.clone(),
                other_hz: rate,
                other_channels: channels,
            });
        }
    }
    let (gains_db, lowered_db) = gains_db(songs, options)?;

    let rate = f64::from(facts.sample_rate_hz);
    let in_frames = |seconds: f64| (seconds.max(0.0) * rate).round() as u64;
    let gaps: Vec<u64> = match options.gaps_s.as_slice() {
        [] => vec![0; songs.len() - 1],
        &[gap] => vec![in_frames(gap); songs.len() - 1],
        gaps if gaps.len() + 1 == songs.len() => gaps.iter().map(|&gap| in_frames(gap)).collect(),
        gaps => return Err(AlbumError::Gaps { gaps: gaps.len(), songs: songs.len() }),
    };
    let (fade_in, fade_out) = (in_frames(options.fade_in_s), in_frames(options.fade_out_s));
    let mut plan = Plan {
        sample_rate_hz: facts.sample_rate_hz,
        channels: facts.channels,
        files: songs.iter().map(|song| song.file.clone()).collect(),
        parts: Vec::new(),
        songs: Vec::new(),
        lowered_db,
    };
    let (mut start, mut gap_before) = (0, 0);
    for (at, (song, gain_db)) in songs.iter().zip(gains_db).enumerate() {
        let programme = &song.programme;
        let frames = in_frames(programme.facts.duration_s);
        let gap_frames = gaps.get(at).copied().unwrap_or(0);
        // Where one song runs into the next, a fade would be a hole.
        let has_start = at == 0 || gap_before > 0;
        let has_end = at + 1 == songs.len() || gap_frames > 0;
        plan.parts.push(Part {
            gain: db_to_gain(gain_db),
            frames,
            fade_in_frames: if has_start { fade_in.min(frames) } else { 0 },
            fade_out_frames: if has_end { fade_out.min(frames) } else { 0 },
            gap_frames,
        });
        plan.songs.push(Song {
            title: song.file.file_stem().unwrap_or(song.file.as_os_str()).to_string_lossy().into_owned(),
            start_frame: start,
            start_s: start as f64 / rate,
            duration_s: programme.facts.duration_s,
            gap_s: gap_before as f64 / rate,
            gain_db,
            integrated_lufs: programme.readings.integrated_lufs.map(|level| level + gain_db),
            loudness_range_lu: programme.readings.loudness_range_lu,
            true_peak_dbtp: programme.readings.true_peak_dbtp.map(|peak| peak + gain_db),
            sha256: None,
        });
        start += frames + gap_frames;
        gap_before = gap_frames;
    }
    Ok(plan)
}

/// The gain of each song in dB, and how far all were lowered for the ceiling.
fn gains_db(songs: &[MeasuredSong], options: &Options) -> Result<(Vec<f64>, f64), AlbumError> {
    let mut whole = songs[0].loudness.clone();
    songs[1..].iter().for_each(|song| whole.absorb_integration(&song.loudness));
    let whole_lufs = whole.integrated_lufs();
    let wanted = options.loudness_lufs.or(whole_lufs);
    let gain = |song: &MeasuredSong| {
        let now = match options.by {
            MatchBy::Song => song.programme.readings.integrated_lufs,
            MatchBy::Album => whole_lufs,
        };
        // Silence has no loudness to be changed.
        wanted.zip(now).map_or(0.0, |(wanted, now)| wanted - now)
    };
    let mut gains: Vec<f64> = songs.iter().map(gain).collect();
    let over = |song: &MeasuredSong, gain: f64| {
        song.programme.readings.true_peak_dbtp.map_or(f64::NEG_INFINITY, |peak| peak + gain - options.ceiling_dbtp)
    };
    let worst =
        songs.iter().zip(&gains).map(|(song, &gain)| (song, over(song, gain))).max_by(|a, b| a.1.total_cmp(&b.1));
    // Within the true-peak meter's own resolution there is nothing to lower.
    let Some((song, over)) = worst.filter(|(_, over)| *over > 1e-6) else { return Ok((gains, 0.0)) };
    if let Some(loudness_lufs) = options.loudness_lufs {
        return Err(AlbumError::Ceiling {
            file: song.file.clone(),
            loudness_lufs,
            peak_dbtp: options.ceiling_dbtp + over,
            ceiling_dbtp: options.ceiling_dbtp,
            most_lufs: loudness_lufs - over,
        });
    }
    gains.iter_mut().for_each(|gain| *gain -= over);
    Ok((gains, -over))
}
