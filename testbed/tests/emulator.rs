//! Starts and stops of the emulated AWS.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

use std::{
    net::{Ipv4Addr, TcpStream},
    process::ExitCode,
};

use testbed::emulator::{Auth, Emulator};

fn main() -> ExitCode {
    testbed::harness::main()
}

fn accepts_connections(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[testbed::test(emulator)]
fn an_emulator_stops_when_it_is_dropped() {
    let emulator = Emulator::start(Auth::Open).unwrap();
    let port = emulator.port();
    assert!(accepts_connections(port), "nothing listens at {}", emulator.endpoint());
    drop(emulator);
    assert!(!accepts_connections(port), "something still listens at port {port}");
}

#[testbed::test(emulator)]
fn two_emulators_run_side_by_side() {
    let (first, second) = (Emulator::start(Auth::Open).unwrap(), Emulator::start(Auth::Enforced).unwrap());
    assert_ne!(first.port(), second.port());
    assert!(accepts_connections(first.port()) && accepts_connections(second.port()));
}
