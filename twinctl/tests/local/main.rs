//! Twins on this machine, as people start, change and stop them: real processes, real requests.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod built_elsewhere;
mod changed;
mod data;
mod destroyed;
mod dev;
mod first;
mod front_door;
mod home;
mod in_the_way;
mod killed;
mod memory;
mod questions;
mod secret;
mod soak;
mod together;

fn main() -> std::process::ExitCode {
    testbed::harness::main()
}
