//! The environment file: reads YAML and returns a checked [`Environment`] or all errors.

#[cfg(all(test, feature = "aws"))]
pub(crate) mod arbitrary;
mod built_in;
mod environment;
mod error;
mod fields;
mod files;
mod folder;
mod kinds;
mod load;
mod merged;
mod nearest;
mod preview;
mod read;
mod rules;
mod shape;
mod suggestion;
mod tree;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use built_in::{DEFAULT_ENVIRONMENTS, SHIPPED, is_built_in};
pub(crate) use environment::DEFAULT_PAGE;
pub use environment::{
    Alarms, Api, Architecture, Budget, Data, DataSource, Dns, Domain, Environment, Lambda, Local, LogLevel,
    Memory, Model, Names, Preview, Scope, Target, Throttle, TokenPrice, Waf, Web,
};
pub use error::{Place, Source, SpecError, locations, render};
pub use kinds::Usd;
pub(crate) use load::load_deployed;
pub use load::{Options, Overrides, available, load};
pub(crate) use merged::merged;
pub(crate) use preview::is_preview_name;
pub use read::schema;
pub use rules::InvalidValue;
pub use words::{
    AccountId, ApiName, BucketName, Canary, DomainName, EmailAddress, EnvironmentName, FunctionName,
    HexColor, HostName, HttpsOrigin, HttpsUrl, LanguageCode, LogGroupName, ModelId, Origin, Profile,
    ProjectName, Region, RoleArn, RoleName, ServerUrl, Ttl, WebAclArn,
};
