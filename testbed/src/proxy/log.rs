//! The log of calls, and the faults for the next ones.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::http::request::Parts;

use super::fault::{Fault, Rule, Selector};
use super::{Call, Captured, operation};

#[derive(Debug)]
pub(super) struct Log {
    born: Instant,
    entries: Mutex<Entries>,
}

#[derive(Debug)]
struct Entries {
    calls: Vec<Call>,
    rules: Vec<Rule>,
    delay: Duration,
    /// The signed requests, if they are captured.
    captured: Option<Vec<Captured>>,
    /// The number of resets. A call that was open during a reset no longer has an entry.
    resets: usize,
}

/// A new call, and the fault that applies to it.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) call: Call,
    pub(super) fault: Option<Fault>,
    pub(super) delay: Duration,
    resets: usize,
}

impl Log {
    pub(super) fn new(delay: Duration) -> Self {
        let entries = Entries { calls: Vec::new(), rules: Vec::new(), delay, captured: None, resets: 0 };
        Self { born: Instant::now(), entries: Mutex::new(entries) }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    pub(super) fn delay(&self) -> Duration {
        self.lock().delay
    }

    pub(super) fn set_delay(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    pub(super) fn capture(&self) {
        self.lock().captured = Some(Vec::new());
    }

    pub(super) fn captured(&self) -> Vec<Captured> {
        self.lock().captured.take().unwrap_or_default()
    }

    pub(super) fn inject(&self, which: Selector, fault: Fault) {
        self.lock().rules.push(Rule { which, fault });
    }

    pub(super) fn reset(&self) {
        let mut entries = self.lock();
        entries.calls.clear();
        entries.rules.clear();
        entries.resets += 1;
    }

    pub(super) fn begin(&self, request: &Parts, body: &Bytes) -> Ticket {
        let service = operation::service(request);
        let mut entries = self.lock();
        let call = Call {
            number: entries.calls.len() + 1,
            operation: operation::operation(request, body, &service),
            service,
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            signed_at: operation::signed_at(request),
            started: self.born.elapsed(),
            ended: None,
            status: None,
        };
        entries.calls.push(call.clone());
        if let Some(captured) = entries.captured.as_mut().filter(|_| !call.service.is_empty()) {
            captured.push(Captured::new(call.service.clone(), request, body));
        }
        let fault = entries.rules.iter_mut().find_map(|rule| rule.fault_for(&call));
        Ticket { call, fault, delay: entries.delay, resets: entries.resets }
    }

    pub(super) fn end(&self, ticket: &Ticket, status: Option<u16>) {
        let mut entries = self.lock();
        if entries.resets != ticket.resets {
            return;
        }
        if let Some(call) = entries.calls.get_mut(ticket.call.number - 1) {
            call.ended = Some(self.born.elapsed());
            call.status = status;
        }
    }

    /// Ignores poisoning: a test that panicked has not damaged the list.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
