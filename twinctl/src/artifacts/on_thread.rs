//! Blocking work outside the async runtime's threads.

use std::panic;

/// Runs `work` on a thread for blocking work. A panic in `work` is resumed in the caller.
pub(crate) async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}
