//! Long work of disk and processor, kept away from the threads that wait for the network.

use std::panic;

/// Runs `work` on a thread for blocking work; its panic is the caller's.
pub(crate) async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(stopped) => panic::resume_unwind(stopped.into_panic()),
    }
}
