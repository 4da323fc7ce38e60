//! The environment file: YAML in, a checked [`Environment`] or every mistake in it out.

mod environment;
mod fields;
mod files;
mod kinds;
mod load;
mod mistake;
mod nearest;
mod read;
mod rules;
mod schema;
mod shape;
mod tree;
mod words;

#[cfg(test)]
mod tests;

pub use environment::{
    Api, Architecture, Data, DataSource, Dns, Domain, Environment, Lambda, Local, LogLevel, Memory, Model,
    Names, Target, Throttle, Web,
};
pub use load::{Options, Overrides, available, load};
pub use mistake::{Mistake, Place, Source, render, spots};
pub use rules::Refusal;
pub use schema::schema;
pub use words::{
    AccountId, ApiName, BucketName, Colour, DomainName, EnvironmentName, FunctionName, HostName, HttpsOrigin,
    LanguageCode, LogGroupName, ModelId, Origin, Profile, ProjectName, Region, RoleArn, RoleName, ServerUrl,
};
