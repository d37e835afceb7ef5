//! Audio files written byte by byte, sharing no code with what reads them, and the program run over them.
#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program in a folder. Targets of the developer's own are out of its sight.
pub fn twobus(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twobus"))
        .current_dir(dir)
        .env("HOME", dir)
        .env_remove("XDG_CONFIG_HOME")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("run twobus")
}

/// What a program wrote.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs, and checks the status, every word in the message, and that no panic's name is in it.
#[track_caller]
pub fn expect_failure(dir: &Path, arguments: &[&str], status: i32, words: &[&str]) {
    let output = twobus(dir, arguments);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {message}");
    for word in words {
        assert!(message.contains(word), "{arguments:?} gave {message:?}, which lacks {word:?}");
    }
    assert!(!message.contains("panicked") && !message.contains("RUST_BACKTRACE"), "{message}");
    assert!(output.stdout.is_empty(), "an error prints nothing on standard output");
}

/// The most memory that a run of the program held, in kB, as the kernel counts it.
#[cfg(target_os = "linux")]
pub fn peak_memory_kb(dir: &Path, arguments: &[&str]) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_twobus"))
        .current_dir(dir)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("run");
    let mut peak = 0;
    while child.try_wait().expect("wait").is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        peak = peak.max(kb);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    peak
}

/// Names in a folder, sorted: to see that nothing was left behind.
pub fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .expect("read the test folder")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A WAV of interleaved 16-bit samples.
pub fn wav16(sample_rate_hz: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    wav(sample_rate_hz, channels, 16, 1, &data)
}

/// A WAV of interleaved floats.
pub fn wav_float(sample_rate_hz: u32, channels: u16, samples: &[f32]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    wav(sample_rate_hz, channels, 32, 3, &data)
}

/// A WAV of whatever the header is told; `tag` is 1 for integers, 3 for floats.
pub fn wav(sample_rate_hz: u32, channels: u16, bits: u16, tag: u16, data: &[u8]) -> Vec<u8> {
    let align = channels.wrapping_mul(bits / 8);
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + data.len() as u32).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    bytes.extend_from_slice(&tag.to_le_bytes());
    bytes.extend_from_slice(&channels.to_le_bytes());
    bytes.extend_from_slice(&sample_rate_hz.to_le_bytes());
    bytes.extend_from_slice(&sample_rate_hz.wrapping_mul(align.into()).to_le_bytes());
    bytes.extend_from_slice(&align.to_le_bytes());
    bytes.extend_from_slice(&bits.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// An AIFF of interleaved 16-bit samples at 48 kHz.
pub fn aiff16(channels: u16, samples: &[i16]) -> Vec<u8> {
    let frames = samples.len() / usize::from(channels.max(1));
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let mut chunks = Vec::new();
    chunks.extend_from_slice(b"AIFFCOMM");
    chunks.extend_from_slice(&18_u32.to_be_bytes());
    chunks.extend_from_slice(&channels.to_be_bytes());
    chunks.extend_from_slice(&(frames as u32).to_be_bytes());
    chunks.extend_from_slice(&16_u16.to_be_bytes());
    // 48000 as an 80-bit extended float: 0xBB80 * 2^15 in the mantissa's top, exponent 16383 + 15.
    chunks.extend_from_slice(&[0x40, 0x0e, 0xbb, 0x80, 0, 0, 0, 0, 0, 0]);
    chunks.extend_from_slice(b"SSND");
    chunks.extend_from_slice(&(8 + data.len() as u32).to_be_bytes());
    chunks.extend_from_slice(&[0; 8]);
    chunks.extend_from_slice(&data);
    let mut bytes = b"FORM".to_vec();
    bytes.extend_from_slice(&(chunks.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&chunks);
    bytes
}

/// Programme-like samples without a library: two slow sines and a little noise, within ±0.5.
pub fn programme(frames: usize, sample_rate_hz: f64, channel: usize) -> Vec<f32> {
    let mut noise = 0x1234_5678_u32 ^ (channel as u32).wrapping_mul(0x9e37_79b9);
    (0..frames)
        .map(|n| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let t = n as f64 / sample_rate_hz;
            let tone = 0.25 * (std::f64::consts::TAU * 220.0 * t).sin()
                + 0.15 * (std::f64::consts::TAU * (997.0 + 100.0 * channel as f64) * t).sin();
            (tone + 0.05 * (f64::from(noise) / f64::from(u32::MAX) - 0.5)) as f32
        })
        .collect()
}
