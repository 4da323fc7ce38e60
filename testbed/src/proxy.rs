//! A proxy between a client and the emulated AWS that delays, counts and logs calls, and breaks those it is told to.

mod call;
mod fault;
mod log;
mod operation;
mod refusal;
mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use call::{Call, depth};
pub use fault::{Moment, Which};

use fault::{Fault, Told};
use server::Front;

/// A running proxy. It has a thread of its own, so that a test may block while it works. Dropping it closes every
/// connection.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    front: Arc<Front>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Stands in front of `upstream` (`http://HOST:PORT`), adding `delay` to every call.
    pub fn start(upstream: &str, delay: Duration) -> Result<Self> {
        let authority = upstream.trim_start_matches("http://").parse();
        let front =
            Arc::new(Front::new(authority.with_context(|| format!("no address: {upstream}"))?, delay));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

        let listener =
            std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port for the proxy")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&front);
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                if let Ok(listener) = TcpListener::from_std(listener) {
                    server::serve(listener, serving, stopped).await;
                }
            });
        });
        Ok(Self { address, front, stop: Some(stop), thread: Some(thread) })
    }

    /// What `AWS_ENDPOINT_URL` is set to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every call since the start or the last reset, in the order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.front.log.calls()
    }

    /// How many round trips followed each other: the time with at least one call in flight, in units of the delay.
    pub fn depth(&self) -> f64 {
        depth(&self.calls(), self.front.log.delay())
    }

    pub fn set_delay(&self, delay: Duration) {
        self.front.log.set_delay(delay);
    }

    /// Forgets all calls and all faults; the next call is number 1.
    pub fn reset(&self) {
        self.front.log.reset();
    }

    /// Closes the connection instead of answering.
    pub fn lose(&self, which: Which, moment: Moment) {
        self.front.log.inject(which, Fault::Lose(moment));
    }

    /// Never answers. The receiver gets the call once it is held, so that its client can be killed there.
    pub fn hold(&self, which: Which, moment: Moment) -> oneshot::Receiver<Call> {
        let (told, receiver) = Told::channel();
        self.front.log.inject(which, Fault::Hold(moment, told));
        receiver
    }

    /// Answers with an error in the form of the service called, and sends nothing on.
    pub fn refuse(&self, which: Which, status: u16, code: &str) {
        self.front.log.inject(which, Fault::Refuse { status, code: code.to_owned() });
    }

    /// Answers as the service does, but for these words.
    pub fn reword(&self, which: Which, old: &str, new: &str) {
        self.front.log.inject(which, Fault::Reword { old: old.to_owned(), new: new.to_owned() });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
