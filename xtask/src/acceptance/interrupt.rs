//! Ctrl-C and SIGTERM, which end the steps but not the cleanup.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::signal::unix::{SignalKind, signal};

/// Whether a signal arrived.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on, a signal no longer ends this process.
    pub(super) fn listen() -> Result<Self> {
        let arrived = Arc::new(AtomicBool::new(false));
        let setter = Arc::clone(&arrived);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut ctrl_c, mut terminate) = {
            let _entered = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = ctrl_c.recv() => {}
                        _ = terminate.recv() => {}
                    }
                    setter.store(true, Ordering::SeqCst);
                }
            });
        });
        Ok(Self(arrived))
    }

    pub(super) fn arrived(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Fails if a signal arrived.
    pub(super) fn check(&self) -> Result<()> {
        if self.arrived() {
            bail!("interrupted");
        }
        Ok(())
    }

    /// Forgets the signals that arrived. Another one interrupts the cleanup.
    pub(super) fn clear(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Waits. Fails at once if a signal arrives.
    pub(super) fn pause(&self, length: Duration) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < length {
            self.check()?;
            sleep(Duration::from_millis(200).min(length));
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for AWS, which does not report its changes")]
fn sleep(length: Duration) {
    thread::sleep(length);
}
