//! Audio files: what is written is read back, and nothing hostile gets further than an error that names it.

mod common;

use std::fs;
use std::path::Path;

use common::{aiff16, names, programme, wav, wav_float, wav16};
use host::audio::{self, AudioError, Bits, Reader, Writer};
use tempfile::tempdir;

fn put(dir: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = dir.join(name);
    fs::write(&path, bytes).expect("write a test file");
    path
}

#[test]
fn wav_of_every_depth_is_read_exactly() {
    let dir = tempdir().expect("tempdir");
    let path = put(dir.path(), "16.wav", &wav16(44_100, 2, &[0, 1, -1, 32_767, -32_768, 256]));
    let file = audio::read(&path).expect("16 bit");
    assert_eq!(file.spec.sample_rate_hz, 44_100);
    assert_eq!((file.spec.container, file.spec.bits, file.spec.is_float), ("WAV", Some(16), false));
    let step = 1.0 / 32_768.0;
    assert_eq!(file.channels, vec![vec![0.0, -step, -1.0], vec![step, 32_767.0 * step, 256.0 * step]]);

    let data: Vec<u8> = [1_i32, -1, 0x7f_ffff, -0x80_0000].iter().flat_map(|s| s.to_le_bytes()[..3].to_vec()).collect();
    let file = audio::read(put(dir.path(), "24.wav", &wav(96_000, 1, 24, 1, &data))).expect("24 bit");
    let step = 1.0 / 8_388_608.0;
    assert_eq!(file.channels, vec![vec![step, -step, 1.0 - step, -1.0]]);

    let data: Vec<u8> = [1_i32 << 30, i32::MIN].iter().flat_map(|s| s.to_le_bytes()).collect();
    let file = audio::read(put(dir.path(), "32.wav", &wav(192_000, 1, 32, 1, &data))).expect("32 bit");
    assert_eq!(file.channels, vec![vec![0.5, -1.0]]);

    // Float is passed on as it is, beyond full scale too.
    let samples = [0.1_f32, -2.5, 1.0e-30, 7.0];
    let file = audio::read(put(dir.path(), "f.wav", &wav_float(48_000, 2, &samples))).expect("float");
    assert_eq!(file.channels, vec![vec![0.1, 1.0e-30], vec![-2.5, 7.0]]);
    assert!(file.spec.is_float);

    let data: Vec<u8> = [0.25_f64, -0.75].iter().flat_map(|s| s.to_le_bytes()).collect();
    let file = audio::read(put(dir.path(), "f64.wav", &wav(48_000, 1, 64, 3, &data))).expect("double");
    assert_eq!(file.channels, vec![vec![0.25, -0.75]]);
}

/// What programs write into a pipe has no lengths in its header: it is read to where it ends, and only whole frames of
/// it, since nothing tells how many there should have been.
#[test]
fn wav_without_lengths_is_read_to_its_end() {
    let dir = tempdir().expect("tempdir");
    let samples: Vec<i16> = (0..10_001).collect();
    let mut bytes = wav16(48_000, 1, &samples);
    for at in [4, 40] {
        bytes[at..at + 4].fill(0xff);
    }
    let file = audio::read(put(dir.path(), "pipe.wav", &bytes)).expect("read");
    let back: Vec<i16> = file.channels[0].iter().map(|x| (x * 32_768.0) as i16).collect();
    assert_eq!(back, samples);
    let reader = Reader::open(dir.path().join("pipe.wav")).expect("open");
    assert_eq!(reader.spec().frames, Some(10_001));
    assert!(
        reader.warnings().iter().any(|warning| warning.contains("to the end of the file")),
        "{:?}",
        reader.warnings()
    );
}

#[test]
fn aiff_is_read_exactly() {
    let dir = tempdir().expect("tempdir");
    let file = audio::read(put(dir.path(), "a.aiff", &aiff16(2, &[16_384, -16_384, 1, -1]))).expect("AIFF");
    assert_eq!((file.spec.container, file.spec.sample_rate_hz), ("AIFF", 48_000));
    let step = 1.0 / 32_768.0;
    assert_eq!(file.channels, vec![vec![0.5, step], vec![-0.5, -step]]);
}

#[test]
fn float_wav_round_trips_to_the_bit() {
    let dir = tempdir().expect("tempdir");
    for (rate, frames) in [(8_000, 1), (44_100, 4096), (48_000, 10_001), (384_000, 5)] {
        let left = programme(frames, f64::from(rate), 0);
        let right: Vec<f32> = programme(frames, f64::from(rate), 1).iter().map(|x| 3.0 * x).collect();
        let path = dir.path().join("x.wav");
        let written = audio::write(&path, rate, &[&left, &right], Bits::Float32).expect("write");
        assert_eq!((written.frames, written.clipped_samples), (frames as u64, 0));
        let file = audio::read(&path).expect("read back");
        assert_eq!(file.spec.sample_rate_hz, rate);
        assert_eq!(file.channels, vec![left, right]);
    }
    assert_eq!(names(dir.path()), ["x.wav"]);
}

/// Integer formats: every sample within 1.5 steps (0.5 of rounding, 1 of dither), and FLAC tells the same samples as WAV,
/// since the dither repeats: the two ways out check each other, as the two ways back in do.
#[test]
fn integer_wav_and_flac_round_trip_within_the_dither() {
    let dir = tempdir().expect("tempdir");
    for bits in [Bits::Int16, Bits::Int24] {
        // 4096 is FLAC's block; a rest of 1 and lengths below 32 frames are its hard cases.
        for (rate, frames, channels) in
            [(44_100, 4097, 2), (48_000, 1, 1), (22_050, 31, 2), (88_200, 9_000, 1), (96_000, 8192, 2)]
                .into_iter()
                .chain([
                    (176_400, 5000, 2),
                    (192_000, 4100, 2),
                    (352_800, 100, 1),
                    (384_000, 5000, 2),
                    (11_025, 700, 1),
                ])
        {
            let input: Vec<Vec<f32>> = (0..channels).map(|c| programme(frames, f64::from(rate), c)).collect();
            let slices: Vec<&[f32]> = input.iter().map(Vec::as_slice).collect();
            let (wav_path, flac_path) = (dir.path().join("x.wav"), dir.path().join("x.flac"));
            audio::write(&wav_path, rate, &slices, bits).expect("write WAV");
            audio::write(&flac_path, rate, &slices, bits).expect("write FLAC");
            let from_wav = audio::read(&wav_path).expect("read WAV");
            let from_flac = audio::read(&flac_path).unwrap_or_else(|e| panic!("{rate} Hz, {frames} frames: {e}"));
            assert_eq!(from_flac.spec.sample_rate_hz, rate);
            assert_eq!(from_flac.spec.frames, Some(frames as u64));
            assert_eq!(from_flac.spec.bits, Some(bits.count().into()));
            assert_eq!(from_wav.channels, from_flac.channels, "{rate} Hz, {frames} frames, {bits} bits");
            let step = 1.0 / f64::from(1_u32 << (bits.count() - 1));
            for (input, output) in input.iter().zip(&from_wav.channels) {
                for (x, y) in input.iter().zip(output) {
                    assert!((f64::from(*x) - f64::from(*y)).abs() <= 1.5 * step);
                }
            }
        }
    }
}

#[test]
fn blocks_of_any_size_make_the_same_file() {
    let dir = tempdir().expect("tempdir");
    let samples = programme(20_000, 48_000.0, 0);
    for name in ["a.wav", "a.flac"] {
        let whole = dir.path().join(name);
        audio::write(&whole, 48_000, &[&samples], Bits::Int16).expect("write");
        let pieces = dir.path().join(format!("pieces-{name}"));
        let mut writer = Writer::create(&pieces, 48_000, 1, Bits::Int16).expect("create");
        let mut rest = samples.as_slice();
        for size in [1, 7, 4096, 64, 5000].into_iter().cycle() {
            let (block, after) = rest.split_at(size.min(rest.len()));
            writer.write(&[block]).expect("write");
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        writer.finish().expect("finish");
        assert_eq!(fs::read(&whole).expect("whole"), fs::read(&pieces).expect("pieces"));

        // And reading in odd blocks gives what reading at once gives.
        let mut reader = Reader::open(&whole).expect("open");
        let (mut block, mut all) = (vec![Vec::new()], Vec::new());
        while reader.read(&mut block, 333).expect("read") > 0 {
            assert!(block[0].len() <= 333);
            all.extend_from_slice(&block[0]);
        }
        assert_eq!(all, audio::read(&whole).expect("read").channels[0]);
    }
}

#[test]
fn channels_and_rates_outside_are_named() {
    let dir = tempdir().expect("tempdir");
    for channels in [0_u16, 3, 9, 255, u16::MAX] {
        let path = put(dir.path(), "c.wav", &wav16(48_000, channels, &[0; 36]));
        let error = audio::read(&path).expect_err("must fail");
        assert!(matches!(error, AudioError::Channels { channels: n, .. } if n == usize::from(channels)), "{error}");
        assert!(error.to_string().contains("c.wav"), "{error}");
        let path = put(dir.path(), "c.aiff", &aiff16(channels, &[0; 36]));
        let error = audio::read(&path).expect_err("must fail");
        assert!(matches!(error, AudioError::Channels { channels: n, .. } if n == usize::from(channels)), "{error}");
    }
    for rate in [0, 1, 7_999, 384_001, u32::MAX] {
        let path = put(dir.path(), "r.wav", &wav16(rate, 1, &[0; 36]));
        let error = audio::read(&path).expect_err("must fail");
        // 0 Hz is already refused by the demuxer.
        assert!(matches!(error, AudioError::SampleRate { .. } | AudioError::Damaged { .. }), "{rate}: {error}");
        let error = Writer::create(dir.path().join("o.wav"), rate, 1, Bits::Int16).expect_err("must fail");
        assert!(matches!(error, AudioError::SampleRate { .. }), "{error}");
    }
    let error = Writer::create(dir.path().join("o.wav"), 48_000, 9, Bits::Int16).expect_err("must fail");
    assert!(matches!(error, AudioError::Channels { channels: 9, .. }), "{error}");
}

#[test]
fn samples_that_are_no_numbers_are_named_with_their_frame() {
    let dir = tempdir().expect("tempdir");
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut samples = programme(20_000, 48_000.0, 0);
        samples[2 * 5000 + 1] = bad;
        samples[2 * 6000] = f32::NAN;
        let path = put(dir.path(), "nan.wav", &wav_float(48_000, 2, &samples));
        let error = audio::read(&path).expect_err("must fail");
        assert!(matches!(error, AudioError::NotFinite { frame: 5000, channel: 2, .. }), "{error}");
        assert!(error.to_string().contains("nan.wav") && error.to_string().contains("5000"), "{error}");

        let mut writer = Writer::create(dir.path().join("out.wav"), 48_000, 1, Bits::Float32).expect("create");
        writer.write(&[&[0.0; 10]]).expect("write");
        let error = writer.write(&[&[0.0, bad]]).expect_err("must fail");
        assert!(matches!(error, AudioError::NotFinite { frame: 11, channel: 1, .. }), "{error}");
        drop(writer);
        assert_eq!(names(dir.path()), ["nan.wav"], "nothing half-written");
    }
}

/// Every truncation of a WAV, an AIFF and a FLAC is an error: none is read as a shorter song, none panics.
#[test]
fn no_truncated_file_is_read() {
    let dir = tempdir().expect("tempdir");
    let flac_path = dir.path().join("whole.flac");
    let samples = programme(9_000, 48_000.0, 0);
    audio::write(&flac_path, 48_000, &[&samples, &samples], Bits::Int16).expect("write FLAC");
    let integers: Vec<i16> = samples.iter().map(|x| (x * 30_000.0) as i16).collect();
    let files = [
        ("t.wav", wav16(48_000, 2, &integers)),
        ("t.aiff", aiff16(2, &integers)),
        ("t.flac", fs::read(&flac_path).expect("read FLAC")),
    ];
    for (name, whole) in files {
        let path = put(dir.path(), name, &whole);
        audio::read(&path).expect("the whole file is fine");
        // Every length through the header, then ever longer strides, and the last bytes one by one.
        let lengths = (0..200).chain((200..whole.len() - 64).step_by(617)).chain(whole.len() - 64..whole.len());
        for length in lengths {
            fs::write(&path, &whole[..length]).expect("write");
            match audio::read(&path) {
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
                // A pad byte that is missing changes nothing.
                Ok(file) => assert!(
                    length + 1 >= whole.len() && file.frames() == integers.len() / 2,
                    "{name} cut to {length} bytes of {} was read as {} frames",
                    whole.len(),
                    file.frames()
                ),
            }
        }
    }
}

/// Headers with hostile numbers: every byte of the first 64 set to 0x00, 0x7f, 0x80 and 0xff, in turn and in runs of
/// four. Whatever comes of it comes as a result, in bounded time and memory.
#[test]
fn hostile_headers_do_not_panic() {
    let dir = tempdir().expect("tempdir");
    let flac_path = dir.path().join("whole.flac");
    let samples = programme(5_000, 48_000.0, 0);
    audio::write(&flac_path, 48_000, &[&samples, &samples], Bits::Int16).expect("write FLAC");
    let integers: Vec<i16> = samples.iter().map(|x| (x * 30_000.0) as i16).collect();
    let files = [
        ("h.wav", wav16(48_000, 2, &integers)),
        ("h.aiff", aiff16(2, &integers)),
        ("h.flac", fs::read(&flac_path).expect("read FLAC")),
    ];
    let (mut refused, mut read) = (0, 0);
    for (name, whole) in files {
        let path = dir.path().join(name);
        for at in 0..64 {
            for value in [0x00, 0x7f, 0x80, 0xff] {
                for run in [1, 4] {
                    let mut bytes = whole.clone();
                    bytes[at..at + run].fill(value);
                    fs::write(&path, &bytes).expect("write");
                    match audio::read(&path) {
                        Ok(file) => {
                            read += 1;
                            assert!(file.frames() <= whole.len());
                        }
                        Err(error) => {
                            refused += 1;
                            assert!(error.to_string().contains(name), "{error}");
                        }
                    }
                }
            }
        }
    }
    assert!(refused > 500, "only {refused} of {} hostile headers were refused", refused + read);
}

#[test]
fn a_flac_with_one_wrong_bit_is_refused() {
    let dir = tempdir().expect("tempdir");
    let path = dir.path().join("x.flac");
    let samples = programme(20_000, 48_000.0, 0);
    audio::write(&path, 48_000, &[&samples], Bits::Int16).expect("write");
    let whole = fs::read(&path).expect("read");
    for at in (60..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, &bytes).expect("write");
        let error = audio::read(&path).expect_err("a damaged frame must not pass");
        assert!(matches!(error, AudioError::Damaged { .. } | AudioError::Truncated { .. }), "byte {at}: {error}");
    }
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let dir = tempdir().expect("tempdir");
    for (name, bytes) in [
        ("empty.wav", Vec::new()),
        ("three.wav", b"RIF".to_vec()),
        ("text.wav", b"this is not a song at all".to_vec()),
        ("rf64.wav", b"RF64\xff\xff\xff\xffWAVE".to_vec()),
        ("no-data.wav", wav16(48_000, 2, &[])),
        ("avi.wav", b"RIFF\x08\x00\x00\x00AVI LIST".to_vec()),
    ] {
        let error = audio::read(put(dir.path(), name, &bytes)).expect_err("must fail");
        assert!(error.to_string().contains(name), "{error}");
    }
    let error = audio::read(dir.path().join("nowhere.wav")).expect_err("must fail");
    assert!(matches!(error, AudioError::Read { .. }), "{error}");
    let error = audio::read(dir.path()).expect_err("a folder must fail");
    assert!(error.to_string().contains("regular"), "{error}");
}

#[test]
fn targets_are_checked_and_kept_until_the_end() {
    let dir = tempdir().expect("tempdir");
    let path = dir.path().join("song.wav");
    fs::write(&path, b"precious").expect("write");
    let mut writer = Writer::create(&path, 48_000, 1, Bits::Int16).expect("create");
    writer.write(&[&[0.5; 1000]]).expect("write");
    assert_eq!(fs::read(&path).expect("read"), b"precious", "the old file stands until the new one is whole");
    assert_eq!(names(dir.path()).len(), 2, "the new one lies beside it");
    drop(writer);
    assert_eq!(names(dir.path()), ["song.wav"]);
    assert_eq!(fs::read(&path).expect("read"), b"precious");

    let mut writer = Writer::create(&path, 48_000, 1, Bits::Int16).expect("create");
    writer.write(&[&[0.5; 1000]]).expect("write");
    writer.finish().expect("finish");
    assert_eq!(names(dir.path()), ["song.wav"]);
    assert_eq!(audio::read(&path).expect("read").frames(), 1000);

    for (name, bits, word) in [
        ("song.mp3", Bits::Int16, ".flac"),
        ("song", Bits::Int16, ".wav"),
        ("song.flac", Bits::Float32, "float"),
        ("", Bits::Int16, ".wav"),
    ] {
        let error = Writer::create(dir.path().join(name), 48_000, 1, bits).expect_err("must fail");
        assert!(matches!(error, AudioError::Target { .. }) && error.to_string().contains(word), "{error}");
    }
    let error = Writer::create(dir.path().join("no/such/folder/x.wav"), 48_000, 1, Bits::Int16).expect_err("must fail");
    assert!(matches!(error, AudioError::Write { .. }) && error.to_string().contains("x.wav"), "{error}");
    fs::create_dir(dir.path().join("folder.wav")).expect("mkdir");
    let error = Writer::create(dir.path().join("folder.wav"), 48_000, 1, Bits::Int16).expect_err("must fail");
    assert!(error.to_string().contains("regular"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_and_permissions_are_those_of_an_ordinary_file() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = tempdir().expect("tempdir");
    let (real, link) = (dir.path().join("real.wav"), dir.path().join("link.wav"));
    fs::write(&real, b"old").expect("write");
    symlink(&real, &link).expect("link");
    audio::write(&link, 48_000, &[&[0.25; 10]], Bits::Float32).expect("write through the link");
    assert!(link.is_symlink(), "the link stays a link");
    assert_eq!(audio::read(&real).expect("read").frames(), 10);
    let plain = dir.path().join("plain");
    fs::write(&plain, b"").expect("write");
    let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!(mode(&real), mode(&plain));
}
