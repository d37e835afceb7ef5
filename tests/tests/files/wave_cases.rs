//! Problem files of WAV, RF64, BW64 and Wave64.

use super::bytes::*;
use super::case::Expect::{Equal, Ours, Refused, Warned};
use super::case::{Case, List, Truth};

const FRAMES: usize = 3000;

fn truth(channels: usize, bits: u32, rate: u32, scale: i64) -> (Vec<i64>, Truth) {
    let samples: Vec<i64> = signal(FRAMES, channels, 3).iter().map(|sample| sample * scale).collect();
    let truth = Truth { rate, channels, samples: floats(&samples, bits) };
    (samples, truth)
}

pub fn wav_cases() -> Vec<Case> {
    [widths(), layouts(), rates(), sizes(), fields(), chunks()].concat()
}

/// Widths and codings.
fn widths() -> Vec<Case> {
    let mut list = List::new("WAV: widths", "wav");
    let (s16, t16) = truth(2, 16, 48_000, 1);
    list.add("16 bits", wav(&sane_format(1, 2, 48_000, 16), &little(&s16, 2)), &t16, Equal);
    let (mono, mono_truth) = truth(1, 16, 48_000, 1);
    list.add("16 bits, mono", wav(&sane_format(1, 1, 48_000, 16), &little(&mono, 2)), &mono_truth, Equal);
    let s8: Vec<i64> = s16.iter().map(|sample| sample >> 8).collect();
    let t8 = Truth { samples: floats(&s8, 8), ..t16.clone() };
    let unsigned: Vec<u8> = s8.iter().map(|sample| (sample + 128) as u8).collect();
    list.add("8 bits", wav(&sane_format(1, 2, 48_000, 8), &unsigned), &t8, Equal);
    let (s24, t24) = truth(2, 24, 48_000, 251);
    list.add("24 bits", wav(&sane_format(1, 2, 48_000, 24), &little(&s24, 3)), &t24, Equal);
    let (s32, t32) = truth(2, 32, 48_000, 65_537);
    list.add("32 bits", wav(&sane_format(1, 2, 48_000, 32), &little(&s32, 4)), &t32, Equal);
    let float: Vec<u8> = t24.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    list.add("float of 32 bits", wav(&sane_format(3, 2, 48_000, 32), &float), &t24, Equal);
    let double: Vec<u8> = t24.samples.iter().flat_map(|sample| f64::from(*sample).to_le_bytes()).collect();
    list.add("float of 64 bits", wav(&sane_format(3, 2, 48_000, 64), &double), &t24, Equal);
    // Both laws by the formulas of the standard, for all codes.
    let codes: Vec<u8> = (0..512_u32).map(|code| (code / 2) as u8).collect();
    let law = |decode: fn(u8) -> f32| Truth {
        rate: 48_000,
        channels: 2,
        samples: codes.iter().map(|&code| decode(code)).collect(),
    };
    list.add("A-law", wav(&sane_format(6, 2, 48_000, 8), &codes), &law(a_law), Equal);
    list.add("mu-law", wav(&sane_format(7, 2, 48_000, 8), &codes), &law(mu_law), Equal);
    let (s20, t20) = truth(2, 24, 48_000, 16 * 16);
    list.add("20 bits in 24", wav(&format(1, 2, 48_000, 288_000, 6, 20), &little(&s20, 3)), &t20, Equal);
    list.add("extensible, 16 bits", wav(&extensible(1, 2, 48_000, 16, 16, 3), &little(&s16, 2)), &t16, Equal);
    list.add("extensible, 24 bits", wav(&extensible(1, 2, 48_000, 24, 24, 3), &little(&s24, 3)), &t24, Equal);
    list.add("extensible, 20 bits in 24", wav(&extensible(1, 2, 48_000, 24, 20, 3), &little(&s20, 3)), &t20, Equal);
    let upper: Vec<i64> = s24.iter().map(|sample| sample * 256).collect();
    list.add("extensible, 24 bits in 32", wav(&extensible(1, 2, 48_000, 32, 24, 3), &little(&upper, 4)), &t24, Equal);
    list.add("extensible, float", wav(&extensible(3, 2, 48_000, 32, 32, 3), &float), &t24, Equal);
    list.add(
        "extensible, 99 valid bits of 16",
        wav(&extensible(1, 2, 48_000, 16, 99, 3), &little(&s16, 2)),
        &t16,
        Warned("99 valid bits of 16"),
    );
    let plain_24_in_32 = format(1, 2, 48_000, 384_000, 8, 24);
    list.add(
        "24 bits in 32, no extensible header, upper end",
        wav(&plain_24_in_32, &little(&upper, 4)),
        &t24,
        Warned("upper end"),
    );
    list.add(
        "24 bits in 32, no extensible header, lower end",
        wav(&plain_24_in_32, &little(&s24, 4)),
        &t24,
        Warned("lower end"),
    );
    list.add(
        "24 bits in 32 by the header, floats by the samples",
        wav(&plain_24_in_32, &float),
        &t24,
        Refused("contradicts itself"),
    );
    list.add(
        "24 bits in 32 by the header, 32 by the samples",
        wav(&plain_24_in_32, &little(&s32, 4)),
        &t32,
        Refused("contradicts itself"),
    );
    let upper16: Vec<i64> = s16.iter().map(|sample| sample * 65_536).collect();
    list.add(
        "16 bits in 32, no extensible header",
        wav(&format(1, 2, 48_000, 384_000, 8, 16), &little(&upper16, 4)),
        &t16,
        Warned("upper end"),
    );
    list.add(
        "float of 16 bits",
        wav(&sane_format(3, 2, 48_000, 16), &little(&s16, 2)),
        &t16,
        Refused("floating point of 16 bits"),
    );
    list.add("33 bits", wav(&format(1, 2, 48_000, 480_000, 10, 33), &little(&s16, 5)), &t16, Refused("33 bits"));
    for (tag, name) in [
        (2, "Microsoft ADPCM"),
        (0x11, "IMA ADPCM"),
        (0x31, "GSM"),
        (0x55, "MP3"),
        (0x161, "Windows Media"),
        (0xffff, "0xffff"),
    ] {
        list.add(
            format!("format tag 0x{tag:04x}"),
            wav(&sane_format(tag, 2, 48_000, 16), &little(&s16, 2)),
            &t16,
            Refused(name),
        );
    }
    let mut odd_guid = extensible(1, 2, 48_000, 16, 16, 3);
    odd_guid[30] = 0x77;
    list.add(
        "extensible, a GUID of its maker's own",
        wav(&odd_guid, &little(&s16, 2)),
        &t16,
        Refused("its maker's own"),
    );
    let mut big = wav(&[], &[]);
    big.clear();
    let mut format = sane_format(1, 2, 48_000, 16);
    for field in [0..2, 2..4, 4..8, 8..12, 12..14, 14..16] {
        format[field].reverse();
    }
    let body = [&b"WAVE"[..], &big_chunk(b"fmt ", &format), &big_chunk(b"data", &super::bytes::big(&s16, 2))].concat();
    big.extend([&b"RIFX"[..], &(body.len() as u32).to_be_bytes(), &body].concat());
    list.add("RIFX", big, &t16, Equal);
    list.cases
}

fn a_law(code: u8) -> f32 {
    let code = code ^ 0x55;
    let (segment, step) = (i32::from(code >> 4 & 7), f64::from(code & 15));
    let magnitude = if segment == 0 { 2.0 * step + 1.0 } else { 2f64.powi(segment) * (step + 16.5) };
    ((if code & 0x80 != 0 { magnitude } else { -magnitude }) / 4096.0) as f32
}

fn mu_law(code: u8) -> f32 {
    let code = !code;
    let magnitude = 2f64.powi(i32::from(code >> 4 & 7)) * (f64::from(code & 15) * 2.0 + 33.0) - 33.0;
    ((if code & 0x80 != 0 { -magnitude } else { magnitude }) / 8192.0) as f32
}

/// Channels and where they stand.
fn layouts() -> Vec<Case> {
    let mut list = List::new("WAV: channels", "wav");
    for (name, channels, mask) in [
        ("L R C", 3, 0x7),
        ("quad", 4, 0x33),
        ("L R C Cb", 4, 0x107),
        ("5.0, surrounds behind", 5, 0x37),
        ("5.0, surrounds at the sides", 5, 0x607),
        ("5.1, surrounds behind", 6, 0x3f),
        ("5.1, surrounds at the sides", 6, 0x60f),
    ] {
        let (samples, truth) = truth(channels, 16, 48_000, 1);
        let format = extensible(1, channels as u16, 48_000, 16, 16, mask);
        list.add(name, wav(&format, &little(&samples, 2)), &truth, Equal);
    }
    for (channels, assumed) in [(3, "L R C"), (4, "L R Ls Rs (quad)"), (5, "L R C Ls Rs"), (6, "L R C LFE Ls Rs")] {
        let (samples, truth) = truth(channels, 16, 48_000, 1);
        let format = sane_format(1, channels as u16, 48_000, 16);
        list.add(
            format!("{channels} channels without names"),
            wav(&format, &little(&samples, 2)),
            &truth,
            Warned(assumed),
        );
    }
    let (six, t6) = truth(6, 16, 48_000, 1);
    list.add(
        "5.1 with a mask of 0",
        wav(&extensible(1, 6, 48_000, 16, 16, 0), &little(&six, 2)),
        &t6,
        Warned("taken as"),
    );
    list.add(
        "5.1 with a mask of two",
        wav(&extensible(1, 6, 48_000, 16, 16, 3), &little(&six, 2)),
        &t6,
        Warned("2 places for 6"),
    );
    let (two, t2) = truth(2, 16, 48_000, 1);
    list.add("stereo with a mask of six", wav(&extensible(1, 2, 48_000, 16, 16, 0x3f), &little(&two, 2)), &t2, Equal);
    for channels in [0_u16, 7, 8, 9, 255, 65_535] {
        let format = format(1, channels, 48_000, 192_000, 4, 16);
        list.add(
            format!("{channels} channels"),
            wav(&format, &little(&two, 2)),
            &t2,
            Refused("channels; mono, stereo"),
        );
    }
    let mut guid = extensible(1, 4, 48_000, 16, 16, 0);
    guid[24..40].copy_from_slice(&[1, 0, 0, 0, 0x21, 7, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0]);
    let (four, t4) = truth(4, 16, 48_000, 1);
    list.add("Ambisonic B-format", wav(&guid, &little(&four, 2)), &t4, Refused("Ambisonic"));
    list.cases
}

fn rates() -> Vec<Case> {
    let mut list = List::new("WAV: rates", "wav");
    for rate in [8_000, 11_025, 22_050, 44_100, 47_952, 88_200, 96_000, 176_400, 192_000, 352_800, 384_000] {
        let (samples, truth) = truth(2, 16, rate, 1);
        list.add(format!("{rate} Hz"), wav(&sane_format(1, 2, rate, 16), &little(&samples, 2)), &truth, Equal);
    }
    let (samples, truth) = truth(2, 16, 48_000, 1);
    for rate in [0_u32, 1, 7_999, 384_001, u32::MAX] {
        let format = format(1, 2, rate, rate.wrapping_mul(4), 4, 16);
        list.add(format!("{rate} Hz"), wav(&format, &little(&samples, 2)), &truth, Refused("8000 to 384000 Hz"));
    }
    list.cases
}

/// Sizes that are wrong.
fn sizes() -> Vec<Case> {
    let mut list = List::new("WAV: sizes", "wav");
    let (samples, truth) = truth(2, 16, 48_000, 1);
    let whole = wav(&sane_format(1, 2, 48_000, 16), &little(&samples, 2));
    let (riff_size, data_size) = (whole.len() as u32 - 8, 4 * FRAMES as u32);
    let mut with = |name: &str, at: usize, size: u32, expect| {
        list.add(name, patched(&whole, at, &size.to_le_bytes()), &truth, expect);
    };
    with("RIFF size 8 too large", 4, riff_size + 8, Warned("announces a file of"));
    with("RIFF size 1 GB too large", 4, riff_size + (1 << 30), Warned("announces a file of"));
    with("RIFF size 8 too small", 4, riff_size - 8, Warned("announces a file of"));
    with("RIFF size 0", 4, 0, Warned("size of the file is 0"));
    with("RIFF size FFFFFFFF", 4, u32::MAX, Equal);
    with("RIFF size as if only the header were there", 4, 36, Warned("announces a file of"));
    with("data size 0", 40, 0, Warned("size of its audio is 0"));
    with("data size FFFFFFFF", 40, u32::MAX, Warned("to the end of the file"));
    with("data size 7FFFFFFF", 40, 0x7fff_ffff, Warned("to the end of the file"));
    with("data size 80000000", 40, 0x8000_0000, Warned("to the end of the file"));
    with("data size 8 too large", 40, data_size + 8, Warned("and the file is whole"));
    with("data size as large as the file", 40, riff_size + 8, Warned("and the file is whole"));
    with("data size 1 GB too large", 40, data_size + (1 << 30), Warned("and the file is whole"));
    list.add(
        "data size 8 too small",
        patched(&whole, 40, &(data_size - 8).to_le_bytes()),
        &truth.first(FRAMES - 2),
        Warned("no chunk: not read"),
    );
    list.add(
        "data size 1 too small",
        patched(&whole, 40, &(data_size - 1).to_le_bytes()),
        &truth.first(FRAMES - 1),
        Warned("last frame is not whole"),
    );
    let both = |size: u32| patched(&patched(&whole, 4, &size.to_le_bytes()), 40, &size.to_le_bytes());
    list.add("RIFF and data size 0", both(0), &truth, Warned("size of its audio is 0"));
    list.add("RIFF and data size FFFFFFFF", both(u32::MAX), &truth, Warned("to the end of the file"));
    list.add(
        "fmt size 14",
        wav(&sane_format(1, 2, 48_000, 16)[..14], &little(&samples, 2)),
        &truth,
        Ours("the oldest form of the chunk, whose bits follow from the bytes of a frame"),
    );
    let long = [&sane_format(1, 2, 48_000, 16)[..], &[0, 0]].concat();
    list.add("fmt size 18", wav(&long, &little(&samples, 2)), &truth, Equal);
    list.add("fmt size 100", wav(&[&long[..], &[0; 82]].concat(), &little(&samples, 2)), &truth, Equal);
    list.add("fmt size 8", wav(&long[..8], &little(&samples, 2)), &truth, Refused("8 bytes of at least 14"));
    list.add("fmt size 0", wav(&[], &little(&samples, 2)), &truth, Refused("0 bytes of at least 14"));
    list.add("fmt size FFFFFFFF", patched(&whole, 16, &[0xff; 4]), &truth, Refused("truncated"));
    list.add("cut in the middle of the sound", whole[..whole.len() / 2].to_vec(), &truth, Refused("truncated"));
    list.add("cut by one byte", whole[..whole.len() - 1].to_vec(), &truth, Refused("truncated"));
    list.add("cut behind the header", whole[..44].to_vec(), &truth, Refused("truncated"));
    list.add("cut inside the header", whole[..30].to_vec(), &truth, Refused("truncated"));
    list.add("cut behind WAVE", whole[..12].to_vec(), &truth, Refused("truncated"));
    list.add("cut behind RIFF", whole[..4].to_vec(), &truth, Refused("truncated"));
    list.add("three bytes", whole[..3].to_vec(), &truth, Refused("shorter than any header"));
    list.add("nothing", Vec::new(), &truth, Refused("holds no audio"));
    let piped = both(u32::MAX);
    list.add(
        "from a pipe, cut inside a frame",
        piped[..piped.len() - 3].to_vec(),
        &truth.first(FRAMES - 1),
        Warned("last frame is not whole"),
    );
    list.cases
}

/// Fields that contradict each other.
fn fields() -> Vec<Case> {
    let mut list = List::new("WAV: fields", "wav");
    let (samples, truth) = truth(2, 16, 48_000, 1);
    let data = little(&samples, 2);
    let mut with = |name: &str, format: Vec<u8>, expect| list.add(name, wav(&format, &data), &truth, expect);
    with("bytes a second 0", format(1, 2, 48_000, 0, 4, 16), Warned("bytes a second"));
    with("bytes a second of another width", format(1, 2, 48_000, 288_000, 4, 16), Warned("bytes a second"));
    with("bytes a second FFFFFFFF", format(1, 2, 48_000, u32::MAX, 4, 16), Warned("bytes a second"));
    with("block align 0", format(1, 2, 48_000, 192_000, 0, 16), Warned("0 bytes a frame"));
    with("block align 1", format(1, 2, 48_000, 192_000, 1, 16), Warned("1 bytes a frame"));
    with("block align 8", format(1, 2, 48_000, 192_000, 8, 16), Warned("8 bytes a frame"));
    with("block align 65535", format(1, 2, 48_000, 192_000, 65_535, 16), Warned("65535 bytes a frame"));
    with("block align and bytes a second wrong", format(1, 2, 48_000, 1, 7, 16), Refused("contradicts itself"));
    with("mono by one field, stereo by two", format(1, 1, 48_000, 192_000, 4, 16), Refused("contradicts itself"));
    with("4 channels by one field, stereo by two", format(1, 4, 48_000, 192_000, 4, 16), Refused("contradicts itself"));
    with("24 bits by one field, 16 by two", format(1, 2, 48_000, 192_000, 4, 24), Refused("contradicts itself"));
    with("8 bits by one field, 16 by two", format(1, 2, 48_000, 192_000, 4, 8), Refused("contradicts itself"));
    with("0 bits", format(1, 2, 48_000, 192_000, 4, 0), Refused("0 bits"));
    with("1000 bits", format(1, 2, 48_000, 192_000, 4, 1000), Refused("1000 bits"));
    with("48001 Hz by one field, 48000 by two", format(1, 2, 48_001, 192_000, 4, 16), Refused("48001 Hz in one place"));
    with("float by the tag, 16 bits by the rest", format(3, 2, 48_000, 192_000, 4, 32), Refused("contradicts itself"));
    with("A-law by the tag, 16 bits by the rest", format(6, 2, 48_000, 192_000, 4, 16), Refused("A-law"));
    with("format tag 0", format(0, 2, 48_000, 192_000, 4, 16), Refused("0x0000"));
    with(
        "extensible by the tag, 16 bytes of it",
        format(0xfffe, 2, 48_000, 192_000, 4, 16),
        Refused("extensible kind"),
    );
    list.cases
}

/// Chunks that are odd, missing or in another order.
fn chunks() -> Vec<Case> {
    let mut list = List::new("WAV: chunks", "wav");
    let (samples, truth) = truth(2, 16, 48_000, 1);
    let (fmt, data) = (chunk(b"fmt ", &sane_format(1, 2, 48_000, 16)), chunk(b"data", &little(&samples, 2)));
    let info = chunk(b"LIST", &[&b"INFO"[..], &chunk(b"INAM", b"Song\0"), &chunk(b"IART", b"Artist\0")].concat());
    let unpadded = |id: &[u8; 4], body: &[u8]| [&id[..], &(body.len() as u32).to_le_bytes(), body].concat();
    let mut with = |name: &str, chunks: &[&Vec<u8>], expect| {
        let chunks: Vec<Vec<u8>> = chunks.iter().map(|chunk| (*chunk).clone()).collect();
        list.add(name, riff(&chunks), &truth, expect);
    };
    with("LIST/INFO before the sound", &[&fmt, &info, &data], Equal);
    with("LIST/INFO behind the sound", &[&fmt, &data, &info], Equal);
    with("JUNK first", &[&chunk(b"JUNK", &[0; 28]), &fmt, &data], Equal);
    with("an odd chunk, padded", &[&fmt, &chunk(b"odd ", &[7; 5]), &data], Equal);
    with(
        "an odd chunk, not padded",
        &[&fmt, &unpadded(b"odd ", &[7; 5]), &data],
        Ours("libsndfile looks for the next chunk one byte too far"),
    );
    with("an empty chunk", &[&fmt, &chunk(b"none", &[]), &data], Equal);
    with("bext", &[&chunk(b"bext", &[0; 602]), &fmt, &data], Equal);
    with("bext of 10 bytes", &[&chunk(b"bext", &[0; 10]), &fmt, &data], Equal);
    with("iXML", &[&fmt, &chunk(b"iXML", b"<BWFXML></BWFXML>"), &data], Equal);
    with("an ID3v2 tag", &[&fmt, &data, &chunk(b"id3 ", &id3v2())], Equal);
    with("cue points and loops", &[&fmt, &chunk(b"cue ", &[0; 4]), &data], Equal);
    with("the format behind the sound", &[&data, &fmt], Ours("libsndfile reads chunks in one order only"));
    with(
        "two formats, the second another",
        &[&fmt, &chunk(b"fmt ", &sane_format(1, 1, 8_000, 8)), &data],
        Ours("the first is the one that counts"),
    );
    with("two sounds", &[&fmt, &data, &data], Warned("second data chunk"));
    with("no format", &[&data], Refused("no format chunk"));
    with("no sound", &[&fmt, &info], Refused("no data chunk"));
    with("no chunk", &[], Refused("no format chunk and no audio"));
    with("an empty sound", &[&fmt, &chunk(b"data", &[])], Refused("holds no audio"));
    with("an empty sound and tags", &[&fmt, &chunk(b"data", &[]), &info], Refused("holds no audio"));
    with("fact of another length", &[&fmt, &chunk(b"fact", &7_u32.to_le_bytes()), &data], Warned("counts 7 frames"));
    with("fact of the right length", &[&fmt, &chunk(b"fact", &(FRAMES as u32).to_le_bytes()), &data], Equal);
    with("sound in pieces (wavl)", &[&fmt, &chunk(b"LIST", b"wavl")], Refused("wave list"));
    let long = [&b"big "[..], &0x7000_0000_u32.to_le_bytes()].concat();
    with("a chunk of 1.8 GB before the sound", &[&fmt, &long, &data], Refused("truncated"));
    with("a chunk of 1.8 GB behind the sound", &[&fmt, &data, &long], Warned("lacks"));
    let whole = riff(&[fmt.clone(), data.clone()]);
    list.add("zeros behind the end", joined(&whole, &[0; 100]), &truth, Warned("no chunk: not read"));
    list.add("an ID3v1 tag behind the end", joined(&whole, &id3v1()), &truth, Warned("announces a file of"));
    list.add("noise behind the end", joined(&whole, &[0xf3; 77]), &truth, Warned("no chunk: not read"));
    let three: Vec<i64> = signal(FRAMES + 1, 1, 3).iter().map(|sample| sample >> 8).collect();
    let odd_truth = Truth { rate: 48_000, channels: 1, samples: floats(&three, 8) };
    let bytes: Vec<u8> = three.iter().map(|sample| (sample + 128) as u8).collect();
    let mono = chunk(b"fmt ", &sane_format(1, 1, 48_000, 8));
    list.add(
        "an odd sound, padded, tags behind it",
        riff(&[mono.clone(), chunk(b"data", &bytes), info.clone()]),
        &odd_truth,
        Equal,
    );
    list.add(
        "an odd sound, not padded, tags behind it",
        riff(&[mono.clone(), unpadded(b"data", &bytes), info]),
        &odd_truth,
        Equal,
    );
    list.add("an odd sound, not padded", riff(&[mono, unpadded(b"data", &bytes)]), &odd_truth, Equal);
    list.add("a video (AVI)", patched(&whole, 8, b"AVI "), &truth, Refused("AVI"));
    list.add("text", b"this is not a song at all".to_vec(), &truth, Refused("another kind of file"));
    let nan = truth
        .samples
        .iter()
        .enumerate()
        .flat_map(|(at, sample)| (if at == 1001 { f32::NAN } else { *sample }).to_le_bytes());
    list.add(
        "a sample that is no number",
        wav(&sane_format(3, 2, 48_000, 32), &nan.collect::<Vec<_>>()),
        &truth,
        Refused("frame 500, channel 2"),
    );
    list.cases
}

pub fn wide_cases() -> Vec<Case> {
    let mut list = List::new("RF64 and BW64", "wav");
    let (s16, t16) = truth(2, 16, 48_000, 1);
    let (s24, t24) = truth(2, 24, 96_000, 251);
    let frames = FRAMES as u64;
    let format = sane_format(1, 2, 48_000, 16);
    let whole = rf64(b"RF64", &format, &little(&s16, 2), frames, &[]);
    list.add("RF64", whole.clone(), &t16, Equal);
    list.add(
        "BW64",
        rf64(b"BW64", &format, &little(&s16, 2), frames, &[]),
        &t16,
        Ours("libsndfile knows the older name alone"),
    );
    list.add(
        "RF64, 24 bits",
        rf64(b"RF64", &sane_format(1, 2, 96_000, 24), &little(&s24, 3), frames, &[]),
        &t24,
        Equal,
    );
    let float: Vec<u8> = t24.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    list.add("RF64, float", rf64(b"RF64", &sane_format(3, 2, 96_000, 32), &float, frames, &[]), &t24, Equal);
    let axml = chunk(b"axml", b"<ebuCoreMain/>");
    list.add(
        "BW64 with axml and chna",
        rf64(b"BW64", &format, &little(&s16, 2), frames, &[axml, chunk(b"chna", &[0; 4])]),
        &t16,
        Ours("libsndfile knows the older name alone"),
    );
    let data = place_of(&whole, b"data");
    let mut narrow = whole.clone();
    narrow[data + 4..data + 8].copy_from_slice(&(4 * FRAMES as u32).to_le_bytes());
    list.add("RF64 with the data's size in 32 bits", narrow, &t16, Equal);
    list.add("RF64, data size 0 in ds64", patched(&whole, 28, &[0; 8]), &t16, Warned("size of its audio is 0"));
    list.add(
        "RF64, data size 1 TB in ds64",
        patched(&whole, 28, &(1_u64 << 40).to_le_bytes()),
        &t16,
        Warned("and the file is whole"),
    );
    list.add(
        "RF64, all sizes of 1 TB",
        patched(&patched(&whole, 28, &(1_u64 << 40).to_le_bytes()), 20, &(1_u64 << 40).to_le_bytes()),
        &t16,
        Refused("truncated"),
    );
    list.add("RF64, frames of ds64 wrong", patched(&whole, 36, &7_u64.to_le_bytes()), &t16, Warned("counts 7 frames"));
    list.add("RF64, frames of ds64 0", patched(&whole, 36, &0_u64.to_le_bytes()), &t16, Equal);
    list.add(
        "RF64, its size in ds64 wrong",
        patched(&whole, 20, &7_u64.to_le_bytes()),
        &t16,
        Warned("announces a file of 15"),
    );
    list.add("RF64 without ds64", patched(&whole, 12, b"JUNK"), &t16, Warned("no ds64 chunk"));
    list.add("RF64, cut", whole[..whole.len() - 1000].to_vec(), &t16, Refused("truncated"));
    list.add("RF64, cut inside ds64", whole[..30].to_vec(), &t16, Refused("truncated"));
    list.add("RF64, ds64 of 4 GB", patched(&whole, 16, &[0xff; 4]), &t16, Refused("truncated"));
    let mut table = whole.clone();
    table[44..48].copy_from_slice(&u32::MAX.to_le_bytes());
    list.add("RF64, ds64 with 4 G entries", table, &t16, Ours("the table of ds64 is of other chunks than the sound"));
    list.cases
}

pub fn wave64_cases() -> Vec<Case> {
    let mut list = List::new("Wave64", "w64");
    let (s16, t16) = truth(2, 16, 48_000, 1);
    let (mono, mono_truth) = truth(1, 24, 44_100, 251);
    let fmt = chunk64(b"fmt ", &sane_format(1, 2, 48_000, 16));
    let data = chunk64(b"data", &little(&s16, 2));
    let whole = wave64(&[fmt.clone(), data.clone()]);
    list.add("16 bits", whole.clone(), &t16, Equal);
    list.add(
        "24 bits, mono",
        wave64(&[chunk64(b"fmt ", &sane_format(1, 1, 44_100, 24)), chunk64(b"data", &little(&mono, 3))]),
        &mono_truth,
        Equal,
    );
    let float: Vec<u8> = t16.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    list.add(
        "float",
        wave64(&[chunk64(b"fmt ", &sane_format(3, 2, 48_000, 32)), chunk64(b"data", &float)]),
        &t16,
        Equal,
    );
    list.add("with junk", wave64(&[chunk64(b"junk", &[0; 13]), fmt.clone(), data.clone()]), &t16, Equal);
    let place = place_of(&whole, b"data");
    list.add(
        "file size wrong",
        patched(&whole, 16, &99_999_u64.to_le_bytes()),
        &t16,
        Warned("announces a file of 99999"),
    );
    list.add("data size 0", patched(&whole, place + 16, &[0; 8]), &t16, Warned("size of its audio is 0"));
    list.add("data size all ones", patched(&whole, place + 16, &[0xff; 8]), &t16, Warned("to the end of the file"));
    list.add(
        "data size 8 too large",
        patched(&whole, place + 16, &(4 * FRAMES as u64 + 32).to_le_bytes()),
        &t16,
        Warned("and the file is whole"),
    );
    list.add(
        "data size 10",
        patched(&whole, place + 16, &10_u64.to_le_bytes()),
        &t16,
        Refused("10 bytes of at least 24"),
    );
    list.add("format size 1 TB", patched(&whole, 56, &(1_u64 << 40).to_le_bytes()), &t16, Refused("truncated"));
    list.add("cut", whole[..whole.len() - 1001].to_vec(), &t16, Refused("truncated"));
    list.add("cut inside the header", whole[..33].to_vec(), &t16, Refused("truncated"));
    list.add("no sound", wave64(std::slice::from_ref(&fmt)), &t16, Refused("no data chunk"));
    list.add("no format", wave64(&[data]), &t16, Refused("no format chunk"));
    list.add("another GUID than wave", patched(&whole, 28, &[0; 4]), &t16, Refused("another kind than audio"));
    list.cases
}
