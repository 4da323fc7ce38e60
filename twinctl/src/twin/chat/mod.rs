//! A conversation with a twin over its API.

mod conversation;
mod error;
mod question;
#[cfg(test)]
pub(crate) mod script;
mod session_id;
#[cfg(test)]
mod tests;

pub(crate) use conversation::{Conversation, Message};
pub(crate) use error::{ChatError, ErrorResponse};
pub(crate) use question::{Notice, Reply};
pub use session_id::SessionId;
