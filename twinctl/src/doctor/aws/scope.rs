//! The clients and names that the checks of AWS share.

use aws_config::SdkConfig;

use crate::{
    doctor::Request,
    spec::Environment,
    targets::aws::{Cloud, Login, names::Names},
};

/// The clients and names that the checks share.
pub(super) struct Scope<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) config: SdkConfig,
    pub(super) login: Login,
    pub(super) cloud: Cloud,
    pub(super) names: Names,
    /// The ARN of the caller.
    pub(super) arn: String,
}

impl Scope<'_> {
    pub(super) fn environment(&self) -> &Environment {
        self.request.environment
    }
}
