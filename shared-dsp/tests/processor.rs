//! What the shell hands to a processor.

use shared_dsp::Io;

#[test]
fn a_stretch_is_taken_in_pieces() {
    let (mut left, mut right) = ([1.0, 2.0, 3.0, 4.0, 5.0], [-1.0, -2.0, -3.0, -4.0, -5.0]);
    let key = [10.0, 20.0, 30.0, 40.0, 50.0];
    let mut io = Io { left: &mut left, right: Some(&mut right), sidechain: Some((&key, &key)) };
    let head = io.split_to(2);
    assert_eq!((&*head.left, head.right.as_deref()), (&[1.0, 2.0][..], Some(&[-1.0, -2.0][..])));
    assert_eq!(head.sidechain, Some((&key[..2], &key[..2])));
    let rest = io.split_to(100);
    assert_eq!((&*rest.left, rest.right.as_deref()), (&[3.0, 4.0, 5.0][..], Some(&[-3.0, -4.0, -5.0][..])));
    assert_eq!(rest.sidechain, Some((&key[2..], &key[2..])));
    assert_eq!(io.frames(), 0);
}

#[test]
fn a_shorter_channel_is_gone() {
    let (mut left, mut right) = ([1.0, 2.0, 3.0], [-1.0]);
    let mut io = Io { left: &mut left, right: Some(&mut right), sidechain: None };
    assert!(io.split_to(2).right.is_none());
    let mono = io.split_to(1);
    assert!(mono.right.is_none() && mono.sidechain.is_none());
    assert_eq!(&*mono.left, &[3.0]);
}
