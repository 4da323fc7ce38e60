//! A conversation with a twin over its API.

mod conversation;
mod question;
#[cfg(test)]
pub(crate) mod script;
mod session_id;
mod sse;
#[cfg(test)]
mod tests;
mod trouble;

pub(crate) use conversation::{Conversation, Notice};
pub(crate) use question::Reply;
pub use session_id::SessionId;
pub(crate) use trouble::{Refusal, Trouble};
