//! The gateway of a local twin: a process that serves the page, forwards API requests, and keeps the backend running.

mod active_setup;
mod alarms;
mod allowed_hosts;
mod backend;
mod client;
mod connections;
mod control;
mod credentials;
mod cross_site;
mod error_response;
mod expiry;
mod headers;
mod launch;
mod logs;
mod page;
mod places;
mod port;
mod protocol;
mod proxy;
mod public_listener;
mod question;
mod request_record;
mod route;
mod run;
mod server;
mod systemd;
mod throttle;
mod timed_body;
mod timed_stream;
mod twin_folder;
mod visitor;

pub use client::{ControlClient, ControlError};
pub(crate) use credentials::find_key;
pub(crate) use expiry::count_expired;
pub(crate) use launch::ARGUMENTS;
pub use launch::launch;
pub(crate) use logs::OLD_FILES;
pub(crate) use port::listening_program;
pub use protocol::{
    ActiveAlarm, AlarmSetup, BackendSetup, BackendStatus, CanaryStatus, CanaryStep, Credentials, Expiry,
    GatewayError, GatewaySetup, GatewayStatus, HandOver, PageSetup, Phase, Reload, Reloaded, Requests,
    Running, Secrets, Throttle, Token,
};
pub(crate) use public_listener::{MORE_PORTS, port_in_use_note};
pub use run::{StartMode, run};
pub use twin_folder::{Document, TwinFolder};
