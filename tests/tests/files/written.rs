//! What `twobus` writes, read back by libsndfile, and byte by byte.

use std::fs;

use host::audio::{Bits, Picture, Reader, Tags, WriteOptions, Writer};
use serde_json::Value;

use super::bytes::{chunk, floats, riff, sane_format, signal};
use super::python;

/// Writes a file.
fn write(path: &std::path::Path, rate: u32, channels: &[Vec<f32>], bits: Bits, options: &WriteOptions) {
    let mut writer = Writer::create_with(path, rate, channels.len(), bits, options).expect("create");
    let slices: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
    writer.write(&slices).expect("write");
    writer.finish().expect("finish");
}

/// The chunks of a WAV or RF64, each with its place; fails where they do not fill the file to its last byte.
fn chunks_of(bytes: &[u8]) -> Vec<([u8; 4], usize, usize)> {
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four"));
    let is_wide = &bytes[..4] == b"RF64";
    assert!(is_wide || word(4) as usize == bytes.len() - 8, "its size is that of the file");
    let mut at = 12;
    let mut chunks = Vec::new();
    while at < bytes.len() {
        let id: [u8; 4] = bytes[at..at + 4].try_into().expect("four");
        let mut size = word(at + 4) as usize;
        if is_wide && &id == b"data" {
            size = u64::from_le_bytes(bytes[28..36].try_into().expect("eight")) as usize;
        }
        chunks.push((id, at + 8, size));
        at += 8 + size + size % 2;
    }
    assert_eq!(at, bytes.len(), "every chunk has an even length");
    chunks
}

/// Every width and kind, mono and stereo, odd and even: frames, samples, format, mask and padding, by libsndfile and by the
/// bytes.
#[test]
fn what_is_written_is_read_back_by_libsndfile() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut names = Vec::new();
    let mut inputs = Vec::new();
    for (frames, rate) in [(1, 48_000), (4097, 44_100), (6001, 96_000), (5000, 192_000), (999, 384_000)] {
        for channels in [1, 2] {
            for (bits, extension) in [
                (Bits::Int16, "wav"),
                (Bits::Int24, "wav"),
                (Bits::Float32, "wav"),
                (Bits::Int16, "flac"),
                (Bits::Int24, "flac"),
            ] {
                let all = floats(&signal(frames, channels, 3), 16);
                let split: Vec<Vec<f32>> = (0..channels)
                    .map(|channel| all.iter().copied().skip(channel).step_by(channels).collect())
                    .collect();
                let name = format!("{frames}-{rate}-{channels}-{bits}.{extension}");
                write(&dir.path().join(&name), rate, &split, bits, &WriteOptions::default());
                names.push(name);
                inputs.push((all, frames, rate, channels, bits, extension));
            }
        }
    }
    fs::write(dir.path().join("list"), names.join("\n")).expect("write the list");
    let answers = python("read", dir.path());
    for ((name, answer), (all, frames, rate, channels, bits, extension)) in
        names.iter().zip(answers.lines()).zip(inputs)
    {
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        assert_eq!(answer["frames"].as_u64(), Some(frames as u64), "{name}: {answer}");
        assert_eq!(answer["channels"].as_u64(), Some(channels as u64), "{name}");
        assert_eq!(answer["rate"].as_u64(), Some(rate.into()), "{name}");
        let subtype = match bits {
            Bits::Int16 => "PCM_16",
            Bits::Int24 => "PCM_24",
            Bits::Float32 => "FLOAT",
        };
        assert_eq!(answer["subtype"].as_str(), Some(subtype), "{name}");
        let raw = fs::read(dir.path().join(format!("{name}.raw"))).expect("its samples");
        let back: Vec<f32> =
            raw.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four"))).collect();
        // On the grid, so that nothing was dithered: the same to the bit.
        assert_eq!(back, all, "{name}");
        if extension == "wav" {
            let bytes = fs::read(dir.path().join(name)).expect("read");
            let chunks = chunks_of(&bytes);
            let (_, data, size) = *chunks.iter().find(|(id, _, _)| id == b"data").expect("a data chunk");
            assert_eq!(size, frames * channels * usize::from(bits.count() / 8), "{name}");
            assert_eq!(bytes.len(), data + size + size % 2, "{name}: an odd sound has a pad byte");
            let info = answer["info"].as_str().expect("a log");
            assert!(!info.contains("(should be") && !info.contains("****"), "{name}: {info}");
            if bits != Bits::Int16 {
                let mask = if channels == 1 { "0x4 (C)" } else { "0x3 (L, R)" };
                assert!(info.contains(mask), "{name}: {info}");
            }
        }
    }
}

/// RF64 beyond a limit that is set low here: the same sound, by libsndfile too, and the bytes of EBU Tech 3306.
#[test]
fn long_songs_become_rf64() {
    let dir = tempfile::tempdir().expect("a folder");
    let all = floats(&signal(10_001, 1, 3), 16);
    let mut names = Vec::new();
    for bits in [Bits::Int16, Bits::Int24, Bits::Float32] {
        for (limit, id) in [(10_000, b"RF64"), (1_000_000, b"RIFF")] {
            let name = format!("{bits}-{limit}.wav");
            let path = dir.path().join(&name);
            let options = WriteOptions { most_riff_bytes: limit, ..WriteOptions::default() };
            write(&path, 48_000, std::slice::from_ref(&all), bits, &options);
            let bytes = fs::read(&path).expect("read");
            assert_eq!(&bytes[..4], id, "{name}");
            let first = chunks_of(&bytes)[0];
            assert_eq!(&first.0, if id == b"RF64" { b"ds64" } else { b"JUNK" }, "{name}");
            if id == b"RF64" {
                let wide = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight"));
                assert_eq!((wide(20), wide(36)), (bytes.len() as u64 - 8, 10_001), "{name}");
                assert_eq!(bytes[4..8], [0xff; 4], "{name}");
            }
            let reader = Reader::open(&path).expect("open");
            assert_eq!(reader.spec().frames, Some(10_001));
            assert!(reader.warnings().is_empty(), "{name}: {:?}", reader.warnings());
            names.push(name);
        }
    }
    fs::write(dir.path().join("list"), names.join("\n")).expect("write the list");
    for (name, answer) in names.iter().zip(python("read", dir.path()).lines()) {
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        assert_eq!(answer["frames"].as_u64(), Some(10_001), "{name}: {answer}");
        let raw = fs::read(dir.path().join(format!("{name}.raw"))).expect("its samples");
        let back: Vec<f32> =
            raw.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four"))).collect();
        assert_eq!(back, all, "{name}");
    }
}

/// Tags go from one kind of file into the other, and what does not is named.
#[test]
fn tags_are_carried_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut bext = vec![0; 602];
    bext[..4].copy_from_slice(b"Mix1");
    bext[346] = 2;
    bext[412..422].copy_from_slice(&[1; 10]);
    let info = [&b"INFO"[..], &chunk(b"INAM", b"Song\0"), &chunk(b"IART", b"Bj\xf6rk\0")].concat();
    let source = riff(&[
        chunk(b"bext", &bext),
        chunk(b"fmt ", &sane_format(1, 1, 48_000, 16)),
        chunk(b"iXML", b"<BWFXML/>"),
        chunk(b"LIST", &info),
        chunk(b"cue ", &[0; 4]),
        chunk(b"data", &[0; 200]),
        chunk(b"id3 ", &super::bytes::id3v2()),
    ]);
    fs::write(dir.path().join("source.wav"), source).expect("write");
    let reader = Reader::open(dir.path().join("source.wav")).expect("open");
    let tags = reader.tags().clone();
    let expected = [("TITLE", "Song"), ("ARTIST", "Bj\u{f6}rk"), ("ISRC", "DEABC2600001")];
    let pairs = |tags: &Tags| -> Vec<(String, String)> {
        let mut pairs = tags.comments().to_vec();
        pairs.sort();
        pairs
    };
    let mut sorted: Vec<(String, String)> = expected.map(|(key, value)| (key.into(), value.into())).to_vec();
    sorted.sort();
    assert_eq!(pairs(&tags), sorted);

    let options = WriteOptions { tags: tags.clone(), ..WriteOptions::default() };
    for name in ["out.wav", "out.flac"] {
        write(&dir.path().join(name), 48_000, &[vec![0.25; 101]], Bits::Int24, &options);
        let back = Reader::open(dir.path().join(name)).expect("open");
        assert_eq!(pairs(back.tags()), sorted, "{name}");
        assert!(back.warnings().is_empty(), "{name}: {:?}", back.warnings());
    }
    let wav = Reader::open(dir.path().join("out.wav")).expect("open");
    let kept = wav.tags().bext().expect("a broadcast extension");
    assert_eq!(&kept[..4], b"Mix1");
    assert_eq!(kept[412..422], [0xff, 0x7f].repeat(5), "the old sound's loudness is not the new one's");
    assert_eq!(wav.tags().ixml(), Some(&b"<BWFXML/>"[..]));
    let lost = tags.lost_in(host::audio::Format::Flac).join("; ");
    assert!(lost.contains("bext") && lost.contains("iXML") && lost.contains("cue points"), "{lost}");
    assert_eq!(tags.lost_in(host::audio::Format::Wav), ["cue points"]);

    // libsndfile finds the fields that it knows where they belong.
    fs::write(dir.path().join("list"), "out.wav\nout.flac").expect("write the list");
    for line in python("read", dir.path()).lines() {
        let answer: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(answer["frames"].as_u64(), Some(101), "{answer}");
        assert_eq!(answer["title"].as_str(), Some("Song"), "{answer}");
        assert_eq!(answer["artist"].as_str(), Some("Bj\u{f6}rk"), "{answer}");
    }
}

/// A picture goes both ways.
#[test]
fn pictures_are_carried_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let png = [&b"\x89PNG\r\n\x1a\n"[..], &[7; 333]].concat();
    let mut body = 3_u32.to_be_bytes().to_vec();
    for text in [&b"image/png"[..], b"Cover"] {
        body.extend((text.len() as u32).to_be_bytes());
        body.extend(text);
    }
    [10_u32, 20, 24, 0, png.len() as u32].iter().for_each(|value| body.extend(value.to_be_bytes()));
    body.extend(&png);
    write(&dir.path().join("plain.flac"), 48_000, &[vec![0.25; 5000]], Bits::Int16, &WriteOptions::default());
    let plain = fs::read(dir.path().join("plain.flac")).expect("read");
    let size = (body.len() as u32).to_be_bytes();
    let mut bytes = plain[..42].to_vec();
    bytes[4] = 0;
    bytes.extend([0x86, size[1], size[2], size[3]]);
    bytes.extend(&body);
    bytes.extend(&plain[42..]);
    fs::write(dir.path().join("art.flac"), bytes).expect("write");
    let tags = Reader::open(dir.path().join("art.flac")).expect("open").tags().clone();
    let is_it = |picture: &Picture| picture.kind == 3 && picture.media_type == "image/png" && picture.data == png;
    assert!(matches!(tags.pictures(), [picture] if is_it(picture)), "{:?}", tags.pictures());
    for name in ["art.wav", "again.flac"] {
        let options = WriteOptions { tags: tags.clone(), ..WriteOptions::default() };
        write(&dir.path().join(name), 48_000, &[vec![0.25; 5000]], Bits::Int16, &options);
        let mut back = Reader::open(dir.path().join(name)).expect("open");
        assert!(matches!(back.tags().pictures(), [picture] if is_it(picture)), "{name}: {:?}", back.tags().pictures());
        let mut block = vec![Vec::new()];
        assert_eq!(back.read(&mut block, 9999).expect("read"), 5000, "{name}");
    }
}
