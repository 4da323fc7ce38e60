//! A clock that runs many times too fast, so that the pauses between two looks cost a test nothing.

use std::{sync::mpsc, time::Duration};

const TICK: Duration = Duration::from_millis(2);
const FASTER: u32 = 25;

/// Holds the fast clock; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Hurry {
    _end: mpsc::Sender<()>,
}

/// Makes the clock of this runtime run fast. Only on a runtime of one thread.
pub(crate) fn hurry() -> Hurry {
    let (end, ended) = mpsc::channel::<()>();
    // A tick that nobody had time for is dropped, so that a busy machine does not make the clock jump.
    let (tick, mut ticks) = tokio::sync::mpsc::channel(1);
    tokio::time::pause();
    // While a blocking task is at work the paused clock does not run ahead of the network by itself.
    tokio::task::spawn_blocking(move || {
        while ended.recv_timeout(TICK) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = tick.try_send(());
        }
    });
    tokio::spawn(async move {
        while ticks.recv().await.is_some() {
            tokio::time::advance(TICK * FASTER).await;
        }
    });
    Hurry { _end: end }
}
