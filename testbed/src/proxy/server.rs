//! The HTTP side of the proxy: takes a call, waits, passes it on as it came, and hands the answer back.

use std::future::pending;
use std::sync::Arc;
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

use super::fault::{Fault, Moment};
use super::log::{Log, Ticket};
use super::refusal;

type Answer = Response<Full<Bytes>>;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Front {
    upstream: Authority,
    client: Client<HttpConnector, Full<Bytes>>,
    pub(super) log: Log,
}

impl Front {
    pub(super) fn new(upstream: Authority, delay: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).http1_preserve_header_case(true).build(connector);
        Self { upstream, client, log: Log::new(delay) }
    }

    /// An error closes the connection without an answer.
    async fn answer(&self, request: Request<Incoming>) -> Result<Answer> {
        let (mut parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let ticket = self.log.begin(&parts, &body);
        pause(ticket.delay).await;
        parts.uri = self.address(&parts.uri)?;
        let answer = self.obey(&ticket, Request::from_parts(parts, Full::new(body))).await;
        self.log.end(&ticket, answer.as_ref().ok().map(|answer| answer.status().as_u16()));
        answer
    }

    async fn obey(&self, ticket: &Ticket, request: Request<Full<Bytes>>) -> Result<Answer> {
        match &ticket.fault {
            None => self.forward(request).await,
            Some(Fault::Refuse { status, code }) => refusal::answer(&ticket.call.service, *status, code),
            Some(Fault::Reword { old, new }) => reworded(self.forward(request).await?, old, new).await,
            Some(Fault::Lose(moment)) => {
                self.carry_out(*moment, request).await?;
                bail!("lost as asked")
            }
            Some(Fault::Hold(moment, told)) => {
                self.carry_out(*moment, request).await?;
                told.tell(&ticket.call);
                pending().await
            }
        }
    }

    async fn carry_out(&self, moment: Moment, request: Request<Full<Bytes>>) -> Result<()> {
        if moment == Moment::AfterEffect {
            self.forward(request).await?;
        }
        Ok(())
    }

    async fn forward(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let (parts, body) = self.client.request(request).await?.into_parts();
        Ok(Response::from_parts(parts, Full::new(body.collect().await?.to_bytes())))
    }

    /// Where to connect; the Host header stays the client's, because it is signed and routes the call.
    fn address(&self, asked: &Uri) -> Result<Uri> {
        let path = asked.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.upstream.clone()).path_and_query(path);
        Ok(uri.build()?)
    }
}

async fn reworded(answer: Answer, old: &str, new: &str) -> Result<Answer> {
    let (mut parts, body) = answer.into_parts();
    let text = String::from_utf8(body.collect().await?.to_bytes().into())?.replace(old, new);
    // It is counted anew.
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(parts, Full::new(text.into())))
}

/// Serves until `stopped` is sent or dropped.
pub(super) async fn serve(listener: TcpListener, front: Arc<Front>, stopped: oneshot::Receiver<()>) {
    tokio::select! {
        () = accept(listener, front) => {}
        _ = stopped => {}
    }
}

async fn accept(listener: TcpListener, front: Arc<Front>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&front)));
    }
}

/// One connection. Its errors are the client's business, or were asked for.
async fn converse(stream: TcpStream, front: Arc<Front>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| front.answer(request));
    let _ = http1::Builder::new()
        .preserve_header_case(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

#[expect(clippy::disallowed_methods, reason = "the delay is what the proxy is for")]
async fn pause(delay: Duration) {
    tokio::time::sleep(delay).await;
}
