//! MP3 and Ogg Vorbis as libsndfile writes them, and AAC put together by hand.

use std::path::Path;

use super::bytes::*;
use super::case::Expect::{Equal, Ours, Refused, Warned};
use super::case::{Case, List, Truth};

const FRAMES: usize = 50_000;

/// The tone that `files.py` writes into lossy files.
fn truth(made: &Path, channels: usize, rate: u32) -> Truth {
    let bytes = std::fs::read(made.join("tone.raw")).expect("files.py made it");
    let samples = bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four")));
    let samples: Vec<f32> = if channels == 2 { samples.collect() } else { samples.step_by(2).collect() };
    assert_eq!(samples.len(), FRAMES * channels);
    Truth { rate, channels, samples }
}

pub fn cases(made: &Path) -> Vec<Case> {
    let read = |name: &str| std::fs::read(made.join(name)).expect("files.py made it");
    let mut cases = Vec::new();
    let mut mp3 = List::new("MP3", "mp3");
    for rate in [44_100, 48_000, 22_050] {
        mp3.add(format!("{rate} Hz"), read(&format!("mp3-{rate}.mp3")), &truth(made, 2, rate), Equal);
    }
    mp3.add("mono", read("mp3-mono.mp3"), &truth(made, 1, 44_100), Equal);
    let whole = read("mp3-44100.mp3");
    let t = truth(made, 2, 44_100);
    mp3.add("an ID3v2 tag in front", joined(&id3v2(), &whole), &t, Equal);
    mp3.add("an ID3v1 tag behind", joined(&whole, &id3v1()), &t, Equal);
    mp3.add("zeros behind", joined(&whole, &[0; 500]), &t, Warned("500 bytes behind its last frame"));
    mp3.add("cut in the middle", whole[..whole.len() / 2].to_vec(), &t, Refused("truncated"));
    let middle = whole.len() / 2;
    let hole = [&whole[..middle], &[0; 3000], &whole[middle..]].concat();
    mp3.add("a hole in the middle", hole, &t, Refused("bytes that are no audio"));
    mp3.add("an ID3v2 tag and nothing", id3v2(), &t, Refused("holds no audio"));
    cases.extend(mp3.cases);

    let mut ogg = List::new("Ogg", "ogg");
    let whole = read("vorbis.ogg");
    let t = truth(made, 2, 48_000);
    ogg.add("Vorbis", whole.clone(), &t, Equal);
    ogg.add("Vorbis, mono", read("vorbis-mono.ogg"), &truth(made, 1, 44_100), Equal);
    ogg.add("Opus", read("opus.opus"), &t, Refused("Opus in Ogg"));
    ogg.add("Vorbis, cut in the middle", whole[..whole.len() / 2].to_vec(), &t, Refused("truncated"));
    let middle = whole.len() / 2;
    ogg.add("Vorbis, a wrong byte", patched(&whole, middle, &[!whole[middle]]), &t, Refused("checksum"));
    let pages: Vec<usize> = (0..whole.len() - 4).filter(|&at| &whole[at..at + 4] == b"OggS").collect();
    let gone = pages.len() - 2;
    ogg.add("Vorbis, a page gone", joined(&whole[..pages[gone]], &whole[pages[gone + 1]..]), &t, Refused("is missing"));
    ogg.add(
        "Vorbis, the last page gone",
        whole[..pages[pages.len() - 1]].to_vec(),
        &t,
        Refused("last page is missing"),
    );
    ogg.add("Vorbis, noise behind", joined(&whole, &[0x55; 300]), &t, Warned("behind its last page"));
    let mut second = whole.clone();
    for at in &pages {
        second[at + 14] ^= 0x55;
    }
    ogg.add("two songs, one behind the other", joined(&whole, &second), &t, Refused("chained Ogg"));
    cases.extend(ogg.cases);
    for case in &mut cases {
        // Coders of tones stay well within this.
        case.tolerance = 0.03;
    }

    let mut aac = List::new("AAC", "aac");
    let silent = Truth { rate: 44_100, channels: 2, samples: vec![0.0; 2 * 20 * 1024] };
    let stream = adts(20);
    aac.add("ADTS, silent", stream.clone(), &silent, Warned("silence of its encoder's"));
    aac.add("ADTS, cut", stream[..stream.len() - 3].to_vec(), &silent, Refused("last frame has 10 bytes of 13"));
    let hole = [&stream[..13 * 10], &[0x11; 50], &stream[13 * 10..]].concat();
    aac.add("ADTS, a hole", hole, &silent, Refused("50 bytes that are no audio"));
    cases.extend(aac.cases);
    let mut mp4 = List::new("AAC", "m4a");
    let heard = Truth { samples: vec![0.0; 2 * (20 * 1024 - 1024 - 300)], ..silent.clone() };
    let edited = self::mp4(20, Some((1024, 20 * 1024 - 1024 - 300)));
    mp4.add("MP4 with an edit list", edited.clone(), &heard, Ours("libsndfile reads no AAC"));
    let (index, sound) = edited.split_at(edited.len() - 8 - 20 * SILENCE.len());
    let behind = index_behind(index, sound);
    mp4.add("MP4 with an edit list, its index behind the sound", behind, &heard, Ours("libsndfile reads no AAC"));
    mp4.add("MP4 without one", self::mp4(20, None), &silent, Warned("silence of its encoder's"));
    mp4.add("MP4, cut", edited[..edited.len() - 20].to_vec(), &heard, Refused("truncated"));
    mp4.add("MP4, cut inside its header", edited[..100].to_vec(), &heard, Refused("truncated"));
    cases.extend(mp4.cases);
    cases
}

/// A block of silence: a pair of channels with nothing in it, and the end (ISO/IEC 14496-3, 4.4.2.1).
const SILENCE: [u8; 6] = [0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c];

/// A stream of ADTS: AAC-LC, 44.1 kHz, stereo.
fn adts(count: usize) -> Vec<u8> {
    let frame = [&[0xff, 0xf1, 0x50, 0x80, 0x01, 0xbf, 0xfc][..], &SILENCE].concat();
    frame.repeat(count)
}

/// The same MP4 as programs write it that do not know the length before the end: the index (moov) behind the sound (mdat).
fn index_behind(head: &[u8], sound: &[u8]) -> Vec<u8> {
    let type_bytes = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
    let (ftyp, moov) = head.split_at(type_bytes);
    let mut moov = moov.to_vec();
    let at = moov.windows(4).position(|name| name == b"stco").expect("a table of places") + 12;
    moov[at..at + 4].copy_from_slice(&(type_bytes as u32 + 8).to_be_bytes());
    // The index is farther from the sound than any reader reads at once.
    let mut sound = sound.to_vec();
    sound.resize(1 << 18, 0);
    sound[..4].copy_from_slice(&(1_u32 << 18).to_be_bytes());
    [ftyp, &sound, &moov].concat()
}

/// An MP4 of the same; with the start and length of what is to be heard, in frames.
fn mp4(count: usize, heard: Option<(u32, u32)>) -> Vec<u8> {
    let one = |name: &[u8; 4], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes()[..], name, content].concat();
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let frames = 1024 * count as u32;
    let matrix = words(&[0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]);
    let mvhd =
        [words(&[0, 0, 0, 44_100, frames, 0x1_0000, 0x0100_0000, 0, 0]), matrix.clone(), words(&[0, 0, 0, 0, 0, 0, 2])]
            .concat();
    let tkhd = [words(&[7, 0, 0, 1, 0, frames, 0, 0, 0, 0x0100_0000]), matrix, words(&[0, 0])].concat();
    let mdhd = words(&[0, 0, 0, 44_100, frames, 0x55c4_0000]);
    let hdlr = [&words(&[0, 0])[..], b"soun", &[0; 12], b"sound\0"].concat();
    // The decoder's configuration: AAC-LC, 44.1 kHz, two channels.
    let specific = [0x05, 2, 0x12, 0x10];
    let config = [&[0x04, 15 + 2, 0x40, 0x15, 0, 0, 0, 0, 1, 0xf4, 0, 0, 1, 0xf4, 0][..], &specific[..]].concat();
    let config = {
        let mut config = config;
        config[1] = 13 + 4;
        config
    };
    let config = [&config[..2], &config[2..15], &specific].concat();
    let es = [&[0x03, 3 + config.len() as u8 + 3, 0, 1, 0][..], &config, &[0x06, 1, 2]].concat();
    let esds = one(b"esds", &[&[0; 4][..], &es].concat());
    let entry =
        [&[0; 6][..], &[0, 1], &[0; 8], &[0, 2, 0, 16, 0, 0, 0, 0], &(44_100_u32 << 16).to_be_bytes(), &esds].concat();
    let stsd = [&words(&[0, 1])[..], &one(b"mp4a", &entry)].concat();
    let head = |offset: u32| {
        let table = [
            one(b"stsd", &stsd),
            one(b"stts", &words(&[0, 1, count as u32, 1024])),
            one(b"stsc", &words(&[0, 1, 1, count as u32, 1])),
            one(b"stsz", &words(&[0, SILENCE.len() as u32, count as u32])),
            one(b"stco", &words(&[0, 1, offset])),
        ]
        .concat();
        let dinf = one(b"dinf", &one(b"dref", &[&words(&[0, 1])[..], &one(b"url ", &words(&[1]))].concat()));
        let minf = [one(b"smhd", &words(&[0, 0])), dinf, one(b"stbl", &table)].concat();
        let mdia = [one(b"mdhd", &mdhd), one(b"hdlr", &hdlr), one(b"minf", &minf)].concat();
        let edit = heard.map(|(start, length)| one(b"edts", &one(b"elst", &words(&[0, 1, length, start, 0x1_0000]))));
        let trak = [one(b"tkhd", &tkhd), edit.unwrap_or_default(), one(b"mdia", &mdia)].concat();
        let moov = one(b"moov", &[one(b"mvhd", &mvhd), one(b"trak", &trak)].concat());
        [one(b"ftyp", b"M4A \0\0\0\0M4A isom"), moov].concat()
    };
    let offset = head(0).len() as u32 + 8;
    [head(offset), one(b"mdat", &SILENCE.repeat(count))].concat()
}
