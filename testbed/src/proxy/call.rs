//! Logged calls, and the number of consecutive round trips.

use std::{collections::BTreeMap, time::Duration};

use hyper::{
    body::Bytes,
    http::{HeaderValue, request::Parts},
};
use serde::Serialize;

/// A logged call. Its times are relative to the start of the proxy.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Starts at 1.
    pub number: usize,
    /// The service in the signature (`s3`, `lambda`, …). Empty for an unsigned call.
    pub service: String,
    /// The name of the operation, if the protocol has one. Otherwise method and path, with `{}` instead of names.
    pub operation: String,
    pub method: String,
    pub path: String,
    pub query: String,
    /// The time of the signature, as in `20260131T235959Z`. Empty for an unsigned call.
    pub signed_at: String,
    pub started: Duration,
    /// `None` while the call is open, also if it is held.
    pub ended: Option<Duration>,
    /// `None` without a response.
    pub status: Option<u16>,
}

/// A signed request as it was sent, for comparison with AWS's models.
#[derive(Clone, Debug, Serialize)]
pub struct Captured {
    /// The service in the signature.
    pub service: String,
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: BTreeMap<String, String>,
    /// The body as text. Bytes that are not UTF-8 are replaced.
    pub body: String,
}

impl Captured {
    pub(super) fn new(service: String, request: &Parts, body: &Bytes) -> Self {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        Self {
            service,
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            headers: request.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }
}

impl Call {
    /// Whether the operation only reads.
    pub fn is_read(&self) -> bool {
        let reads = ["GET ", "HEAD ", "Get", "List", "Describe", "Filter", "Query", "Scan", "Simulate"];
        reads.iter().any(|read| self.operation.starts_with(read))
    }
}

/// Returns the number of consecutive round trips: the time with at least one open call, divided by `delay`.
pub fn depth(calls: &[Call], delay: Duration) -> f64 {
    if delay.is_zero() {
        return 0.0;
    }
    busy(calls).as_secs_f64() / delay.as_secs_f64()
}

/// Returns the time with at least one open call.
fn busy(calls: &[Call]) -> Duration {
    let mut spans: Vec<_> = calls.iter().filter_map(|call| Some((call.started, call.ended?))).collect();
    spans.sort_unstable();
    let mut total = Duration::ZERO;
    let mut covered_until = Duration::ZERO;
    for (start, end) in spans {
        total += end.saturating_sub(start.max(covered_until));
        covered_until = covered_until.max(end);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call((started, ended): (u64, u64)) -> Call {
        Call {
            number: 1,
            service: String::new(),
            operation: String::new(),
            method: String::new(),
            path: String::new(),
            query: String::new(),
            signed_at: String::new(),
            started: Duration::from_millis(started),
            ended: Some(Duration::from_millis(ended)),
            status: None,
        }
    }

    #[test]
    fn depth_counts_overlapping_calls_once() {
        let cases: [(&[(u64, u64)], f64); 6] = [
            (&[], 0.0),
            (&[(0, 100)], 1.0),
            (&[(0, 100), (0, 100), (10, 100)], 1.0),
            (&[(0, 100), (100, 200), (250, 350)], 3.0),
            (&[(50, 150), (0, 100)], 1.5),
            (&[(0, 300), (100, 200), (250, 350)], 3.5),
        ];
        for (spans, expected) in cases {
            let calls: Vec<_> = spans.iter().copied().map(call).collect();
            let found = depth(&calls, Duration::from_millis(100));
            assert!((found - expected).abs() < 1e-9, "{spans:?}: {found} instead of {expected}");
        }
    }

    #[test]
    fn a_held_call_has_no_duration() {
        let held = Call { ended: None, ..call((0, 0)) };
        assert!(depth(&[held], Duration::from_millis(100)).abs() < 1e-9);
    }
}
