//! Problem files of FLAC, made from those that libsndfile writes.

use std::path::Path;

use super::bytes::*;
use super::case::Expect::{Equal, Ours, Refused, Warned};
use super::case::{Case, List, Truth};

/// Frames of the files that `files.py` writes, and of a FLAC frame in them.
const FRAMES: usize = 20_000;
const BLOCK: usize = 4096;

fn truth(frames: usize, channels: usize, bits: u32, rate: u32, of: fn(i64) -> i64) -> Truth {
    let samples: Vec<i64> = signal(frames, channels, 3).into_iter().map(of).collect();
    Truth { rate, channels, samples: floats(&samples, bits) }
}

/// Puts a metadata block behind the stream's header.
fn with_block(flac: &[u8], kind: u8, body: &[u8]) -> Vec<u8> {
    let size = (body.len() as u32).to_be_bytes();
    [&flac[..42], &[kind, size[1], size[2], size[3]], body, &flac[42..]].concat()
}

pub fn cases(made: &Path) -> Vec<Case> {
    let made = |name: &str| std::fs::read(made.join(name)).expect("files.py made it");
    let mut list = List::new("FLAC", "flac");
    let whole = made("flac16.flac");
    let t16 = truth(FRAMES, 2, 16, 48_000, |sample| sample);
    list.add("16 bits", whole.clone(), &t16, Equal);
    list.add("24 bits", made("flac24.flac"), &truth(FRAMES, 2, 24, 96_000, |sample| sample * 256 + 77), Equal);
    list.add("8 bits", made("flac8.flac"), &truth(FRAMES, 2, 8, 48_000, |sample| sample.div_euclid(256)), Equal);
    let mono: Vec<i64> = signal(FRAMES, 2, 3).into_iter().step_by(2).collect();
    list.add("mono", made("flacmono.flac"), &Truth { rate: 44_100, channels: 1, samples: floats(&mono, 16) }, Equal);
    for channels in [3, 4, 5, 6] {
        let truth = truth(6000, channels, 16, 48_000, |sample| sample);
        list.add(format!("{channels} channels"), made(&format!("flac{channels}ch.flac")), &truth, Equal);
    }
    list.add("8 channels", made("flac8ch.flac"), &t16, Refused("8 channels"));

    // The stream's header: at 8 blocks, 12 frame sizes, 18 rate, channels, bits and length, 26 MD5.
    let packed = u64::from_be_bytes(whole[18..26].try_into().expect("eight"));
    let length = |frames: u64| patched(&whole, 18, &((packed & !((1 << 36) - 1)) | frames).to_be_bytes());
    let unknown = length(0);
    let no_md5 = |bytes: &[u8]| patched(bytes, 26, &[0; 16]);
    list.add("least block 0", patched(&whole, 8, &[0, 0]), &t16, Warned("blocks of 0 to 4096"));
    list.add("least block above the greatest", patched(&whole, 8, &[0xff, 0xff]), &t16, Warned("blocks of 65535"));
    list.add("greatest block 0", patched(&whole, 10, &[0, 0]), &t16, Warned("blocks of"));
    list.add("greatest block 1024", patched(&whole, 8, &[4, 0, 4, 0]), &t16, Equal);
    list.add("frame sizes of 16 MB and 1", patched(&whole, 12, &[0xff, 0xff, 0xff, 0, 0, 1]), &t16, Equal);
    list.add("frame sizes 0", patched(&whole, 12, &[0; 6]), &t16, Equal);
    list.add("length not known", unknown.clone(), &t16, Ours("libsndfile must know the length"));
    list.add("length 100 too great", length(FRAMES as u64 + 100), &t16, Refused("20000 frames of the 20100"));
    list.add("length 100 too small", length(FRAMES as u64 - 100), &t16, Warned("counts 19900 frames; 20000 are there"));
    list.add("length of 24 days", length((1 << 36) - 1), &t16, Refused("truncated"));
    list.add("no MD5", no_md5(&whole), &t16, Equal);
    list.add("a wrong MD5", patched(&whole, 26, &[7; 16]), &t16, Refused("MD5"));
    let rate = |rate: u64| patched(&whole, 18, &((packed & ((1 << 44) - 1)) | rate << 44).to_be_bytes());
    list.add(
        "44100 Hz by the header, 48000 by the frames",
        rate(44_100),
        &t16,
        Refused("its first frame 2 of 16 bits at 48000 Hz"),
    );
    list.add("0 Hz", rate(0), &t16, Refused("0 Hz"));
    list.add("655350 Hz", rate(655_350), &t16, Refused("655350 Hz"));
    let fields = |mask: u64, value: u64| patched(&whole, 18, &((packed & !mask) | value).to_be_bytes());
    list.add("mono by the header, stereo by the frames", fields(7 << 41, 0), &t16, Refused("its first frame 2 of"));
    list.add(
        "24 bits by the header, 16 by the frames",
        fields(31 << 36, 23 << 36),
        &t16,
        Refused("its first frame 2 of 16 bits"),
    );
    list.add("1 bit by the header", fields(31 << 36, 0), &t16, Refused("1 bits a sample"));

    // Metadata.
    list.add("an ID3v1 tag behind", joined(&whole, &id3v1()), &t16, Equal);
    list.add(
        "an ID3v1 tag behind, length not known",
        joined(&unknown, &id3v1()),
        &t16,
        Ours("libsndfile takes the tag for a frame"),
    );
    let ape = [&b"APETAGEX\xd0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..]].concat();
    list.add("an APE tag behind", joined(&whole, &ape), &t16, Equal);
    list.add(
        "an APE and an ID3v1 tag behind, length not known",
        [&unknown[..], &ape, &id3v1()].concat(),
        &t16,
        Ours("libsndfile takes the tags for a frame"),
    );
    list.add("an ID3v2 tag in front", joined(&id3v2(), &whole), &t16, Warned("begins with an ID3v2 tag"));
    list.add("zeros behind", joined(&whole, &[0; 1000]), &t16, Warned("1000 bytes behind its last frame"));
    list.add(
        "noise behind",
        joined(&whole, &little(&signal(500, 1, 7), 2)),
        &t16,
        Warned("1000 bytes behind its last frame"),
    );
    list.add(
        "noise behind, length not known",
        joined(&unknown, &little(&signal(500, 1, 7), 2)),
        &t16,
        Refused("no frame follows"),
    );
    list.add("an application block", with_block(&whole, 2, b"riffsomething"), &t16, Equal);
    list.add(
        "a cue sheet of nothing",
        with_block(&whole, 5, &[0; 396]),
        &t16,
        Ours("libsndfile stops at metadata that make no sense"),
    );
    list.add("padding of 1 MB", with_block(&whole, 1, &vec![0; 1 << 20]), &t16, Equal);
    list.add("a seek table of nonsense", with_block(&whole, 3, &[0xee; 180]), &t16, Equal);
    list.add(
        "a comment of 4 GB",
        with_block(&whole, 4, &[0xff; 20]),
        &t16,
        Ours("libsndfile stops at metadata that make no sense"),
    );
    list.add(
        "a picture of 4 GB",
        with_block(&whole, 6, &[0xff; 40]),
        &t16,
        Ours("libsndfile stops at metadata that make no sense"),
    );
    list.add("a block of a kind to come", with_block(&whole, 100, &[1; 9]), &t16, Equal);
    list.add("a block of the forbidden kind", with_block(&whole, 127, &[1; 9]), &t16, Refused("impossible kind"));
    list.add("two stream headers", with_block(&whole, 0, &whole[8..42]), &t16, Refused("two stream headers"));
    list.add(
        "a stream header of 33 bytes",
        [&b"fLaC\0\0\0\x21"[..], &whole[8..41], &whole[42..]].concat(),
        &t16,
        Refused("33 bytes of 34"),
    );
    list.add("no stream header", [&b"fLaC"[..], &whole[42..]].concat(), &t16, Refused("no stream header"));
    list.add(
        "a block longer than the file",
        with_block(&whole, 1, &[])[..45].iter().copied().chain([0xff; 3]).collect(),
        &t16,
        Refused("truncated"),
    );

    // Frames that are damaged, lost, doubled.
    let frames = flac_frames(&whole);
    assert_eq!(frames.len(), FRAMES.div_ceil(BLOCK), "all frames were found");
    let (second, third, fourth, last) = (frames[1], frames[2], frames[3], frames[frames.len() - 1]);
    for (name, base) in [("", &whole), (", length not known", &unknown)] {
        let flipped = patched(base, third + 200, &[!base[third + 200]]);
        list.add(format!("a wrong byte in the middle{name}"), flipped, &t16, Refused("4096 frames are lost"));
        let header = patched(base, third + 3, &[!base[third + 3]]);
        list.add(format!("a wrong header in the middle{name}"), header, &t16, Refused("4096 frames are lost"));
        let gone = joined(&base[..third], &base[fourth..]);
        list.add(
            format!("a frame gone from the middle{name}"),
            gone,
            &t16,
            Refused("4096 frames are lost at frame 8192"),
        );
        let zeros = patched(base, third, &vec![0; fourth - third]);
        list.add(format!("a frame of zeros in the middle{name}"), zeros, &t16, Refused("4096 frames are lost"));
        let twice = [&base[..fourth], &base[third..]].concat();
        list.add(format!("a frame twice{name}"), twice, &t16, Refused("come twice"));
        let first_gone = joined(&base[..frames[0]], &base[second..]);
        list.add(format!("the first frame gone{name}"), first_gone, &t16, Refused("in the middle of a stream"));
        let first_wrong = patched(base, frames[0] + 100, &[!base[frames[0] + 100]]);
        list.add(format!("a wrong byte in the first frame{name}"), first_wrong, &t16, Refused("4096 frames are lost"));
        let last_wrong = patched(base, last + 100, &[!base[last + 100]]);
        list.add(format!("a wrong byte in the last frame{name}"), last_wrong, &t16, Refused("cut off or damaged"));
        list.add(format!("cut inside a frame{name}"), base[..third + 500].to_vec(), &t16, Refused("truncated"));
        list.add(format!("cut by one byte{name}"), base[..base.len() - 1].to_vec(), &t16, Refused("truncated"));
        list.add(
            format!("bytes between two frames{name}"),
            [&base[..third], &[1, 2, 3, 4, 5], &base[third..]].concat(),
            &t16,
            Warned("5 bytes at frame 8192 are no audio"),
        );
    }
    list.add("cut between two frames", whole[..fourth].to_vec(), &t16, Refused("12288 frames of the 20000"));
    list.add(
        "cut between two frames, length not known, no MD5",
        no_md5(&unknown)[..fourth].to_vec(),
        &t16.first(3 * BLOCK),
        Ours("nothing tells that there was more; libsndfile must know the length"),
    );
    list.add("cut between two frames, length not known", unknown[..fourth].to_vec(), &t16, Refused("MD5"));
    list.add("cut behind the header", whole[..frames[0]].to_vec(), &t16, Refused("truncated"));
    list.add("cut inside the header", whole[..30].to_vec(), &t16, Refused("truncated"));
    list.add("four letters", b"fLaC".to_vec(), &t16, Refused("truncated"));
    list.cases
}

/// Damaged files as they are read where that is asked for: with silence in place of what is lost.
pub fn damaged(made: &Path) -> Vec<Case> {
    let whole = std::fs::read(made.join("flac16.flac")).expect("files.py made it");
    let packed = u64::from_be_bytes(whole[18..26].try_into().expect("eight"));
    let unknown = patched(&whole, 18, &(packed & !((1 << 36) - 1)).to_be_bytes());
    let t16 = truth(FRAMES, 2, 16, 48_000, |sample| sample);
    let silent = |frames: std::ops::Range<usize>| {
        let mut truth = t16.clone();
        truth.samples[2 * frames.start..2 * frames.end].fill(0.0);
        truth
    };
    let frames = flac_frames(&whole);
    let (third, fourth, last) = (frames[2], frames[3], frames[frames.len() - 1]);
    let mut list = List::new("FLAC, damaged", "flac");
    for base in [&whole, &unknown] {
        let flipped = patched(base, third + 200, &[!base[third + 200]]);
        list.add("a wrong byte", flipped, &silent(2 * BLOCK..3 * BLOCK), Warned("4096 frames are lost"));
        let gone = joined(&base[..third], &base[fourth..]);
        list.add("a frame gone", gone, &silent(2 * BLOCK..3 * BLOCK), Warned("4096 frames are lost at frame 8192"));
        let twice = [&base[..fourth], &base[third..]].concat();
        list.add("a frame twice", twice, &t16, Warned("come twice"));
        let first = patched(base, frames[0] + 100, &[!base[frames[0] + 100]]);
        list.add("the first frame damaged", first, &silent(0..BLOCK), Warned("4096 frames are lost"));
        let last_wrong = patched(base, last + 100, &[!base[last + 100]]);
        list.add("the last frame damaged", last_wrong, &t16.first(4 * BLOCK), Warned("cut off or damaged"));
        list.add("cut", base[..third + 500].to_vec(), &t16.first(2 * BLOCK), Warned("truncated"));
        let wide = patched(base, third + 10, &vec![0; last - third - 20]);
        list.add("two frames of zeros", wide, &silent(2 * BLOCK..4 * BLOCK), Warned("8192 frames are lost"));
    }
    list.cases
}
