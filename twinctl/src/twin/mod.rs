//! Access to a deployed twin: endpoint, health, chat, conversations, questions, logs and API key.

pub mod chat;
pub(crate) mod conversations;
pub(crate) mod endpoint;
pub(crate) mod health;
pub mod logs;
pub(crate) mod questions;
pub(crate) mod secret;
pub(crate) mod store;
