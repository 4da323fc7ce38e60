//! The front door of a local twin: a process that serves the page, passes the API on, and keeps the backend running.

mod answer;
mod backend;
mod body;
mod client;
mod connections;
mod control;
mod credentials;
#[expect(clippy::module_inception, reason = "the door is what this module is about")]
mod door;
mod entrance;
mod expiry;
mod headers;
mod launch;
mod logs;
mod notify;
mod page;
mod place;
pub mod port;
mod protocol;
mod proxy;
mod route;
mod run;
mod serving;
mod successor;
mod throttle;
mod visitor;

pub use client::{Control, ControlError};
pub(crate) use credentials::find_key;
pub use launch::launch;
pub use place::{Document, Place, PlaceError};
pub use protocol::{
    BackendSetup, BackendStatus, Credentials, DoorSetup, DoorStatus, Expiry, HandOver, Phase, Refusal,
    Reload, Requests, Running, Secrets, Throttle, Token,
};
pub use run::{Arrival, run};
