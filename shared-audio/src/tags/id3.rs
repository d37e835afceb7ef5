//! An ID3v2.4 tag (id3.org, 2000), which WAV files carry for what LIST/INFO has no field for: ISRC and pictures.

use super::{Picture, Tags};

/// Frames of text and their Vorbis comments; all others become frames of a field's own name.
const FRAMES: [(&str, &[u8; 4]); 22] = [
    ("TITLE", b"TIT2"),
    ("SUBTITLE", b"TIT3"),
    ("ARTIST", b"TPE1"),
    ("ALBUMARTIST", b"TPE2"),
    ("CONDUCTOR", b"TPE3"),
    ("REMIXER", b"TPE4"),
    ("ALBUM", b"TALB"),
    ("COMPOSER", b"TCOM"),
    ("LYRICIST", b"TEXT"),
    ("GENRE", b"TCON"),
    ("COPYRIGHT", b"TCOP"),
    ("ORGANIZATION", b"TPUB"),
    ("ISRC", b"TSRC"),
    ("LANGUAGE", b"TLAN"),
    ("MOOD", b"TMOO"),
    ("INITIALKEY", b"TKEY"),
    ("GROUPING", b"TIT1"),
    ("BPM", b"TBPM"),
    ("DATE", b"TDRC"),
    ("ORIGINALDATE", b"TDOR"),
    ("TRACKNUMBER", b"TRCK"),
    ("DISCNUMBER", b"TPOS"),
];
/// Text is UTF-8.
const UTF8: u8 = 3;

/// The tag as bytes.
pub(super) fn tag_of(tags: &Tags) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut put = |id: &[u8; 4], content: &[u8]| {
        frames.extend_from_slice(id);
        frames.extend_from_slice(&synchsafe(content.len()));
        frames.extend_from_slice(&[0, 0]);
        frames.extend_from_slice(content);
    };
    let mut done: Vec<&str> = Vec::new();
    for (key, _) in tags.comments() {
        if done.contains(&key.as_str()) {
            continue;
        }
        done.push(key);
        // Several values of a field are one frame, with zeros between them.
        let values: Vec<&str> =
            tags.comments().iter().filter(|(its, _)| its == key).map(|(_, value)| value.as_str()).collect();
        let value = values.join("\0");
        match (key.as_str(), FRAMES.iter().find(|(its, _)| its == key)) {
            (_, Some((_, id))) => put(id, &[&[UTF8], value.as_bytes()].concat()),
            ("COMMENT", None) => put(b"COMM", &[&[UTF8], &b"XXX\0"[..], values[0].as_bytes()].concat()),
            ("LYRICS", None) => put(b"USLT", &[&[UTF8], &b"XXX\0"[..], values[0].as_bytes()].concat()),
            (key, None) => put(b"TXXX", &[&[UTF8], key.as_bytes(), &[0], value.as_bytes()].concat()),
        }
    }
    for Picture { kind, media_type, description, data, .. } in tags.pictures() {
        let kind = u8::try_from(*kind).unwrap_or(0);
        let content =
            [&[UTF8], media_type.as_bytes(), &[0, kind], description.as_bytes(), &[0], data.as_slice()].concat();
        put(b"APIC", &content);
    }
    [&b"ID3\x04\x00\x00"[..], &synchsafe(frames.len()), &frames].concat()
}

/// A size in four bytes of seven bits. Tags are bounded to 64 MB, a quarter of what that holds.
fn synchsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (size >> shift & 0x7f) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut tags = Tags::default();
        for (key, value) in [("TITLE", "T\u{e4}st"), ("ISRC", "DEABC2600001"), ("BARCODE", "4006381333931")] {
            tags.add(key, value);
        }
        let picture = Picture {
            kind: 3,
            media_type: "image/png".into(),
            description: String::new(),
            size: [0; 4],
            data: b"\x89PNG and so on".to_vec(),
        };
        tags.add_picture(picture);
        let mut back = Tags::default();
        back.read_id3v2(&tag_of(&tags));
        assert_eq!(back.comments(), tags.comments());
        assert_eq!(back.pictures(), tags.pictures());
    }
}
