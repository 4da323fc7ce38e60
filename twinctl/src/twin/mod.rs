//! Access to a deployed twin: endpoint, health, chat, pause, blocks, conversations, questions, logs and API key. Also the question that a
//! new version answers, the judgment about a canary, the estimated cost, the budget, and statistics.

pub(crate) mod backup;
pub(crate) mod blocks;
pub(crate) mod budget;
pub mod canary;
pub mod chat;
pub(crate) mod conversations;
pub(crate) mod cost;
pub(crate) mod endpoint;
pub(crate) mod health;
pub mod logs;
pub(crate) mod pause;
pub mod question;
pub(crate) mod questions;
pub(crate) mod secret;
pub(crate) mod stats;
pub(crate) mod store;
pub(crate) mod stream_check;
