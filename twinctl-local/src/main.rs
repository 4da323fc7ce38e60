//! `twinctl` without the AWS SDK, for a quick first `cargo run -- deploy local`.

fn main() -> std::process::ExitCode {
    twinctl::run().into()
}
