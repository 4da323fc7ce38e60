//! Waits for events. The timeout is long, so that no test depends on the speed of the machine.

use std::{
    thread,
    time::{Duration, Instant},
};

/// The time after which a test fails.
pub const LIMIT: Duration = Duration::from_mins(5);

const INTERVAL: Duration = Duration::from_millis(20);

/// Blocks until `holds` returns true.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test waits for another process")]
pub fn until(event: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < LIMIT, "never happened: {event}");
        thread::sleep(INTERVAL);
    }
}

/// Waits until `holds` returns true, without blocking other tasks.
pub async fn until_async(event: &str, mut holds: impl FnMut() -> bool) {
    for_value_async(event, async || holds().then_some(())).await;
}

/// Polls until there is a value, and returns the value.
#[expect(clippy::disallowed_methods, reason = "a test waits for another process")]
pub async fn for_value_async<T>(event: &str, mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = poll().await {
            return value;
        }
        assert!(started.elapsed() < LIMIT, "never happened: {event}");
        tokio::time::sleep(INTERVAL).await;
    }
}
