//! Peers that mean no good, or are of no use: whatever they do, nobody crashes, waits or believes them.
#![cfg(target_os = "linux")]

mod common;

use std::ffi::c_void;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use common::{Here, child, place, role, wait_for};
use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags};
use rustix::io::Errno;
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};
use shared_taps::{BLOCKS, Block, Catalogue, Error, Folder, Layout, Listener, RingWriter, State, Words};

const LIST: &[u8] = b"TW\x01\x01";
const ID: [u8; 16] = [9; 16];

fn socket() -> OwnedFd {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).expect("a socket")
}

fn call(folder: &Folder) -> OwnedFd {
    let name = std::fs::read_dir(folder.path()).expect("the folder").flatten().next().expect("a station").path();
    let socket = socket();
    rustix::net::connect(&socket, &SocketAddrUnix::new(&name).expect("an address")).expect("connected");
    socket
}

fn send(socket: &OwnedFd, bytes: &[u8], file: Option<&OwnedFd>) -> Result<usize, Errno> {
    let files: Vec<_> = file.iter().map(|file| file.as_fd()).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    if !files.is_empty() {
        beside.push(SendAncillaryMessage::ScmRights(&files));
    }
    rustix::net::sendmsg(socket, &[IoSlice::new(bytes)], &mut beside, SendFlags::NOSIGNAL)
}

/// A packet and the file that came with it.
type Packet = (Vec<u8>, Option<OwnedFd>);

/// The next packet; `None` for the end.
fn receive(socket: &OwnedFd) -> Result<Option<Packet>, Errno> {
    let mut bytes = [0; 1024];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let read = rustix::net::recvmsg(socket, &mut [IoSliceMut::new(&mut bytes)], &mut beside, RecvFlags::CMSG_CLOEXEC)?;
    let file = beside.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next(),
        _ => None,
    });
    Ok((read.bytes > 0).then(|| (bytes[..read.bytes].to_vec(), file)))
}

/// A station that says what a test wants it to.
struct Liar {
    door: OwnedFd,
    clients: Vec<OwnedFd>,
}

impl Liar {
    fn new(folder: &Folder, name: &str) -> Self {
        let door = socket();
        rustix::net::bind(&door, &SocketAddrUnix::new(folder.path().join(name)).expect("an address")).expect("bound");
        rustix::net::listen(&door, 10).expect("listens");
        Self { door, clients: Vec::new() }
    }

    /// Answers whoever has called, and whatever they asked, with these packets.
    fn answer(&mut self, packets: &[(&[u8], Option<&OwnedFd>)]) {
        while let Ok(client) = rustix::net::accept_with(&self.door, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
            for (bytes, file) in packets {
                // It may be sent away in the middle.
                let _ = send(&client, bytes, *file);
            }
            self.clients.push(client);
        }
    }
}

/// Says that there is a tap.
fn tap() -> Vec<u8> {
    [b"TW\x01\x01", &ID[..], b"\x04Liar\x00"].concat()
}

/// What a reader makes of a file that a station passes as its ring.
fn passed(file: &OwnedFd) -> (Listener, Result<State, Error>) {
    let (_outer, folder) = place();
    let mut liar = Liar::new(&folder, "liar");
    let mut catalogue = Catalogue::new(folder);
    catalogue.refresh();
    liar.answer(&[(&tap(), None)]);
    let id = catalogue.refresh().first().expect("the liar's tap").id;
    let mut listener = catalogue.listen(id).expect("a listener");
    liar.answer(&[(b"TW\x01\x03", Some(file))]);
    let heard = listener.poll();
    (listener, heard)
}

/// A memfd of a ring's size with the right header, not sealed.
fn memory(layout: Layout, flags: MemfdFlags) -> OwnedFd {
    let file = rustix::fs::memfd_create("hostile", flags | MemfdFlags::ALLOW_SEALING).expect("a memfd");
    rustix::fs::ftruncate(&file, layout.words() as u64 * 8).expect("its size");
    rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, layout.words() as u64 * 8).expect("its pages");
    let header = [u64::from_le_bytes(*b"Twobus\x00\x01"), layout.blocks()].map(u64::to_ne_bytes).concat();
    rustix::io::pwrite(&file, &header, 0).expect("its header");
    file
}

fn seal(file: &OwnedFd, seals: SealFlags) {
    rustix::fs::fcntl_add_seals(file, seals).expect("sealed");
}

const LAYOUT_BLOCKS: u64 = 16;

fn small() -> Layout {
    Layout::new(LAYOUT_BLOCKS).expect("a layout")
}

const ALL: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::WRITE);

#[test]
fn a_file_that_can_be_cut_short_is_never_mapped() {
    let is_unsafe = |file: &OwnedFd, what: &str| {
        let (listener, heard) = passed(file);
        assert!(matches!(heard, Err(Error::Unsafe(_))), "{what}: {heard:?}");
        assert!(listener.reader().is_none(), "{what}");
    };
    let sound = memory(small(), MemfdFlags::CLOEXEC);
    is_unsafe(&sound, "not sealed");
    seal(&sound, SealFlags::GROW | SealFlags::WRITE);
    is_unsafe(&sound, "may shrink");
    let writable = memory(small(), MemfdFlags::CLOEXEC);
    seal(&writable, SealFlags::SHRINK);
    is_unsafe(&writable, "may be written");
    seal(&sound, SealFlags::SHRINK);
    assert!(matches!(passed(&sound).1, Ok(State::Listening)), "and sealed it may be");

    let directory = tempfile::tempdir().expect("a folder");
    let ordinary = std::fs::File::create_new(directory.path().join("ring")).expect("a file");
    ordinary.set_len(small().words() as u64 * 8).expect("its size");
    is_unsafe(&ordinary.into(), "a file on a disk");
    is_unsafe(&std::fs::File::open("/dev/zero").expect("a device").into(), "a device");
    is_unsafe(&std::fs::File::open("/").expect("a folder").into(), "a folder");
    is_unsafe(&socket(), "a socket");

    let with_holes = rustix::fs::memfd_create("holes", MemfdFlags::ALLOW_SEALING).expect("a memfd");
    rustix::fs::ftruncate(&with_holes, small().words() as u64 * 8).expect("its size");
    seal(&with_holes, ALL);
    is_unsafe(&with_holes, "nothing but a hole");
    for (bytes, what) in [(0_u64, "empty"), (12, "an odd size"), (1 << 40, "huge")] {
        let odd = rustix::fs::memfd_create("odd", MemfdFlags::ALLOW_SEALING).expect("a memfd");
        rustix::fs::ftruncate(&odd, bytes).expect("its size");
        seal(&odd, ALL);
        is_unsafe(&odd, what);
    }
    // Huge pages, of which there may be none: read, they would be the end.
    if let Ok(huge) = rustix::fs::memfd_create("huge", MemfdFlags::HUGETLB | MemfdFlags::ALLOW_SEALING) {
        rustix::fs::ftruncate(&huge, 2 << 20).expect("its size");
        seal(&huge, ALL);
        is_unsafe(&huge, "huge pages");
    }
    for (at, value) in [(0, 7_u64), (8, LAYOUT_BLOCKS * 2), (8, u64::MAX), (8, 0)] {
        let wrong = memory(small(), MemfdFlags::CLOEXEC);
        rustix::io::pwrite(&wrong, &value.to_ne_bytes(), at).expect("its header");
        seal(&wrong, ALL);
        is_unsafe(&wrong, "a wrong header");
    }
}

/// The test's own mapping.
struct Mapped<'a>(&'a [AtomicU64]);

impl Words for Mapped<'_> {
    type Word = AtomicU64;

    fn words(&self) -> &[AtomicU64] {
        self.0
    }
}

#[test]
fn garbage_and_a_new_header_are_read_while_they_are_written() {
    let file = memory(small(), MemfdFlags::CLOEXEC);
    let words = small().words();
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a mapping of its own, for as long as the test runs.
    let start = unsafe { rustix::mm::mmap(std::ptr::null_mut(), words * 8, access, MapFlags::SHARED, &file, 0) };
    // SAFETY: so many words are mapped, and all of them are atomic to everybody.
    let memory: &[AtomicU64] = unsafe { std::slice::from_raw_parts(start.expect("mapped").cast(), words) };
    seal(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::FUTURE_WRITE);
    let (listener, heard) = passed(&file);
    assert!(matches!(heard, Ok(State::Listening)), "{heard:?}");
    let mut reader = listener.reader().expect("a reader");
    let done = AtomicBool::new(false);
    let (mut read, mut block) = (0, Block::default());
    // Sound blocks among the garbage, so that there is something to believe.
    let mut writer = RingWriter::new(Mapped(memory), small()).expect("a writer");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut state = 1_u64;
            for round in 0..3_000_000_u64 {
                if round % 50 == 0 {
                    writer.write([&[f32::NAN; 64], &[f32::INFINITY; 64]], [&[1.0; 64], &[f32::MIN_POSITIVE / 2.0; 64]]);
                }
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = match round % 4 {
                    // Of the header, and the two counters.
                    0 => [0, 1, 16, 32][(state >> 40) as usize % 4],
                    _ => (state >> 33) as usize % words,
                };
                let value = match round % 3 {
                    0 => state,
                    1 => (state >> 50) % 64,
                    _ => 48_000.0_f64.to_bits(),
                };
                memory[at].store(value, Ordering::Relaxed);
                if round % 1000 == 0 {
                    assert_eq!(rustix::fs::ftruncate(&file, 0), Err(Errno::PERM), "it cannot be cut short");
                    std::thread::yield_now();
                }
            }
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            if reader.read(&mut block) {
                read += 1;
                assert!(block.input().iter().chain(&block.output()).all(|side| side.iter().all(|x| x.is_finite())));
            }
        }
    });
    println!("{read} blocks read, {} lost", reader.lost_blocks());
    assert!(read > 100 && reader.lost_blocks() > 100, "both must happen");
}

#[test]
fn who_has_a_ring_can_only_read_it() {
    let (_outer, folder) = place();
    let mut here = Here::new(&folder, "Twobus Glue");
    let mut catalogue = Catalogue::new(folder.clone());
    let (_listener, mut reader) = here.listen(&mut catalogue);
    // Gets the very same file as any reader, and tries all there is.
    let id = here.offer.id().to_string();
    let id: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).expect("hex")).collect();
    let socket = call(&folder);
    send(&socket, &[b"TW\x01\x02", &id[..]].concat(), None).expect("sent");
    here.station.serve();
    let (packet, file) = receive(&socket).expect("an answer").expect("a packet");
    assert_eq!(packet, b"TW\x01\x03");
    let file = file.expect("the ring");
    let size = rustix::fs::fstat(&file).expect("its size").st_size as u64;
    assert_eq!(size, Layout::new(BLOCKS as u64).expect("a layout").words() as u64 * 8);
    assert_eq!(rustix::fs::ftruncate(&file, 0), Err(Errno::PERM));
    assert_eq!(rustix::fs::ftruncate(&file, 2 * size), Err(Errno::PERM));
    assert_eq!(rustix::io::pwrite(&file, &[1; 8], 0), Err(Errno::PERM));
    let punch = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    assert_eq!(rustix::fs::fallocate(&file, punch, 0, size), Err(Errno::PERM));
    assert_eq!(rustix::fs::fcntl_add_seals(&file, SealFlags::WRITE), Err(Errno::PERM));
    // SAFETY: mappings that are refused, and one that is only read and given back.
    unsafe {
        let map = |access| rustix::mm::mmap(std::ptr::null_mut(), size as usize, access, MapFlags::SHARED, &file, 0);
        assert_eq!(map(ProtFlags::READ | ProtFlags::WRITE).err(), Some(Errno::PERM));
        let start: *mut c_void = map(ProtFlags::READ).expect("to be read");
        let more = rustix::mm::mprotect(start, size as usize, MprotectFlags::READ | MprotectFlags::WRITE);
        assert_eq!(more, Err(Errno::ACCESS));
        rustix::mm::munmap(start, size as usize).expect("unmapped");
    }
    // Not even through the system's list of open files.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let opened = std::fs::OpenOptions::new().read(true).write(true).open(&path).map(OwnedFd::from);
    assert!(opened.is_err() || rustix::fs::ftruncate(opened.expect("opened"), 0) == Err(Errno::PERM));
    here.publish(6400);
    let (mut block, mut blocks) = (Block::default(), 0);
    while reader.read(&mut block) {
        blocks += 1;
    }
    assert_eq!((blocks, reader.lost_blocks()), (100, 0), "all is as before");
}

#[test]
fn a_station_that_talks_nonsense_hides_nobody() {
    let (_outer, folder) = place();
    let here = Here::new(&folder, "Twobus Glue");
    let long = [7; 900];
    let nonsense: [&[u8]; 7] =
        [b"", b"x", b"TW\x01", b"TW\x02\x01", &long, b"TW\x01\x01\x00\x00", b"GET / HTTP/1.1\r\n\r\n"];
    let mut liars: Vec<Liar> = (0..nonsense.len()).map(|n| Liar::new(&folder, &format!("liar{n}"))).collect();
    // One that never answers, and one that passes files that nobody asked for.
    let _silent = Liar::new(&folder, "silent");
    let mut giver = Liar::new(&folder, "giver");
    let gift = memory(small(), MemfdFlags::CLOEXEC);
    let mut catalogue = Catalogue::new(folder.clone());
    for _ in 0..20 {
        catalogue.refresh();
        here.station.serve();
        for (liar, bytes) in liars.iter_mut().zip(nonsense) {
            liar.answer(&[(bytes, None)]);
        }
        let gifts = vec![(LIST, Some(&gift)); 5];
        giver.answer(&gifts);
    }
    let listed: Vec<_> = catalogue.refresh().iter().map(|tap| tap.plugin.as_str()).collect();
    assert_eq!(listed, ["Twobus Glue"]);
    assert!(liars.iter().all(|liar| liar.clients.len() <= 20), "nobody is called without end");
    // A list without end is believed as far as it goes.
    let mut flood = Liar::new(&folder, "flood");
    let packets: Vec<Vec<u8>> = (0..100_u8)
        .map(|n| {
            let mut packet = tap();
            packet[4] = n;
            packet
        })
        .collect();
    let flooded: Vec<_> = packets.iter().map(|packet| (&packet[..], None)).collect();
    catalogue.refresh();
    flood.answer(&flooded);
    assert!((2..=101).contains(&catalogue.refresh().len()));
}

#[test]
fn a_reader_that_talks_nonsense_disturbs_nobody() {
    let (_outer, folder) = place();
    let mut here = Here::new(&folder, "Twobus Glue");
    let mut catalogue = Catalogue::new(folder.clone());
    let (listener, mut reader) = here.listen(&mut catalogue);
    let long = [7; 900];
    let foreign = [b"TW\x01\x02", &ID[..]].concat();
    for bytes in [&b"x"[..], b"TW\x01", b"TW\x01\x09", &long, &foreign, b"TW\x01\x02short"] {
        let socket = call(&folder);
        send(&socket, bytes, None).expect("sent");
        here.station.serve();
        here.station.serve();
        assert!(matches!(receive(&socket), Ok(None) | Err(Errno::CONNRESET)), "sent away: {bytes:?}");
    }
    // Who says a second thing is sent away, and so is who comes when there are too many.
    let socket = call(&folder);
    send(&socket, LIST, None).expect("sent");
    here.station.serve();
    send(&socket, LIST, None).expect("sent");
    here.station.serve();
    let told: Vec<_> = (0..3).map_while(|_| receive(&socket).ok().flatten()).collect();
    assert!(told.len() <= 1 && !matches!(receive(&socket), Err(Errno::AGAIN)), "it is over");
    let crowd: Vec<OwnedFd> = (0..100).map(|_| call(&folder)).collect();
    here.station.serve();
    here.publish(6400);
    let (mut block, mut blocks) = (Block::default(), 0);
    while reader.read(&mut block) {
        blocks += 1;
    }
    assert_eq!(blocks, 100, "who listens hears on");
    drop(crowd);
    wait_for("the crowd has gone", || {
        here.station.serve();
        catalogue.refresh();
        (catalogue.taps().len() == 1).then_some(())
    });
    drop(listener);
    assert!(!here.station.serve());
}

#[test]
fn files_that_are_no_stations_are_left_alone() {
    let (outer, folder) = place();
    let (_elsewhere, other) = place();
    let here = Here::new(&other, "Twobus Glue");
    let theirs = std::fs::read_dir(other.path()).expect("the folder").flatten().next().expect("a station").path();
    symlink(&theirs, folder.path().join("link")).expect("a link to a station");
    symlink("nowhere", folder.path().join("dangling")).expect("a link");
    std::fs::write(folder.path().join("file"), b"TW\x01\x01").expect("a file");
    std::fs::create_dir(folder.path().join("folder")).expect("a folder");
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("pipe"), rustix::fs::Mode::RWXU).expect("a pipe");
    let mut catalogue = Catalogue::new(folder.clone());
    for _ in 0..5 {
        catalogue.refresh();
        here.station.serve();
    }
    assert!(catalogue.taps().is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 5, "and nothing of it is removed");

    // Nor is a folder used that is none, or is open to others.
    symlink(folder.path(), outer.path().join("link")).expect("a link");
    std::fs::write(outer.path().join("file"), b"").expect("a file");
    std::fs::create_dir(outer.path().join("open")).expect("a folder");
    std::fs::set_permissions(outer.path().join("open"), PermissionsExt::from_mode(0o750)).expect("its mode");
    for name in ["link", "file", "open"] {
        let made = Folder::at(&outer.path().join(name));
        assert!(matches!(made, Err(Error::NotPrivate { .. })), "{name}: {made:?}");
    }
    let made = Folder::at(&outer.path().join("no/such"));
    assert!(matches!(made, Err(Error::System { .. })), "{made:?}");
}

/// What a child of another user does: it calls the one station there is, and ends with 0 if it was sent away unheard.
fn call_as_somebody_else(folder: &Path) -> i32 {
    let name = std::fs::read_dir(folder).expect("the folder").flatten().next().expect("a station").path();
    let socket = socket();
    rustix::net::connect(&socket, &SocketAddrUnix::new(&name).expect("an address")).expect("connected");
    let _ = send(&socket, LIST, None);
    for _ in 0..3000 {
        match receive(&socket) {
            Err(Errno::AGAIN) => std::thread::sleep(std::time::Duration::from_millis(1)),
            Ok(None) | Err(_) => return 0,
            Ok(Some(_)) => return 3,
        }
    }
    4
}

#[test]
fn another_user_is_not_heard_and_not_believed() {
    if let Some((_, place, _)) = role() {
        std::process::exit(call_as_somebody_else(&place));
    }
    let (outer, folder) = place();
    // SAFETY: a call without arguments or effects.
    if unsafe { libc::geteuid() } != 0 {
        println!("only root can play another user");
        return;
    }
    let nobody = 65_534;
    let foreign = outer.path().join("foreign");
    std::fs::create_dir(&foreign).expect("a folder");
    std::fs::set_permissions(&foreign, PermissionsExt::from_mode(0o700)).expect("its mode");
    std::os::unix::fs::chown(&foreign, Some(nobody), None).expect("its owner");
    assert!(matches!(Folder::at(&foreign), Err(Error::NotPrivate { .. })));
    // Even where the folder has been opened to others afterwards.
    let here = Here::new(&folder, "Twobus Glue");
    let station = std::fs::read_dir(folder.path()).expect("the folder").flatten().next().expect("a station").path();
    for path in [outer.path(), folder.path(), &station] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o777)).expect("its mode");
    }
    // The program, where the other user may run it.
    let program = outer.path().join("program");
    std::fs::copy(std::env::current_exe().expect("this program"), &program).expect("copied");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("its mode");
    let wanted = child("another_user_is_not_heard_and_not_believed", "foreign", folder.path(), 0);
    let mut command = std::process::Command::new(&program);
    command.args(wanted.get_args()).current_dir("/").uid(nobody);
    command.envs(wanted.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = command.spawn().expect("a child");
    let status = wait_for("the other user's end", || {
        here.station.serve();
        child.try_wait().expect("a child")
    });
    assert_eq!(status.code(), Some(0), "sent away");
}
