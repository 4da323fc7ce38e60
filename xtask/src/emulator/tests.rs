//! The emulator starts, answers by name, and goes with its owner.

use std::net::TcpStream;

use super::*;

fn answers(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[test]
fn ends_when_dropped() {
    if !wanted() {
        return;
    }
    let emulator = Emulator::start(Auth::Open).unwrap();
    let port = emulator.port();
    assert!(answers(port), "it answers at {}", emulator.endpoint());
    drop(emulator);
    assert!(!answers(port), "it is gone");
}

#[test]
fn two_run_side_by_side() {
    if !wanted() {
        return;
    }
    let (first, second) = (Emulator::start(Auth::Open).unwrap(), Emulator::start(Auth::Enforced).unwrap());
    assert_ne!(first.port(), second.port());
    assert!(answers(first.port()) && answers(second.port()));
}
