//! Local twins, with real processes and requests.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod alarms;
mod api_key;
mod backup;
mod blocks;
mod budget;
mod canary;
mod concurrency;
mod conversations;
mod cost;
mod crash;
mod data;
mod destroy;
mod dev;
mod doctor;
mod expiry;
mod first_deploy;
mod gateway;
mod load;
mod move_in;
mod obstacles;
mod other_versions;
mod page_switch;
mod pause;
mod paused_chat;
mod question;
mod questions;
mod redeploy;
mod releases;
mod rewrite_api;
mod self_contained;
mod stats;
mod sweep;
mod twin;
mod upgrade;
mod verify;

fn main() -> std::process::ExitCode {
    testbed::harness::main()
}
