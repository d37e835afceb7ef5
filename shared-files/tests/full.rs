//! Nothing is lost where nothing more can be written. A program of its own: the limit is the program's.
#![cfg(target_os = "linux")]

use shared_files::write_whole;

fn limit_files(bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the pointer leads to a limit.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) }, 0);
}

#[test]
fn a_full_disk_leaves_the_old_file_and_nothing_beside_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("Mine.toml");
    write_whole(&path, b"old").expect("written");
    // SAFETY: this program's one test does it, and nothing else of it knows of signals.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    limit_files(64);
    let written = write_whole(&path, &[b'x'; 4096]);
    // What the test says may itself go into a file.
    limit_files(libc::RLIM_INFINITY);
    let error = written.expect_err("a file beyond the limit");
    assert!(!error.to_string().is_empty());
    assert_eq!(std::fs::read(&path).expect("read"), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 1, "nothing is left beside it");
    write_whole(&path, b"new").expect("there is room for that");
    assert_eq!(std::fs::read(&path).expect("read"), b"new");
}
