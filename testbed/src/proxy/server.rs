//! The HTTP server of the proxy. It forwards requests unchanged, after the delay, unless a fault applies.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::fault::{Edit, Fault, Timing};
use super::log::{Log, Ticket};
use super::operation;
use super::response::{Answer, refusal, whole};

/// Shared by all connections.
#[derive(Debug)]
pub(super) struct Shared {
    upstream: Authority,
    client: Client<HttpConnector, Full<Bytes>>,
    pub(super) log: Log,
    /// See [`super::Proxy::ignore_function`].
    pub(super) ignores_function: AtomicBool,
}

impl Shared {
    pub(super) fn new(upstream: Authority, delay: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).http1_preserve_header_case(true).build(connector);
        Self { upstream, client, log: Log::new(delay), ignores_function: AtomicBool::new(false) }
    }

    /// Returns an error to close the connection without a response.
    async fn answer(&self, request: Request<Incoming>) -> Result<Answer> {
        let (mut parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let is_ignored = self.ignores_function.load(Ordering::Relaxed) && operation::is_of_function(&parts);
        let ticket = (!is_ignored).then(|| self.log.begin(&parts, &body));
        parts.uri = self.address(&parts.uri)?;
        let Some(ticket) = ticket else {
            return self.forward(Request::from_parts(parts, Full::new(body))).await;
        };
        pause(ticket.delay).await;
        let answer = self.apply_fault(&ticket, Request::from_parts(parts, Full::new(body))).await;
        self.log.end(&ticket, answer.as_ref().ok().map(|answer| answer.status().as_u16()));
        answer
    }

    async fn apply_fault(&self, ticket: &Ticket, request: Request<Full<Bytes>>) -> Result<Answer> {
        match &ticket.fault {
            None => self.forward(request).await,
            Some(Fault::Refuse { status, code }) => refusal(&ticket.call.service, *status, code),
            Some(Fault::Edit(edit)) => edited(self.forward(request).await?, edit).await,
            Some(Fault::Lose(moment)) => {
                self.execute(*moment, request).await?;
                bail!("lost as requested")
            }
            Some(Fault::Hold(moment, notifier)) => {
                self.execute(*moment, request).await?;
                notifier.notify(&ticket.call);
                pending().await
            }
        }
    }

    async fn execute(&self, moment: Timing, request: Request<Full<Bytes>>) -> Result<()> {
        if moment == Timing::AfterEffect {
            self.forward(request).await?;
        }
        Ok(())
    }

    /// Passes a body without a length on as it arrives, because it can be a stream.
    async fn forward(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let (parts, body) = self.client.request(request).await?.into_parts();
        let body = if parts.headers.contains_key(CONTENT_LENGTH) {
            whole(body.collect().await?.to_bytes())
        } else {
            body.boxed()
        };
        Ok(Response::from_parts(parts, body))
    }

    /// Returns the URI to connect to. The Host header is not changed, because it is signed and used for routing.
    fn address(&self, requested: &Uri) -> Result<Uri> {
        let path = requested.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.upstream.clone()).path_and_query(path);
        Ok(uri.build()?)
    }
}

async fn edited(answer: Answer, edit: &Edit) -> Result<Answer> {
    let (mut parts, body) = answer.into_parts();
    let text = (edit.0)(&String::from_utf8(body.collect().await?.to_bytes().into())?);
    // hyper sets the new length.
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(parts, whole(text.into())))
}

/// Serves until `stopped` receives a message or its sender is dropped.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    tokio::select! {
        () = accept(listener, shared) => {}
        _ = stopped => {}
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve_connection(stream, Arc::clone(&shared)));
    }
}

/// Serves one connection. Errors are ignored: they are injected faults, or the client reports them.
async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| shared.answer(request));
    let _ = http1::Builder::new()
        .preserve_header_case(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

#[expect(clippy::disallowed_methods, reason = "the delay is what the proxy is for")]
async fn pause(delay: Duration) {
    tokio::time::sleep(delay).await;
}
