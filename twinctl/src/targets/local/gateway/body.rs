//! The body of an answer, with a record of the request that ends when the body does.

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

use super::{backend::Upstream, logs::Logs, protocol::Requests, route::without_ids};
use crate::system::clock;

/// Our own words, or what the backend says as it says it.
pub(super) type Content = Either<Full<Bytes>, Incoming>;

/// Requests since the door was started.
#[derive(Debug, Default)]
pub(super) struct Counters {
    total: AtomicU64,
    throttled: AtomicU64,
    failed: AtomicU64,
    open: AtomicU64,
}

/// What is known of one request. It is written down when it is dropped: at the end, or when the visitor goes away.
#[derive(Debug)]
pub(super) struct Record {
    counters: Arc<Counters>,
    logs: Logs,
    at: Timestamp,
    begun: Instant,
    method: Method,
    path: String,
    /// None until there is an answer: then the visitor did not wait for it.
    status: Option<StatusCode>,
    bytes: u64,
    throttled: bool,
    broken: bool,
}

#[derive(Debug)]
pub(super) struct Recorded {
    content: Content,
    record: Record,
    /// The process that still speaks is not ended.
    _speaker: Option<Arc<Upstream>>,
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

impl Record {
    pub(super) fn new<B>(request: &Request<B>, counters: &Arc<Counters>, logs: &Logs) -> Self {
        counters.total.fetch_add(1, Relaxed);
        counters.open.fetch_add(1, Relaxed);
        Self {
            counters: Arc::clone(counters),
            logs: logs.clone(),
            at: clock::now(),
            begun: Instant::now(),
            method: request.method().clone(),
            path: without_ids(request.uri().path()),
            status: None,
            bytes: 0,
            throttled: false,
            broken: false,
        }
    }

    pub(super) fn throttled(&mut self) {
        self.throttled = true;
    }

    pub(super) fn answered(
        mut self,
        status: StatusCode,
        content: Content,
        speaker: Option<Arc<Upstream>>,
    ) -> Recorded {
        self.status = Some(status);
        Recorded { content, record: self, _speaker: speaker }
    }
}

impl Drop for Record {
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
            "ms": u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            "bytes": self.bytes,
        });
        if self.throttled {
            line["throttled"] = true.into();
        }
        if self.broken {
            line["broken"] = true.into();
        }
        self.logs.request(&line);
    }
}

impl Body for Recorded {
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
