//! The environment file: YAML in, a checked [`Environment`] or every mistake in it out.

mod environment;
mod nearest;
mod rules;
mod words;

pub use environment::{
    Api, Architecture, Environment, Lambda, LogLevel, Memory, Model, Names, Throttle, Web,
};
pub use rules::Refusal;
pub use words::{
    AccountId, ApiName, BucketName, Colour, EnvironmentName, FunctionName, HttpsOrigin, LogGroupName,
    ModelId, Origin, Profile, ProjectName, Region, RoleArn, RoleName,
};
