//! The arguments of the checks.

use crate::{
    artifacts::Code,
    spec::{Environment, Options},
    ui::Ui,
};

/// The environment to check.
pub(crate) struct Request<'a> {
    pub(crate) options: &'a Options,
    pub(crate) environment: &'a Environment,
    pub(crate) code: &'a Code,
    /// Whether the model may be called, which costs a fraction of a cent.
    pub(crate) call_model: bool,
    pub(crate) ui: &'a Ui,
}
