//! A visitor of a twin, in a thread.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use testbed::{http, wait};

use crate::deploy::twin::Twin;

/// A visitor who sends 20 requests per second until it is stopped.
pub(super) struct Visitor {
    stop: Arc<AtomicBool>,
    seen: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
}

impl Visitor {
    #[expect(clippy::disallowed_methods, reason = "a visitor pauses between requests")]
    pub(super) fn start(twin: &Twin, url: &str) -> Self {
        let (stop, seen) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Vec<String>>>::default());
        let (port, host) = (twin.emulator.port(), url.strip_prefix("https://").unwrap().to_owned());
        let (stopped, noted) = (Arc::clone(&stop), Arc::clone(&seen));
        let thread = thread::spawn(move || {
            let headers = [("X-Forwarded-Proto", "https"), ("Content-Type", "application/json")];
            let chat = ("POST /api/chat", r#"{"message":"Hello"}"#);
            let requests = [("GET /", ""), chat, chat, ("GET /api/health", "")];
            for (request, body) in requests.iter().cycle() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let response = http::send(("127.0.0.1", port), &host, request, &headers, body);
                let status =
                    response.map_or_else(|error| error.to_string(), |response| response.status.to_string());
                noted.lock().unwrap().push(format!("{request}: {status}"));
                thread::sleep(Duration::from_millis(50));
            }
        });
        Self { stop, seen, thread }
    }

    fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Waits until this many more requests were answered.
    pub(super) async fn wait_for(&self, more: usize) {
        let until = self.count() + more;
        wait::until_async("the visitor is answered", || self.count() >= until).await;
    }

    /// Returns how many requests were sent, and those that failed.
    pub(super) fn finish(self) -> (usize, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        let seen = self.seen.lock().unwrap();
        (seen.len(), seen.iter().filter(|line| !line.ends_with(": 200")).cloned().collect())
    }
}
