//! All output: results on stdout, messages for people on stderr.

mod api_error;
mod ask;
mod board;
#[cfg(test)]
pub(crate) mod capture;
mod console;
mod diagnostic;
mod exit;
pub(crate) mod github;
mod job;
mod json;
mod lasting_error;
mod lines;
mod live;
mod location;
mod palette;
mod plain;
mod plan_text;
#[cfg_attr(windows, path = "ui/secret_windows.rs")]
mod secret;
mod shorten;
mod show;
mod stream;
mod summary;
mod words;

pub use api_error::ApiError;
pub use ask::Answer;
pub use console::Ui;
pub use diagnostic::Diagnostic;
pub(crate) use diagnostic::{LOG_IN, longer_credentials, to_continue, to_repeat};
pub use exit::{EXIT_CODES, Exit};
pub use lasting_error::LastingError;
pub use location::Location;
pub(crate) use plain::{plain, plain_json};
pub(crate) use plan_text::{Fitted, is_absent, markdown};
pub use plan_text::{PlanView, Verb, render};
pub use show::{CallLog, Color, Mode, Verbosity};
pub(crate) use words::{counted, quoted};

#[cfg(test)]
mod tests;
