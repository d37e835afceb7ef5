//! What a file says about its song beside the sound: titles, art, ISRC, broadcast data. Kept where the output can hold it,
//! and else named, so that nobody loses it without knowing.

pub(crate) mod aiff;
pub(crate) mod flac;
pub(crate) mod id3;
pub(crate) mod riff;

use symphonia::core::errors::Result;
use symphonia::core::formats::FormatReader;
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{
    MetadataBuffer, MetadataOptions, MetadataReader as _, MetadataRevision, RawValue, StandardTag, Visual,
};
use symphonia::default::meta::{Id3v1Reader, Id3v2Reader};

use super::guard::guarded;
use super::spec::Format;

/// The most fields that are kept: more are a mistake.
const MOST_COMMENTS: usize = 1000;
/// The most bytes of text and pictures that are kept of a file.
const MOST_BYTES: usize = 64 << 20;
/// The longest picture that a block holds beside its own fields.
const LONGEST_PICTURE: usize = (1 << 24) - 1024;

/// A picture: a cover, most often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it shows, by the numbers of ID3v2's APIC frame: 3 is the front cover.
    pub kind: u32,
    /// Its MIME type: "image/jpeg".
    pub media_type: String,
    /// What is written below it.
    pub description: String,
    /// Width, height, bits a pixel and number of colours as FLAC has them; 0 where not known.
    pub size: [u32; 4],
    /// The file that it is.
    pub data: Vec<u8>,
}

/// All that a file says about its song.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    comments: Vec<(String, String)>,
    pictures: Vec<Picture>,
    bext: Option<Vec<u8>>,
    ixml: Option<Vec<u8>>,
    left_out: Vec<String>,
    bytes: usize,
}

/// Fields that tell of the sound as it was, or of the file that it was in: wrong about anything made from it.
fn is_of_the_old_sound(key: &str) -> bool {
    [
        "REPLAYGAIN_",
        "R128_",
        "ITUNNORM",
        "ITUNSMPB",
        "ITUNPGAP",
        "ENCODER",
        "ENCODED",
        "ACCURATERIP",
        "CUESHEET",
        "MP3GAIN_",
        "WAVEFORMATEXTENSIBLE_",
    ]
    .iter()
    .any(|start| key.starts_with(start))
}

impl Tags {
    /// The fields by Vorbis comment names in capitals ("TITLE", "ISRC"), in the file's order.
    pub fn comments(&self) -> &[(String, String)] {
        &self.comments
    }

    /// The pictures.
    pub fn pictures(&self) -> &[Picture] {
        &self.pictures
    }

    /// The broadcast extension chunk (EBU Tech 3285), as it is.
    pub fn bext(&self) -> Option<&[u8]> {
        self.bext.as_deref()
    }

    /// The iXML chunk, as it is.
    pub fn ixml(&self) -> Option<&[u8]> {
        self.ixml.as_deref()
    }

    /// As the metadata blocks of a FLAC file behind its STREAMINFO (RFC 9639, section 8), none marked as the last.
    pub fn to_flac_blocks(&self) -> Vec<Vec<u8>> {
        flac::blocks_of(self)
    }

    /// As the chunks of a WAV file, in front of its samples.
    pub fn to_riff_chunks(&self) -> Vec<u8> {
        riff::chunks_of(self)
    }

    /// Whether there is nothing to be kept.
    pub fn is_empty(&self) -> bool {
        self.comments.is_empty() && self.pictures.is_empty() && self.bext.is_none() && self.ixml.is_none()
    }

    /// What an output of a format does not keep of these, in words; with what was in the file and is never kept.
    pub fn lost_in(&self, format: Format) -> Vec<String> {
        let mut lost = self.left_out.clone();
        if format == Format::Flac {
            lost.extend(self.bext.as_ref().map(|_| "the broadcast extension (bext), which FLAC does not hold".into()));
            lost.extend(self.ixml.as_ref().map(|_| "the iXML data, which FLAC does not hold".into()));
            let is_long = |picture: &&Picture| picture.data.len() > LONGEST_PICTURE;
            lost.extend(self.pictures.iter().find(is_long).map(|_| "a picture too large for FLAC".into()));
        }
        lost
    }

    pub(super) fn left_out(&mut self, what: impl Into<String>) {
        let what = what.into();
        if self.left_out.len() < 20 && !self.left_out.contains(&what) {
            self.left_out.push(what);
        }
    }

    /// Room for so many bytes more?
    fn has_room(&mut self, bytes: usize) -> bool {
        if self.bytes + bytes > MOST_BYTES {
            self.left_out("what is beyond 64 MB of tags");
            return false;
        }
        self.bytes += bytes;
        true
    }

    /// Adds a field. The same twice, of two kinds of tags in one file, is one.
    pub(super) fn add(&mut self, key: &str, value: &str) {
        let key = key.trim().to_ascii_uppercase();
        let value = value.trim_end_matches('\0').trim();
        if key.is_empty() || value.is_empty() || !key.bytes().all(|byte| (0x20..0x7e).contains(&byte) && byte != b'=') {
            return;
        }
        if is_of_the_old_sound(&key) {
            self.left_out(format!("{key}, which is the old sound's"));
            return;
        }
        let is_known = self.comments.iter().any(|(its, text)| *its == key && text == value);
        if is_known || self.comments.len() >= MOST_COMMENTS || !self.has_room(value.len()) {
            return;
        }
        self.comments.push((key, value.into()));
    }

    pub(super) fn add_picture(&mut self, picture: Picture) {
        if self.pictures.len() < 100 && !picture.data.is_empty() && self.has_room(picture.data.len()) {
            let is_known = self.pictures.iter().any(|its| its.data == picture.data);
            if !is_known {
                self.pictures.push(picture);
            }
        }
    }

    pub(super) fn set_bext(&mut self, bext: Vec<u8>) {
        if self.bext.is_none() && self.has_room(bext.len()) {
            self.bext = Some(bext);
        }
    }

    pub(super) fn set_ixml(&mut self, ixml: Vec<u8>) {
        if self.ixml.is_none() && self.has_room(ixml.len()) {
            self.ixml = Some(ixml);
        }
    }

    /// Reads an ID3v2 tag.
    pub(super) fn read_id3v2(&mut self, tag: &[u8]) {
        self.read_tag(tag, "an ID3v2 tag", |stream| {
            Id3v2Reader::try_new(stream, MetadataOptions::default())?.read_all()
        });
    }

    /// Reads an ID3v1 tag, the 128 bytes of it.
    pub(super) fn read_id3v1(&mut self, tag: &[u8]) {
        self.read_tag(tag, "an ID3v1 tag", |stream| {
            Id3v1Reader::try_new(stream, MetadataOptions::default())?.read_all()
        });
    }

    /// Adds what `read` makes of a tag.
    fn read_tag(&mut self, tag: &[u8], what: &str, read: fn(MediaSourceStream) -> Result<MetadataBuffer>) {
        let read = guarded(|| {
            let stream = std::io::Cursor::new(tag.to_vec());
            read(MediaSourceStream::new(Box::new(stream), Default::default()))
        });
        match read {
            Some(Ok(buffer)) => {
                self.add_revision(&buffer.revision);
            }
            _ => self.left_out(format!("{what} that cannot be made sense of")),
        }
    }

    /// Adds what a demuxer has read; returns iTunes' own gapless field, if there is one.
    pub(super) fn read_symphonia(&mut self, demuxer: &mut dyn FormatReader) -> Option<String> {
        let mut gapless = None;
        let mut log = demuxer.metadata();
        loop {
            if let Some(revision) = log.current() {
                gapless = self.add_revision(revision).or(gapless);
            }
            if log.is_latest() || log.pop().is_none() {
                break;
            }
        }
        gapless
    }

    fn add_revision(&mut self, revision: &MetadataRevision) -> Option<String> {
        let mut gapless = None;
        for tag in &revision.media.tags {
            let text = raw_text(&tag.raw.value);
            let raw_key = tag.raw.key.rsplit(':').next().unwrap_or(&tag.raw.key);
            if tag.raw.key.contains("iTunSMPB") {
                gapless = text.clone();
            }
            match (&tag.std, text) {
                (Some(std), text) => match field_of(std) {
                    Some((key, value)) => self.add(key, &value.or(text).unwrap_or_default()),
                    None if self.is_plain_key(raw_key) => self.add(raw_key, &text.unwrap_or_default()),
                    None => self.left_out(format!("the field {raw_key}")),
                },
                (None, Some(text)) if self.is_plain_key(raw_key) => self.add(raw_key, &text),
                (None, _) => self.left_out(format!("the field {raw_key}")),
            }
        }
        for visual in &revision.media.visuals {
            self.add_picture(picture_of(visual));
        }
        gapless
    }

    /// Whether a field's name means something outside the kind of tag that it comes from.
    fn is_plain_key(&self, key: &str) -> bool {
        key.len() > 4 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' ' | b'-'))
    }
}

fn raw_text(value: &RawValue) -> Option<String> {
    match value {
        RawValue::String(text) => Some(text.to_string()),
        RawValue::UnsignedInt(number) => Some(number.to_string()),
        RawValue::SignedInt(number) => Some(number.to_string()),
        RawValue::StringList(list) => Some(list.join("; ")),
        _ => None,
    }
}

/// The Vorbis comment of a field that is known under other names elsewhere; without a value where the raw one is meant.
fn field_of(tag: &StandardTag) -> Option<(&'static str, Option<String>)> {
    use StandardTag as Is;
    let text = |key, value: &std::sync::Arc<String>| Some((key, Some(value.to_string())));
    let number = |key, value: u64| Some((key, Some(value.to_string())));
    match tag {
        Is::TrackTitle(value) => text("TITLE", value),
        Is::TrackSubtitle(value) => text("SUBTITLE", value),
        Is::Artist(value) => text("ARTIST", value),
        Is::AlbumArtist(value) => text("ALBUMARTIST", value),
        Is::Album(value) => text("ALBUM", value),
        Is::Composer(value) => text("COMPOSER", value),
        Is::Lyricist(value) => text("LYRICIST", value),
        Is::Conductor(value) => text("CONDUCTOR", value),
        Is::Performer(value) => text("PERFORMER", value),
        Is::Producer(value) => text("PRODUCER", value),
        Is::Engineer(value) => text("ENGINEER", value),
        Is::MixEngineer(value) => text("MIXER", value),
        Is::Remixer(value) => text("REMIXER", value),
        Is::Arranger(value) => text("ARRANGER", value),
        Is::Genre(value) => text("GENRE", value),
        Is::Comment(value) => text("COMMENT", value),
        Is::Description(value) => text("DESCRIPTION", value),
        Is::Copyright(value) => text("COPYRIGHT", value),
        Is::License(value) => text("LICENSE", value),
        Is::Label(value) => text("ORGANIZATION", value),
        Is::IdentIsrc(value) => text("ISRC", value),
        Is::IdentBarcode(value) | Is::IdentEanUpn(value) | Is::IdentUpc(value) => text("BARCODE", value),
        Is::IdentCatalogNumber(value) => text("CATALOGNUMBER", value),
        Is::Lyrics(value) => text("LYRICS", value),
        Is::Language(value) => text("LANGUAGE", value),
        Is::Mood(value) => text("MOOD", value),
        Is::InitialKey(value) => text("INITIALKEY", value),
        Is::Grouping(value) => text("GROUPING", value),
        Is::RecordingLocation(value) => text("LOCATION", value),
        Is::RecordingDate(value) | Is::ReleaseDate(value) => text("DATE", value),
        Is::OriginalReleaseDate(value) | Is::OriginalRecordingDate(value) => text("ORIGINALDATE", value),
        Is::RecordingYear(year) | Is::ReleaseYear(year) => number("DATE", (*year).into()),
        Is::OriginalReleaseYear(year) | Is::OriginalRecordingYear(year) => number("ORIGINALDATE", (*year).into()),
        Is::TrackNumber(value) => number("TRACKNUMBER", *value),
        Is::TrackTotal(value) => number("TRACKTOTAL", *value),
        Is::DiscNumber(value) => number("DISCNUMBER", *value),
        Is::DiscTotal(value) => number("DISCTOTAL", *value),
        Is::Bpm(value) => number("BPM", *value),
        Is::Encoder(_) | Is::EncodedBy(_) | Is::EncoderSettings(_) => Some(("ENCODER", None)),
        _ => None,
    }
}

fn picture_of(visual: &Visual) -> Picture {
    use symphonia::core::meta::StandardVisualKey as Is;
    let kind = match visual.usage {
        Some(Is::FileIcon) => 1,
        Some(Is::OtherIcon) => 2,
        Some(Is::BackCover) => 4,
        Some(Is::Leaflet) => 5,
        Some(Is::Media) => 6,
        Some(Is::FrontCover) => 3,
        _ => 0,
    };
    let size = visual.dimensions.as_ref().map_or([0; 4], |size| [size.width, size.height, 0, 0]);
    let media_type = visual.media_type.clone().unwrap_or_else(|| media_type_of(&visual.data).into());
    Picture { kind, media_type, description: String::new(), size, data: visual.data.to_vec() }
}

fn media_type_of(data: &[u8]) -> &'static str {
    match data {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        _ => "application/octet-stream",
    }
}

/// Text of a file whose encoding nothing tells: UTF-8 where it is that, else Latin-1.
fn text_of(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text.into(),
        Err(_) => bytes[..end].iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_kept_once_and_those_of_the_old_sound_named() {
        let mut tags = Tags::default();
        tags.add("title", " A song \0");
        tags.add("TITLE", "A song");
        tags.add("REPLAYGAIN_TRACK_GAIN", "-3 dB");
        tags.add("bad=key", "x");
        tags.add("ARTIST", "");
        assert_eq!(tags.comments(), [("TITLE".to_string(), "A song".to_string())]);
        assert!(tags.lost_in(Format::Wav).iter().any(|lost| lost.contains("REPLAYGAIN_TRACK_GAIN")));
        tags.set_bext(vec![0; 602]);
        assert_eq!(tags.lost_in(Format::Wav).len(), 1);
        assert_eq!(tags.lost_in(Format::Flac).len(), 2);
    }

    #[test]
    fn text_is_read_in_both_usual_encodings() {
        assert_eq!(text_of("Bj\u{f6}rk\0rest".as_bytes()), "Bj\u{f6}rk");
        assert_eq!(text_of(b"Bj\xf6rk"), "Bj\u{f6}rk");
    }
}
