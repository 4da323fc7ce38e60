//! The routes. Each one is available with and without `/api`.

use http::Method;

use crate::error::ApiError;
use crate::session::SessionId;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Preflight,
    Root,
    Health,
    StreamCheck,
    Chat,
    Stop,
    Conversation(SessionId),
    History(SessionId),
    DeleteHistory(SessionId),
}

impl Route {
    pub(super) fn find(method: &Method, path: &str) -> Result<Self, ApiError> {
        if method == Method::OPTIONS {
            return Ok(Self::Preflight);
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let parts = match parts.as_slice() {
            ["api", rest @ ..] => rest,
            all => all,
        };
        let is_read = method == Method::GET || method == Method::HEAD;
        match parts {
            [] if is_read => Ok(Self::Root),
            ["health"] if is_read => Ok(Self::Health),
            ["stream-check"] if is_read => Ok(Self::StreamCheck),
            ["chat"] if method == Method::POST => Ok(Self::Chat),
            ["chat", "stop"] if method == Method::POST => Ok(Self::Stop),
            ["conversation", id] if is_read => Ok(Self::Conversation(session(id)?)),
            ["chat", "history", id] if is_read => Ok(Self::History(session(id)?)),
            ["chat", "history", id] if method == Method::DELETE => Ok(Self::DeleteHistory(session(id)?)),
            []
            | ["health" | "stream-check" | "chat"]
            | ["chat", "stop"]
            | ["conversation", _]
            | ["chat", "history", _] => Err(ApiError::Method),
            _ => Err(ApiError::NotFound),
        }
    }

    /// Returns the route's name in the log.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Root => "root",
            Self::Health => "health",
            Self::StreamCheck => "stream-check",
            Self::Chat => "chat",
            Self::Stop => "stop",
            Self::Conversation(_) => "conversation",
            Self::History(_) => "history",
            Self::DeleteHistory(_) => "forget",
        }
    }
}

fn session(text: &str) -> Result<SessionId, ApiError> {
    SessionId::parse(text).map_err(|_| ApiError::SessionId)
}
