//! Health checks of an emulator.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::{http, wait::LIMIT};

const INTERVAL: Duration = Duration::from_millis(50);

/// Waits until the emulator is healthy. Returns `false` if its process exits first.
#[expect(clippy::disallowed_methods, reason = "waits for a process, before any engine runs")]
pub(super) fn wait(port: u16, mut is_running: impl FnMut() -> Result<bool>) -> Result<bool> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        let is_healthy = check(port).is_ok();
        // Check the process after the response, which may come from another process on the port.
        if !is_running()? {
            return Ok(false);
        }
        if is_healthy {
            return Ok(true);
        }
        std::thread::sleep(INTERVAL);
    }
    Ok(false)
}

pub(super) fn check(port: u16) -> Result<()> {
    let response = http::send(("127.0.0.1", port), "localhost", "GET /_ministack/health", &[], "")?;
    ensure!(response.status == 200, "{response:?}");
    Ok(())
}
