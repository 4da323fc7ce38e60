//! Waiting for an event. No test depends on how fast the machine is: the limit only ends a test that hangs.

use std::{
    thread,
    time::{Duration, Instant},
};

/// When to give up on an event that never happens.
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

/// The same, while other tasks of this thread go on.
pub async fn until_async(event: &str, mut holds: impl FnMut() -> bool) {
    for_value_async(event, async || holds().then_some(())).await;
}

/// Returns the first value that `poll` gives.
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
