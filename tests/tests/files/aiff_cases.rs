//! Problem files of AIFF and AIFC.

use super::bytes::*;
use super::case::Expect::{Equal, Ours, Refused, Warned};
use super::case::{Case, List, Truth};

const FRAMES: usize = 3000;

fn truth(channels: usize, bits: u32, rate: u32, scale: i64) -> (Vec<i64>, Truth) {
    let samples: Vec<i64> = signal(FRAMES, channels, 3).iter().map(|sample| sample * scale).collect();
    let truth = Truth { rate, channels, samples: floats(&samples, bits) };
    (samples, truth)
}

pub fn aiff_cases() -> Vec<Case> {
    let mut list = List::new("AIFF", "aiff");
    let frames = FRAMES as u32;
    let (s16, t16) = truth(2, 16, 48_000, 1);
    let comm = big_chunk(b"COMM", &common(2, frames, 16, 48_000, None));
    let ssnd = sound(0, &big(&s16, 2));
    let whole = form(b"AIFF", &[comm.clone(), ssnd.clone()]);
    list.add("16 bits", whole.clone(), &t16, Equal);
    let s8: Vec<i64> = s16.iter().map(|sample| sample >> 8).collect();
    let t8 = Truth { samples: floats(&s8, 8), ..t16.clone() };
    let aiff = |bits: u16, channels: u16, rate: u64, data: &[u8]| {
        form(b"AIFF", &[big_chunk(b"COMM", &common(channels, frames, bits, rate, None)), sound(0, data)])
    };
    list.add("8 bits", aiff(8, 2, 48_000, &big(&s8, 1)), &t8, Equal);
    let (s24, t24) = truth(2, 24, 96_000, 251);
    list.add("24 bits", aiff(24, 2, 96_000, &big(&s24, 3)), &t24, Equal);
    let (s32, t32) = truth(2, 32, 44_100, 65_537);
    list.add("32 bits", aiff(32, 2, 44_100, &big(&s32, 4)), &t32, Equal);
    let s12: Vec<i64> = s16.iter().map(|sample| sample & !15).collect();
    let t12 = Truth { samples: floats(&s12, 16), ..t16.clone() };
    list.add("12 bits in 16", aiff(12, 2, 48_000, &big(&s12, 2)), &t12, Equal);
    let s20: Vec<i64> = s24.iter().map(|sample| sample & !15).collect();
    let t20 = Truth { samples: floats(&s20, 24), ..t24.clone() };
    list.add("20 bits in 24", aiff(20, 2, 96_000, &big(&s20, 3)), &t20, Equal);
    for rate in [8_000_u32, 22_050, 192_000, 384_000] {
        let (samples, truth) = truth(1, 16, rate, 1);
        list.add(format!("mono at {rate} Hz"), aiff(16, 1, rate.into(), &big(&samples, 2)), &truth, Equal);
    }
    for rate in [0_u64, 1, 500_000, 1 << 40] {
        list.add(format!("{rate} Hz"), aiff(16, 2, rate, &big(&s16, 2)), &t16, Refused("8000 to 384000 Hz"));
    }
    for channels in [0_u16, 7, 9, 65_535] {
        list.add(
            format!("{channels} channels"),
            aiff(16, channels, 48_000, &big(&s16, 2)),
            &t16,
            Refused("channels; mono, stereo"),
        );
    }
    for bits in [0_u16, 33, 65_535] {
        list.add(format!("{bits} bits"), aiff(bits, 2, 48_000, &big(&s16, 2)), &t16, Refused("bits a sample"));
    }
    for (channels, assumed) in [(3_u16, "L R C"), (4, "quad"), (5, "L R C Ls Rs"), (6, "LFE")] {
        let (samples, truth) = truth(channels.into(), 16, 48_000, 1);
        list.add(
            format!("{channels} channels without names"),
            aiff(16, channels, 48_000, &big(&samples, 2)),
            &truth,
            Warned(assumed),
        );
    }
    let (s6, t6) = truth(6, 16, 48_000, 1);
    let chan = big_chunk(b"CHAN", &[&0x0079_0006_u32.to_be_bytes()[..], &[0; 8]].concat());
    let comm6 = big_chunk(b"COMM", &common(6, frames, 16, 48_000, None));
    list.add("5.1 by a CHAN chunk", form(b"AIFF", &[comm6, chan, sound(0, &big(&s6, 2))]), &t6, Equal);

    let place = place_of(&whole, b"COMM") + 10;
    let size = whole.len() as u32 - 8;
    let at_sound = place_of(&whole, b"SSND") + 4;
    let mut with = |name: &str, at: usize, value: u32, expect| {
        list.add(name, patched(&whole, at, &value.to_be_bytes()), &t16, expect);
    };
    with("4 G frames claimed", place, u32::MAX, Warned("counts 4294967295 frames; 3000 are there"));
    with("frames claimed: 0", place, 0, Warned("counts 0 frames"));
    with("frames claimed: one too many", place, frames + 1, Warned("counts 3001 frames"));
    with("frames claimed: 100 too few", place, frames - 100, Warned("counts 2900 frames; 3000 are there"));
    with("FORM size 8 too large", 4, size + 8, Warned("announces a file of"));
    with("FORM size 8 too small", 4, size - 8, Warned("announces a file of"));
    with("FORM size 0", 4, 0, Warned("announces a file of"));
    with("FORM size FFFFFFFF", 4, u32::MAX, Warned("announces a file of"));
    with("SSND size 0", at_sound, 0, Warned("size of its audio is 0"));
    with("SSND size FFFFFFFF", at_sound, u32::MAX, Warned("size of its audio is given as"));
    with("SSND size 8 too large", at_sound, 4 * frames + 16, Warned("size of its audio is given as"));
    with("SSND offset beyond the sound", at_sound + 4, 1 << 20, Refused("would begin"));
    with("SSND block size 512", at_sound + 8, 512, Equal);
    list.add("SSND offset 8", form(b"AIFF", &[comm.clone(), sound(8, &big(&s16, 2))]), &t16, Equal);
    list.add("the sound before its format", form(b"AIFF", &[ssnd.clone(), comm.clone()]), &t16, Equal);
    list.add("no format", form(b"AIFF", std::slice::from_ref(&ssnd)), &t16, Refused("no common chunk"));
    list.add("no sound", form(b"AIFF", std::slice::from_ref(&comm)), &t16, Refused("no sound chunk"));
    list.add(
        "an empty sound",
        form(b"AIFF", &[big_chunk(b"COMM", &common(2, 0, 16, 48_000, None)), sound(0, &[])]),
        &t16,
        Refused("holds no audio"),
    );
    list.add(
        "format of 10 bytes",
        form(b"AIFF", &[big_chunk(b"COMM", &[0; 10]), ssnd.clone()]),
        &t16,
        Refused("10 bytes of at least 18"),
    );
    list.add(
        "name, author and an ID3v2 tag",
        form(
            b"AIFF",
            &[
                big_chunk(b"NAME", b"Song"),
                comm.clone(),
                big_chunk(b"AUTH", b"Artist"),
                ssnd.clone(),
                big_chunk(b"ID3 ", &id3v2()),
            ],
        ),
        &t16,
        Equal,
    );
    list.add(
        "an odd text, padded",
        form(b"AIFF", &[big_chunk(b"ANNO", b"odd"), comm.clone(), ssnd.clone()]),
        &t16,
        Equal,
    );
    let unpadded = [&b"ANNO"[..], &3_u32.to_be_bytes(), b"odd"].concat();
    list.add(
        "an odd text, not padded",
        form(b"AIFF", &[unpadded, comm.clone(), ssnd.clone()]),
        &t16,
        Ours("libsndfile looks for the next chunk one byte too far"),
    );
    list.add("markers", form(b"AIFF", &[comm.clone(), big_chunk(b"MARK", &[0; 2]), ssnd.clone()]), &t16, Equal);
    list.add("two sounds", form(b"AIFF", &[comm, ssnd.clone(), ssnd]), &t16, Warned("second sound chunk"));
    list.add("cut in the middle of the sound", whole[..whole.len() / 2].to_vec(), &t16, Refused("truncated"));
    list.add("cut by one byte", whole[..whole.len() - 1].to_vec(), &t16, Refused("truncated"));
    list.add("cut inside the format", whole[..30].to_vec(), &t16, Refused("truncated"));
    list.add("zeros behind the end", joined(&whole, &[0; 100]), &t16, Warned("no chunk: not read"));
    list.add("an Amiga sample (8SVX)", patched(&whole, 8, b"8SVX"), &t16, Refused("8SVX"));
    list.cases
}

pub fn aifc_cases() -> Vec<Case> {
    let mut list = List::new("AIFC", "aifc");
    let frames = FRAMES as u32;
    let version = big_chunk(b"FVER", &0xa280_5140_u32.to_be_bytes());
    let aifc = |coding: &[u8; 4], bits: u16, data: &[u8]| {
        let common = big_chunk(b"COMM", &common(2, frames, bits, 48_000, Some(coding)));
        form(b"AIFC", &[version.clone(), common, sound(0, data)])
    };
    let (s16, t16) = truth(2, 16, 48_000, 1);
    let (s24, t24) = truth(2, 24, 48_000, 251);
    let (s32, t32) = truth(2, 32, 48_000, 65_537);
    list.add("NONE", aifc(b"NONE", 16, &big(&s16, 2)), &t16, Equal);
    list.add("NONE, 24 bits", aifc(b"NONE", 24, &big(&s24, 3)), &t24, Equal);
    list.add("twos", aifc(b"twos", 16, &big(&s16, 2)), &t16, Equal);
    list.add("sowt, 16 bits", aifc(b"sowt", 16, &little(&s16, 2)), &t16, Equal);
    list.add("sowt, 24 bits", aifc(b"sowt", 24, &little(&s24, 3)), &t24, Equal);
    list.add("sowt, 32 bits", aifc(b"sowt", 32, &little(&s32, 4)), &t32, Equal);
    list.add("in24", aifc(b"in24", 24, &big(&s24, 3)), &t24, Equal);
    list.add("in32", aifc(b"in32", 32, &big(&s32, 4)), &t32, Equal);
    list.add(
        "42ni (little in24)",
        aifc(b"42ni", 24, &little(&s24, 3)),
        &t24,
        Ours("libsndfile knows its twin of 32 bits alone"),
    );
    list.add("23ni (little in32)", aifc(b"23ni", 32, &little(&s32, 4)), &t32, Equal);
    let float: Vec<u8> = t24.samples.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    list.add("fl32", aifc(b"fl32", 32, &float), &t24, Equal);
    list.add("FL32", aifc(b"FL32", 32, &float), &t24, Equal);
    list.add("fl32 that says 16 bits", aifc(b"fl32", 16, &float), &t24, Warned("its coding \"fl32\" has 32"));
    let double: Vec<u8> = t24.samples.iter().flat_map(|sample| f64::from(*sample).to_be_bytes()).collect();
    list.add("fl64", aifc(b"fl64", 64, &double), &t24, Equal);
    let s8: Vec<i64> = s16.iter().map(|sample| sample >> 8).collect();
    let t8 = Truth { samples: floats(&s8, 8), ..t16.clone() };
    let unsigned: Vec<u8> = s8.iter().map(|sample| (sample + 128) as u8).collect();
    list.add("raw", aifc(b"raw ", 8, &unsigned), &t8, Equal);
    for coding in [b"ima4", b"MAC3", b"MAC6", b"QDM2", b"GSM ", b"Qclp", b"\0\0\0\0"] {
        let name: String = coding.iter().map(|byte| char::from(*byte)).collect();
        list.add(
            format!("coding \"{}\"", name.escape_default()),
            aifc(coding, 16, &big(&s16, 2)),
            &t16,
            Refused("AIFC coding"),
        );
    }
    let whole = aifc(b"sowt", 24, &little(&s24, 3));
    list.add("sowt, cut", whole[..whole.len() - 500].to_vec(), &t24, Refused("truncated"));
    let short = big_chunk(b"COMM", &common(2, frames, 16, 48_000, None));
    list.add(
        "format of 18 bytes",
        form(b"AIFC", &[version.clone(), short, sound(0, &big(&s16, 2))]),
        &t16,
        Refused("18 bytes of at least 22"),
    );
    list.cases
}
