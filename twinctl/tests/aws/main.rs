//! `twinctl` against an emulated AWS: single resources, and whole runs as people and CI start them.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod cloud;
mod deploy;
mod resources;

fn main() -> std::process::ExitCode {
    testbed::harness::main()
}
