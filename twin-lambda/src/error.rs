//! Errors of the API: a status, a code and a sentence for the visitor. Causes are only logged.

use std::time::Duration;

use contract::{block, budget, pause};
use http::StatusCode;

use crate::budget::UsageError;
use crate::model::ModelError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("invalid session id")]
    SessionId,
    #[error("the body is not the expected JSON")]
    Body,
    #[error("the message is empty")]
    EmptyMessage,
    #[error("the body is too large")]
    BodyTooLarge,
    #[error("the message is too long")]
    MessageTooLong,
    #[error("the content type is not application/json")]
    MediaType,
    #[error("the request did not come through the public endpoint")]
    OriginSecret,
    #[error("no such route")]
    NotFound,
    #[error("the route does not support this method")]
    Method,
    #[error("another request changed the conversation")]
    ConversationChanged,
    #[error("the session sends too many messages")]
    TooManyTurns { retry_after: Duration },
    #[error("no data file describes the owner")]
    PersonaMissing,
    #[error("the owner has paused the chat")]
    Paused { message: Option<String> },
    #[error("the owner has blocked this conversation or visitor")]
    Blocked,
    #[error("the data files are too large for the model: about {tokens} tokens, at most {limit}")]
    PersonaTooLarge { tokens: usize, limit: usize },
    #[error("failed to read the data files")]
    PersonaUnreadable(#[source] StoreError),
    #[error("failed to read or delete the conversation")]
    Memory(#[source] StoreError),
    #[error("the model did not answer")]
    Model(#[source] ModelError),
    #[error("the model was not asked, because the budget of the day is used up")]
    BudgetReached,
    #[error("failed to reserve a part of the budget")]
    Usage(#[source] UsageError),
    #[error("the visitor disconnected before the end of the answer")]
    ClientGone,
    #[error("the task that answers panicked")]
    Internal,
}

impl ApiError {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SessionId | Self::ClientGone => StatusCode::BAD_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Body | Self::EmptyMessage => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BodyTooLarge | Self::MessageTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            // A pause is the owner's decision: a 5xx status would set off alarms.
            Self::OriginSecret | Self::Blocked | Self::Paused { .. } => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::ConversationChanged => StatusCode::CONFLICT,
            Self::TooManyTurns { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::PersonaMissing
            | Self::PersonaTooLarge { .. }
            | Self::PersonaUnreadable(_)
            | Self::Memory(_)
            | Self::BudgetReached
            | Self::Usage(_)
            | Self::Model(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns a code that clients may compare. It never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SessionId => "bad_session_id",
            Self::Body => "bad_body",
            Self::EmptyMessage => "empty_message",
            Self::BodyTooLarge => "body_too_large",
            Self::MessageTooLong => "message_too_long",
            Self::MediaType => "unsupported_media_type",
            Self::OriginSecret => "forbidden",
            Self::NotFound => "not_found",
            Self::Method => "method_not_allowed",
            Self::ConversationChanged => "conversation_changed",
            Self::TooManyTurns { .. } => "too_many_turns",
            Self::PersonaMissing => "persona_missing",
            Self::Paused { .. } => pause::CODE,
            Self::Blocked => block::CODE,
            Self::PersonaTooLarge { .. } => "persona_too_large",
            Self::PersonaUnreadable(_) => "persona_unreadable",
            Self::Memory(_) => "memory_unavailable",
            Self::Model(error) => error.code(),
            Self::BudgetReached => budget::REACHED_CODE,
            Self::Usage(_) => "budget_unavailable",
            Self::ClientGone => "client_gone",
            Self::Internal => "internal",
        }
    }

    /// Returns a sentence for the visitor.
    pub fn detail(&self) -> &str {
        match self {
            Self::SessionId => "The session id must be 1 to 64 letters, digits, dashes or underscores.",
            Self::Body => {
                "The body must be a JSON object with a message, and optionally session_id, stream, turn and replaces."
            }
            Self::EmptyMessage => "The message is empty.",
            Self::BodyTooLarge => "The request is too large: at most 32 KB.",
            Self::MessageTooLong => "The message is too long: at most 4,000 characters.",
            Self::MediaType => "The body must be sent as application/json.",
            Self::OriginSecret => "This address does not accept direct requests. Please use the website.",
            Self::NotFound => "Not found.",
            Self::Method => "This address does not support that method.",
            Self::ConversationChanged => {
                "The conversation was continued elsewhere, for example in another tab. Please reload it."
            }
            Self::TooManyTurns { .. } => "Too many messages in one minute. Please wait a moment.",
            Self::PersonaMissing => {
                "This twin knows nothing about its owner yet: its data files are missing."
            }
            Self::Paused { message } => message.as_deref().unwrap_or(pause::SENTENCE),
            Self::Blocked => "This chat does not accept your messages.",
            Self::PersonaTooLarge { .. } => "This twin's data files are too large for its model.",
            Self::PersonaUnreadable(_) => "This twin cannot read its data files right now. Please try again.",
            Self::Memory(_) => "The conversation is not available right now. Please try again.",
            Self::Model(_) | Self::Usage(_) => {
                "The twin cannot answer right now. Please try again in a moment."
            }
            Self::BudgetReached => "This twin has reached its limit of answers for now.",
            Self::ClientGone => "The connection was closed before the end of the answer.",
            Self::Internal => "Something went wrong. Please try again.",
        }
    }

    /// Returns the sentence that the owner wrote for visitors, which a page shows instead of its own.
    pub fn owner_message(&self) -> Option<&str> {
        match self {
            Self::Paused { message } => message.as_deref(),
            _ => None,
        }
    }

    /// Returns whether the owner asked for this error, so that it is not a problem.
    pub fn is_intended(&self) -> bool {
        matches!(self, Self::Paused { .. } | Self::Blocked | Self::BudgetReached)
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyTurns { retry_after } => Some(*retry_after),
            Self::PersonaUnreadable(_) | Self::Memory(_) | Self::Model(_) | Self::Usage(_) => {
                Some(Duration::from_secs(5))
            }
            Self::PersonaMissing
            | Self::Paused { .. }
            | Self::BudgetReached
            | Self::PersonaTooLarge { .. } => Some(Duration::from_mins(1)),
            _ => None,
        }
    }
}
