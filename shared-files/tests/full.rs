//! Nothing is lost where nothing more can be written. A program of its own: the limit is the program's.
#![cfg(target_os = "linux")]

use shared_files::write_whole;

#[test]
fn a_full_disk_leaves_the_old_file_and_nothing_beside_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("Mine.toml");
    write_whole(&path, b"old").expect("written");
    let limit = libc::rlimit { rlim_cur: 64, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the first thing that this program's one test does with the system's limits; the pointer leads to one.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0);
    }
    let error = write_whole(&path, &[b'x'; 4096]).expect_err("a file beyond the limit");
    assert!(!error.to_string().is_empty());
    assert_eq!(std::fs::read(&path).expect("read"), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 1, "nothing is left beside it");
    write_whole(&path, b"new").expect("there is room for that");
    assert_eq!(std::fs::read(&path).expect("read"), b"new");
}
