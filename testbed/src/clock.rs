//! A tokio clock that runs 25 times as fast, so that tests spend almost no time in the pauses of polling loops.

use std::{sync::mpsc, time::Duration};

const TICK: Duration = Duration::from_millis(2);
const FASTER: u32 = 25;

/// A fast clock. Dropping it stops the clock.
#[derive(Debug)]
pub struct FastClock {
    _end: mpsc::Sender<()>,
}

/// Speeds up the clock of this runtime, which must be single-threaded.
pub fn fast_clock() -> FastClock {
    let (end, ended) = mpsc::channel::<()>();
    // A tick is dropped if the previous one is still pending, so that the clock does not jump on a busy machine.
    let (tick, mut ticks) = tokio::sync::mpsc::channel(1);
    tokio::time::pause();
    // While a blocking task runs, the paused clock does not advance by itself, ahead of the network.
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
    FastClock { _end: end }
}
