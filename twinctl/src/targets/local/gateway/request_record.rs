//! A record of each request, which is counted and logged when the response body ends.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use http::{Method, Request, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use super::{
    backend::Upstream, logs::Logs, places::Place, protocol::Requests, route::without_ids,
    timed_body::TimedBody,
};
use crate::system::clock;

/// A response body: from the gateway itself, or streamed from the backend.
pub(super) type ResponseBody = Either<Full<Bytes>, TimedBody<Incoming>>;

/// Counters of requests since the gateway started.
#[derive(Debug, Default)]
pub(super) struct Counters {
    total: AtomicU64,
    throttled: AtomicU64,
    failed: AtomicU64,
    open: AtomicU64,
}

/// A record of one request. Dropping it writes the log line, at the end of the response or when the visitor
/// disconnects.
#[derive(Debug)]
pub(super) struct RequestRecord {
    counters: Arc<Counters>,
    logs: Logs,
    at: Timestamp,
    started: Instant,
    method: Method,
    path: String,
    /// `None` if the visitor disconnected before the response.
    status: Option<StatusCode>,
    bytes: u64,
    throttled: bool,
    broken: bool,
    place: Option<Place>,
}

/// A response body with its request's record.
#[derive(Debug)]
pub(super) struct RecordedBody {
    content: ResponseBody,
    record: RequestRecord,
    /// Keeps the backend process running while it streams the body.
    _upstream: Option<Arc<Upstream>>,
}

impl Counters {
    pub(super) fn read(&self) -> Requests {
        Requests {
            total: self.total.load(Relaxed),
            throttled: self.throttled.load(Relaxed),
            failed: self.failed.load(Relaxed),
            open: self.open.load(Relaxed),
        }
    }
}

impl RequestRecord {
    pub(super) fn new<B>(request: &Request<B>, counters: &Arc<Counters>, logs: &Logs) -> Self {
        counters.total.fetch_add(1, Relaxed);
        counters.open.fetch_add(1, Relaxed);
        Self {
            counters: Arc::clone(counters),
            logs: logs.clone(),
            at: clock::now(),
            started: Instant::now(),
            method: request.method().clone(),
            path: without_ids(request.uri().path()),
            status: None,
            bytes: 0,
            throttled: false,
            broken: false,
            place: None,
        }
    }

    /// Keeps a place until the end of the response.
    pub(super) fn hold(&mut self, place: Place) {
        self.place = Some(place);
    }

    pub(super) fn throttled(&mut self) {
        self.throttled = true;
    }

    pub(super) fn answered(
        mut self,
        status: StatusCode,
        content: ResponseBody,
        upstream: Option<Arc<Upstream>>,
    ) -> RecordedBody {
        self.status = Some(status);
        RecordedBody { content, record: self, _upstream: upstream }
    }
}

impl Drop for RequestRecord {
    fn drop(&mut self) {
        let failed = self.broken || self.status.is_some_and(|status| status.is_server_error());
        self.counters.open.fetch_sub(1, Relaxed);
        self.counters.failed.fetch_add(failed.into(), Relaxed);
        self.counters.throttled.fetch_add(self.throttled.into(), Relaxed);
        let mut line = json!({
            "at": self.at,
            "method": self.method.as_str(),
            "path": self.path,
            "status": self.status.map(|status| status.as_u16()),
            "ms": u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "bytes": self.bytes,
        });
        if self.throttled {
            line["throttled"] = true.into();
        }
        if self.broken {
            line["broken"] = true.into();
        }
        self.logs.write_request(&line);
    }
}

impl Body for RecordedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.content).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.record.bytes += frame.data_ref().map_or(0, Bytes::len) as u64;
            }
            Poll::Ready(Some(Err(_))) => self.record.broken = true,
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
