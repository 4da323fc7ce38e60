//! A client of the Lambda Runtime API: it receives an event, answers it, and receives the next one.

mod event;
mod reply;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout_at;

use crate::clock::Deadline;
use crate::config::InvokeMode;
use crate::http::{Api, CallContext};

use event::Event;
use reply::Reply;

/// An error that stops the loop. Lambda then starts a new environment.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    #[error("invalid address of the Runtime API: {0:?}")]
    Address(String),
    #[error("failed to reach the Runtime API")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("a response of the Runtime API was interrupted")]
    Interrupted(#[from] hyper::Error),
    #[error("the Runtime API sent an event without an id")]
    NoRequestId,
}

/// The time before the deadline of an event at which the next one is requested, even if work remains.
const FREEZE_MARGIN: Duration = Duration::from_millis(200);

/// A connection to the Runtime API of this environment.
#[derive(Debug)]
pub struct Runtime {
    client: Client<HttpConnector, Reply>,
    base: String,
}

struct Invocation {
    id: String,
    deadline: Deadline,
    payload: Bytes,
}

impl Runtime {
    /// `address` is the host and port of `AWS_LAMBDA_RUNTIME_API`.
    pub fn new(address: &str) -> Self {
        let mut connector = HttpConnector::new();
        // Without it, small chunks of a stream are delayed.
        connector.set_nodelay(true);
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base: format!("http://{address}/2018-06-01/runtime"),
        }
    }

    /// Reports why this environment cannot start.
    pub async fn report_init_error(&self, message: &str) -> Result<(), RuntimeError> {
        self.report("init/error", message).await
    }

    /// Answers events until the Runtime API fails.
    pub async fn run(&self, api: Arc<Api>, mode: InvokeMode) -> Result<(), RuntimeError> {
        let mut cold = true;
        loop {
            let invocation = self.next().await?;
            let (id, deadline) = (invocation.id.clone(), invocation.deadline);
            let sent = match answer(&api, invocation, mode, cold).await {
                Ok(reply) => self.reply(&id, reply).await,
                Err(message) => self.report(&format!("invocation/{id}/error"), message).await,
            };
            // A failure can mean that the visitor closed a stream. If the Runtime API itself failed, the next request to it
            // fails as well.
            drop(sent);
            // Lambda freezes this environment while it waits for the next event. The turn of a visitor who disconnected has
            // to be saved before.
            wait_for_work(&api, deadline).await;
            cold = false;
        }
    }

    async fn next(&self) -> Result<Invocation, RuntimeError> {
        let response = self.send(Method::GET, "invocation/next", Reply::empty()).await?;
        let (head, body) = response.into_parts();
        let id =
            header_text(&head.headers, "lambda-runtime-aws-request-id").ok_or(RuntimeError::NoRequestId)?;
        let deadline = header_text(&head.headers, "lambda-runtime-deadline-ms")
            .and_then(|millis| millis.parse().ok())
            .map_or_else(|| Deadline::after(Duration::from_secs(30)), Deadline::at_epoch_millis);
        Ok(Invocation { id, deadline, payload: body.collect().await?.to_bytes() })
    }

    async fn reply(&self, id: &str, reply: Reply) -> Result<(), RuntimeError> {
        finish(self.send(Method::POST, &format!("invocation/{id}/response"), reply).await?).await
    }

    async fn report(&self, path: &str, message: &str) -> Result<(), RuntimeError> {
        finish(self.send(Method::POST, path, Reply::json(&reply::error(message))).await?).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        reply: Reply,
    ) -> Result<Response<Incoming>, RuntimeError> {
        let uri: Uri =
            format!("{}/{path}", self.base).parse().map_err(|_| RuntimeError::Address(self.base.clone()))?;
        let mut request = Request::new(Reply::empty());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        reply.set(&mut request);
        Ok(self.client.request(request).await?)
    }
}

/// Waits for the work of all requests, until shortly before the deadline. After it, Lambda would end this environment.
async fn wait_for_work(api: &Api, deadline: Deadline) {
    drop(timeout_at(deadline.earlier_by(FREEZE_MARGIN).instant(), api.finished()).await);
}

/// Reads the response to its end, so that the connection is reused.
async fn finish(response: Response<Incoming>) -> Result<(), RuntimeError> {
    response.into_body().collect().await?;
    Ok(())
}

async fn answer(
    api: &Arc<Api>,
    invocation: Invocation,
    mode: InvokeMode,
    cold: bool,
) -> Result<Reply, &'static str> {
    match event::parse(&invocation.payload, mode) {
        Event::Http { request, transport } => {
            let context = CallContext { transport, deadline: invocation.deadline, cold };
            let api = Arc::clone(api);
            let response = in_task(async move { api.respond(*request, context).await }).await?;
            Ok(Reply::wrap(response, transport).await)
        }
        Event::SmokeTest { ask } => {
            let mut health = api.health();
            if ask {
                let (api, deadline) = (Arc::clone(api), invocation.deadline);
                health["question"] = in_task(async move { api.question(deadline).await }).await?;
            }
            Ok(Reply::json(&health))
        }
        Event::Unknown => Err("not an HTTP event"),
    }
}

/// Runs the work as a task, so that a panic does not end the environment.
async fn in_task<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, &'static str> {
    tokio::spawn(work).await.map_err(|_| "the task that answers panicked")
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests;
