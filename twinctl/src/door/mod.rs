//! The front door of a local twin: a process that serves the page, passes the API on, and keeps the backend running.

mod client;
mod place;
mod protocol;

pub use client::{Control, ControlError};
pub use place::{Document, Place, PlaceError};
pub use protocol::{
    BackendSetup, BackendStatus, Credentials, DoorSetup, DoorStatus, Expiry, HandOver, Phase, Refusal,
    Reload, Requests, Running, Secrets, Throttle,
};
