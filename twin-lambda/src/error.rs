//! What a visitor is told when something is wrong: one status, one code and one sentence each, never a cause.

use std::time::Duration;

use http::StatusCode;

use crate::model::ModelError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("the session id is not one")]
    SessionId,
    #[error("the body is not the expected JSON")]
    Body,
    #[error("the message is empty")]
    EmptyMessage,
    #[error("the body is too large")]
    BodyTooLarge,
    #[error("the message is too long")]
    MessageTooLong,
    #[error("the body is not JSON by its content type")]
    MediaType,
    #[error("the request did not come through the front door")]
    Origin,
    #[error("no such route")]
    NotFound,
    #[error("no such method on this route")]
    Method,
    #[error("the session asks too often")]
    TooManyTurns { retry_after: Duration },
    #[error("no persona file was found")]
    NoPersona,
    #[error("the persona is too large for the model: about {tokens} tokens, {limit} at most")]
    PersonaTooLarge { tokens: usize, limit: usize },
    #[error("the persona files could not be read")]
    PersonaUnreadable(#[source] StoreError),
    #[error("the memory could not be read")]
    Memory(#[source] StoreError),
    #[error("the model did not answer")]
    Model(#[source] ModelError),
    #[error("the visitor left before the answer's end")]
    ClientGone,
    #[error("the answer was cut off by a mistake of ours")]
    CutOff,
}

impl ApiError {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SessionId | Self::ClientGone => StatusCode::BAD_REQUEST,
            Self::CutOff => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Body | Self::EmptyMessage => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BodyTooLarge | Self::MessageTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Origin => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooManyTurns { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NoPersona
            | Self::PersonaTooLarge { .. }
            | Self::PersonaUnreadable(_)
            | Self::Memory(_)
            | Self::Model(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Stable: pages and tests may compare it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SessionId => "bad_session_id",
            Self::Body => "bad_body",
            Self::EmptyMessage => "empty_message",
            Self::BodyTooLarge => "body_too_large",
            Self::MessageTooLong => "message_too_long",
            Self::MediaType => "unsupported_media_type",
            Self::Origin => "forbidden",
            Self::NotFound => "not_found",
            Self::Method => "method_not_allowed",
            Self::TooManyTurns { .. } => "too_many_turns",
            Self::NoPersona => "persona_missing",
            Self::PersonaTooLarge { .. } => "persona_too_large",
            Self::PersonaUnreadable(_) => "persona_unreadable",
            Self::Memory(_) => "memory_unavailable",
            Self::Model(error) => error.code(),
            Self::ClientGone => "client_gone",
            Self::CutOff => "internal",
        }
    }

    /// A sentence that a page can print as it is.
    pub fn detail(&self) -> &'static str {
        match self {
            Self::SessionId => "The session id must be 1 to 64 letters, digits, dashes or underscores.",
            Self::Body => {
                "The body must be a JSON object with a message, and optionally a session_id and stream."
            }
            Self::EmptyMessage => "The message is empty.",
            Self::BodyTooLarge => "The request is too large: at most 32 KB.",
            Self::MessageTooLong => "The message is too long: at most 4,000 characters.",
            Self::MediaType => "The body must be sent as application/json.",
            Self::Origin => "This address does not answer directly; please use the website.",
            Self::NotFound => "There is nothing at this address.",
            Self::Method => "This address does not take that method.",
            Self::TooManyTurns { .. } => "That was a lot of messages in one minute. Please wait a little.",
            Self::NoPersona => {
                "This twin does not know anything about its owner yet: its persona files are missing."
            }
            Self::PersonaTooLarge { .. } => "This twin's persona files are larger than its model can read.",
            Self::PersonaUnreadable(_) => {
                "This twin cannot reach its persona files right now. Please try again."
            }
            Self::Memory(_) => "The conversation cannot be reached right now. Please try again.",
            Self::Model(_) => "The twin cannot answer right now. Please try again in a moment.",
            Self::ClientGone => "The answer was not taken to its end.",
            Self::CutOff => "Something went wrong here. Please try again.",
        }
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyTurns { retry_after } => Some(*retry_after),
            Self::PersonaUnreadable(_) | Self::Memory(_) | Self::Model(_) => Some(Duration::from_secs(5)),
            Self::NoPersona | Self::PersonaTooLarge { .. } => Some(Duration::from_mins(1)),
            _ => None,
        }
    }
}

/// An error and its causes on one line, for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
