//! A proxy in front of the emulated AWS that delays, counts and logs calls, and injects faults.

mod call;
mod fault;
mod log;
mod operation;
mod response;
mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use call::{Call, Captured, depth};
pub use fault::{Selector, Timing};

use fault::{Edit, Fault, Notifier};
use server::Shared;

/// A running proxy. It runs in a separate thread, so that tests may block. Dropping it closes all connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts a proxy that forwards to `upstream` (`http://HOST:PORT`) and adds `delay` to every call.
    pub fn start(upstream: &str, delay: Duration) -> Result<Self> {
        let authority = upstream.trim_start_matches("http://").parse();
        let shared =
            Arc::new(Shared::new(authority.with_context(|| format!("no address: {upstream}"))?, delay));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

        let listener =
            std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port for the proxy")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                if let Ok(listener) = TcpListener::from_std(listener) {
                    server::serve(listener, serving, stopped).await;
                }
            });
        });
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the value for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the calls since the start or the last reset, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.log.calls()
    }

    /// Returns the number of consecutive round trips: the time with at least one open call, divided by the delay.
    pub fn depth(&self) -> f64 {
        depth(&self.calls(), self.shared.log.delay())
    }

    pub fn set_delay(&self, delay: Duration) {
        self.shared.log.set_delay(delay);
    }

    /// Forwards calls of the deployed function without delay, log and faults, because the function runs inside AWS.
    pub fn ignore_function(&self) {
        self.shared.ignores_function.store(true, Ordering::Relaxed);
    }

    /// Deletes all calls and faults. The next call is number 1.
    pub fn reset(&self) {
        self.shared.log.reset();
    }

    /// Captures all signed requests from now on.
    pub fn capture(&self) {
        self.shared.log.capture();
    }

    /// Stops capturing, and returns the captured requests.
    pub fn captured(&self) -> Vec<Captured> {
        self.shared.log.captured()
    }

    /// Closes the connection instead of responding.
    pub fn lose(&self, which: Selector, moment: Timing) {
        self.shared.log.inject(which, Fault::Lose(moment));
    }

    /// Never responds. The receiver gets the first held call, so that a test can kill the client at this point.
    pub fn hold(&self, which: Selector, moment: Timing) -> oneshot::Receiver<Call> {
        let (notifier, receiver) = Notifier::channel();
        self.shared.log.inject(which, Fault::Hold(moment, notifier));
        receiver
    }

    /// Responds with an error in the format of the service, without forwarding the call.
    pub fn refuse(&self, which: Selector, status: u16, code: &str) {
        self.shared.log.inject(which, Fault::Refuse { status, code: code.to_owned() });
    }

    /// Replaces text in the response.
    pub fn replace_text(&self, which: Selector, old: &str, new: &str) {
        let (old, new) = (old.to_owned(), new.to_owned());
        self.edit(which, move |text| text.replace(&old, &new));
    }

    /// Changes the body of the response, which must be text.
    pub fn edit(&self, which: Selector, change: impl Fn(&str) -> String + Send + Sync + 'static) {
        self.shared.log.inject(which, Fault::Edit(Edit(Arc::new(change))));
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
