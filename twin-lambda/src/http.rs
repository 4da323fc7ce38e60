//! The HTTP API: routes, limits, headers and status codes.

mod chat_request;
mod cors;
mod question;
mod response;
mod route;
mod sse;

use std::sync::Arc;

use bytes::Bytes;
use contract::api::{CORRELATION_ID_HEADER, MEMORY_HEADER, ORIGIN_SECRET_HEADER, is_correlation_id};
use contract::{block, pause};
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::body::Body;
use crate::chat::{ChatReply, ChatRequest, Event, Twin};
use crate::config::{Config, Location};
use crate::error::ApiError;
use crate::log::{Fields, Log, Record};
use crate::model::Delivery;
use crate::session::{SessionId, random_id};
use crate::visitor::Visitor;

use chat_request::StopRequest;
pub use chat_request::{CallContext, Transport};
use route::Route;

/// A twin and the API through which visitors use it.
#[derive(Debug)]
pub struct Api {
    twin: Arc<Twin>,
    config: Config,
    log: Log,
}

impl Api {
    pub fn new(config: Config, twin: Twin, log: Log) -> Self {
        Self { twin: Arc::new(twin), config, log }
    }

    /// Reads the data files, so that the first visitor does not wait for them.
    pub async fn prepare(&self) {
        self.twin.prepare().await;
    }

    /// Waits until the work for all requests is done, also for visitors that disconnected, and their lines are written.
    pub async fn finished(&self) {
        self.log.finished().await;
    }

    /// Answers any request. Errors become responses with a status and a code.
    pub async fn respond(&self, request: Request<Bytes>, context: CallContext) -> Response<Body> {
        let correlation_id = correlation_id(request.headers());
        let record = self.log.record(Fields {
            correlation_id: correlation_id.clone(),
            method: request.method().as_str().chars().take(16).collect(),
            cold: context.cold,
            ..Fields::default()
        });
        let mut response = self.dispatch(&request, context, &record).await.unwrap_or_else(|error| {
            response::log_error(&error, &record);
            response::error(&error, &correlation_id)
        });
        if request.method() == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        record.update(|fields| fields.status = response.status().as_u16());
        let headers = response.headers_mut();
        cors::allow(&self.config.cors, request.headers(), headers);
        response::insert(headers, CORRELATION_ID_HEADER, &correlation_id);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }

    async fn dispatch(
        &self,
        request: &Request<Bytes>,
        context: CallContext,
        record: &Record,
    ) -> Result<Response<Body>, ApiError> {
        let route = Route::find(request.method(), request.uri().path());
        record.update(|fields| fields.route = route.as_ref().map_or("none", Route::name));
        let is_open = matches!(route, Ok(Route::Health));
        if !is_open && !self.config.origin.accept(origin_secret(request.headers())) {
            return Err(ApiError::OriginSecret);
        }
        match route? {
            Route::Preflight => Ok(cors::preflight()),
            Route::Root => Ok(response::json(&self.root())),
            Route::Health => Ok(response::no_store(response::json(&self.health()))),
            Route::StreamCheck => Ok(sse::check(record.clone())),
            Route::Chat => self.chat(request, context, record).await,
            Route::Stop => self.stop(request, record).await,
            Route::Conversation(id) => self.conversation(&id, record).await,
            Route::History(id) => self.history(&id, record).await,
            Route::DeleteHistory(id) => self.delete_history(&id, record).await,
        }
    }

    fn root(&self) -> Value {
        json!({
            "message": "AI Digital Twin API",
            "memory_enabled": true,
            "storage": if self.uses_s3() { "S3" } else { "local" },
            "ai_model": self.config.ai_model(),
            "ai_provider": self.config.ai_provider(),
            "rate_limits": {"turns_per_minute_and_session": self.config.turns_per_minute},
        })
    }

    /// Returns the health of the twin. It is also the result of twinctl's smoke test.
    pub fn health(&self) -> Value {
        let provider = self.config.ai_provider();
        json!({
            "status": "healthy",
            "use_s3": self.uses_s3(),
            "bedrock_model": if provider == "bedrock" { self.config.ai_model() } else { "" },
            "ai_model": self.config.ai_model(),
            "ai_provider": provider,
            "version": self.config.version,
            pause::HEALTH_FIELD: self.twin.persona.is_paused(),
            block::HEALTH_FIELD: self.twin.persona.has_blocks(),
        })
    }

    fn uses_s3(&self) -> bool {
        matches!(self.config.memory, Location::Bucket(_))
    }

    async fn conversation(&self, id: &SessionId, record: &Record) -> Result<Response<Body>, ApiError> {
        record.update(|fields| fields.session = Some(id.hash()));
        let messages = self.twin.history(id).await?;
        Ok(response::no_store(response::json(&json!({"session_id": id.as_str(), "messages": messages}))))
    }

    async fn history(&self, id: &SessionId, record: &Record) -> Result<Response<Body>, ApiError> {
        record.update(|fields| fields.session = Some(id.hash()));
        let messages = self.twin.history(id).await?;
        Ok(response::no_store(response::json(&json!({"messages": messages}))))
    }

    async fn delete_history(&self, id: &SessionId, record: &Record) -> Result<Response<Body>, ApiError> {
        record.update(|fields| fields.session = Some(id.hash()));
        self.twin.delete(id).await?;
        Ok(response::no_content())
    }

    async fn chat(
        &self,
        request: &Request<Bytes>,
        context: CallContext,
        record: &Record,
    ) -> Result<Response<Body>, ApiError> {
        let visitor = Visitor::new(request.headers(), &self.config.origin);
        record.update(|fields| {
            fields.model = Some(self.config.ai_model().to_owned());
            fields.visitor = visitor.as_ref().map(Visitor::hash);
        });
        let request = chat_request::parse(request, visitor, context)?;
        match request.delivery {
            Delivery::Streamed => self.reply_streamed(request, record).await,
            Delivery::Full => self.reply_full(request, record).await,
        }
    }

    async fn stop(&self, request: &Request<Bytes>, record: &Record) -> Result<Response<Body>, ApiError> {
        let StopRequest { session, turn, shown } = chat_request::parse_stop(request)?;
        record.update(|fields| fields.session = Some(session.hash()));
        let is_stored = self.twin.stop(&session, &turn, shown).await?;
        Ok(if is_stored { response::no_content() } else { response::accepted() })
    }

    async fn reply_full(&self, request: ChatRequest, record: &Record) -> Result<Response<Body>, ApiError> {
        let (task, mut events) = self.answer(request, record);
        // If the visitor disconnects, a server drops this future and so `events`, which interrupts the turn.
        while events.recv().await.is_some() {}
        let reply = task.await.unwrap_or(Err(ApiError::Internal))?;
        let mut response = response::no_store(response::json(&response::reply_json(&reply)));
        response::session(response.headers_mut(), &reply.session);
        if let Some(problem) = reply.memory_problem {
            response::insert(response.headers_mut(), MEMORY_HEADER, problem.as_str());
        }
        Ok(response)
    }

    /// Streams an answer. An error before the first event is a response with a status; a later one is an `error` event.
    async fn reply_streamed(
        &self,
        request: ChatRequest,
        record: &Record,
    ) -> Result<Response<Body>, ApiError> {
        let (task, mut events) = self.answer(request, record);
        let Some(Event::Session { session, turn, memory_problem }) = events.recv().await else {
            return Err(task.await.ok().and_then(Result::err).unwrap_or(ApiError::Internal));
        };
        let (chunks, body) = mpsc::channel(32);
        let mut response = sse::stream(Body::stream(body));
        response::session(response.headers_mut(), &session);
        if let Some(problem) = memory_problem {
            response::insert(response.headers_mut(), MEMORY_HEADER, problem.as_str());
        }
        tokio::spawn(sse::forward(session, turn, events, task, chunks, record.clone()));
        Ok(response)
    }

    /// Starts a task that answers a message. Dropping the receiver interrupts it.
    fn answer(&self, request: ChatRequest, record: &Record) -> (Answering, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(32);
        let (twin, record) = (Arc::clone(&self.twin), record.clone());
        (tokio::spawn(async move { twin.answer(request, Some(events), &record).await }), receiver)
    }
}

/// The task that answers a message.
type Answering = JoinHandle<Result<ChatReply, ApiError>>;

fn origin_secret(headers: &HeaderMap) -> &[u8] {
    headers.get(ORIGIN_SECRET_HEADER).map_or(b"", HeaderValue::as_bytes)
}

/// Returns the caller's correlation id if it is valid, and otherwise a new one.
fn correlation_id(headers: &HeaderMap) -> String {
    let sent = headers.get(CORRELATION_ID_HEADER).and_then(|value| value.to_str().ok());
    let sent = sent.filter(|text| is_correlation_id(text));
    sent.map_or_else(random_id, ToOwned::to_owned)
}

#[cfg(test)]
mod tests;
