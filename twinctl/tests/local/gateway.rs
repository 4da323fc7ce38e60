//! The gateway as a separate process, with the real backend.

mod alarms;
mod canary;
mod chat;
mod crash;
mod limits;
mod load;
mod page;
mod reload;
mod start;
mod streaming_model;
mod streams;
pub(crate) mod test_gateway;
mod visitor;
