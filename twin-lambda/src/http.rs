//! The contract: every route, limit, header and status that visitors' pages see.

mod ask;
mod cors;
mod reply;
mod route;
mod sse;

use std::sync::Arc;

use bytes::Bytes;
use contract::api::{CORRELATION_ID_HEADER, MEMORY_HEADER, ORIGIN_SECRET_HEADER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::body::Body;
use crate::chat::{Ask, Event, Reply, Twin};
use crate::clock::Deadline;
use crate::config::{Config, Place};
use crate::error::{ApiError, chain};
use crate::log::{Fields, Level, Log, Record};
use crate::model::Delivery;
use crate::session::{SessionId, random_text};

use route::Route;

/// The twin behind its routes.
#[derive(Debug)]
pub struct Api {
    twin: Arc<Twin>,
    config: Config,
    log: Log,
}

/// What is known about a request besides itself.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub transport: Transport,
    pub deadline: Deadline,
    pub cold: bool,
}

/// Whether pieces of an answer arrive before its end; where they do not, JSON is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Streaming,
    Buffered,
}

impl Api {
    pub fn new(config: Config, twin: Twin, log: Log) -> Self {
        Self { twin: Arc::new(twin), config, log }
    }

    pub async fn prepare(&self) {
        self.twin.prepare().await;
    }

    /// Answers anything; what cannot be answered is an error with a status, never a panic.
    pub async fn respond(&self, request: Request<Bytes>, call: Call) -> Response<Body> {
        let correlation = correlation_id(request.headers());
        let record = self.log.record(Fields {
            correlation_id: correlation.clone(),
            method: request.method().as_str().chars().take(16).collect(),
            cold: call.cold,
            ..Fields::default()
        });
        let mut response = match self.dispatch(&request, call, &record).await {
            Ok(response) => response,
            Err(error) => refuse(&error, &correlation, &record),
        };
        if request.method() == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        record.note(|fields| fields.status = response.status().as_u16());
        let headers = response.headers_mut();
        cors::allow(&self.config.cors, request.headers(), headers);
        reply::insert(headers, CORRELATION_ID_HEADER, &correlation);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }

    async fn dispatch(
        &self,
        request: &Request<Bytes>,
        call: Call,
        record: &Record,
    ) -> Result<Response<Body>, ApiError> {
        let route = Route::find(request.method(), request.uri().path());
        record.note(|fields| fields.route = route.as_ref().map_or("none", Route::name));
        let open = matches!(route, Ok(Route::Health));
        if !open && !self.config.origin.accept(origin_secret(request.headers())) {
            return Err(ApiError::Origin);
        }
        match route? {
            Route::Preflight => Ok(cors::preflight()),
            Route::Root => Ok(reply::json(&self.root())),
            Route::Health => Ok(reply::no_store(reply::json(&self.health()))),
            Route::Chat => self.chat(request, call, record).await,
            Route::Conversation(id) => self.conversation(&id, record).await,
            Route::History(id) => self.history(&id, record).await,
            Route::Forget(id) => self.forget(&id, record).await,
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

    /// Also the answer to the deploy tool's direct call.
    pub fn health(&self) -> Value {
        let provider = self.config.ai_provider();
        json!({
            "status": "healthy",
            "use_s3": self.uses_s3(),
            "bedrock_model": if provider == "bedrock" { self.config.ai_model() } else { "" },
            "ai_model": self.config.ai_model(),
            "ai_provider": provider,
            "version": self.config.version,
        })
    }

    fn uses_s3(&self) -> bool {
        matches!(self.config.memory, Place::Bucket(_))
    }

    async fn conversation(&self, id: &SessionId, record: &Record) -> Result<Response<Body>, ApiError> {
        record.note(|fields| fields.session = Some(id.hash()));
        let messages = self.twin.history(id).await?;
        Ok(reply::no_store(reply::json(&json!({"session_id": id.as_str(), "messages": messages}))))
    }

    async fn history(&self, id: &SessionId, record: &Record) -> Result<Response<Body>, ApiError> {
        record.note(|fields| fields.session = Some(id.hash()));
        let messages = self.twin.history(id).await?;
        Ok(reply::no_store(reply::json(&json!({"messages": messages}))))
    }

    async fn forget(&self, id: &SessionId, record: &Record) -> Result<Response<Body>, ApiError> {
        record.note(|fields| fields.session = Some(id.hash()));
        self.twin.forget(id).await?;
        Ok(reply::no_content())
    }

    async fn chat(
        &self,
        request: &Request<Bytes>,
        call: Call,
        record: &Record,
    ) -> Result<Response<Body>, ApiError> {
        record.note(|fields| fields.model = Some(self.config.ai_model().to_owned()));
        let ask = ask::read(request, call)?;
        match ask.delivery {
            Delivery::Streamed => self.stream(ask, record).await,
            Delivery::Whole => self.whole(ask, record).await,
        }
    }

    async fn whole(&self, ask: Ask, record: &Record) -> Result<Response<Body>, ApiError> {
        let answer = self.twin.answer(ask, None, record).await?;
        let mut response = reply::no_store(reply::json(&done(&answer)));
        reply::session(response.headers_mut(), &answer.session);
        if let Some(trouble) = answer.memory_trouble {
            reply::insert(response.headers_mut(), MEMORY_HEADER, trouble.as_str());
        }
        Ok(response)
    }

    /// Errors before the first event keep their status; later ones become an `error` event.
    async fn stream(&self, ask: Ask, record: &Record) -> Result<Response<Body>, ApiError> {
        let (events, mut incoming) = mpsc::channel(32);
        let (twin, task_record) = (Arc::clone(&self.twin), record.clone());
        let task = tokio::spawn(async move { twin.answer(ask, Some(events), &task_record).await });
        let Some(Event::Session { session, memory_trouble }) = incoming.recv().await else {
            return Err(task.await.ok().and_then(Result::err).unwrap_or(ApiError::CutOff));
        };
        let (pieces, body) = mpsc::channel(32);
        let mut response = sse::response(Body::stream(body));
        reply::session(response.headers_mut(), &session);
        if let Some(trouble) = memory_trouble {
            reply::insert(response.headers_mut(), MEMORY_HEADER, trouble.as_str());
        }
        tokio::spawn(sse::forward(session, incoming, task, pieces, record.clone()));
        Ok(response)
    }
}

fn done(answer: &Reply) -> Value {
    let mut done = json!({
        "response": answer.response,
        "session_id": answer.session.as_str(),
        "timestamp": answer.timestamp,
    });
    // A stream's headers are gone by the time that this is known.
    if let Some(trouble) = answer.memory_trouble {
        done["memory"] = trouble.as_str().into();
    }
    done
}

/// Logs the cause and returns the sentence.
fn refuse(error: &ApiError, correlation: &str, record: &Record) -> Response<Body> {
    note(error, record);
    reply::error(error, correlation)
}

fn note(error: &ApiError, record: &Record) {
    record.note(|fields| {
        fields.level = if error.status().is_server_error() { Level::Error } else { Level::Warn };
        fields.code = Some(error.code());
        fields.errors.push(chain(error));
    });
}

fn origin_secret(headers: &HeaderMap) -> &[u8] {
    headers.get(ORIGIN_SECRET_HEADER).map_or(b"", HeaderValue::as_bytes)
}

/// The caller's id where it is a sane one, otherwise one of ours.
fn correlation_id(headers: &HeaderMap) -> String {
    let sane = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    let sent = headers.get(CORRELATION_ID_HEADER).and_then(|value| value.to_str().ok()).filter(sane);
    sent.map_or_else(random_text, ToOwned::to_owned)
}

#[cfg(test)]
mod tests;
