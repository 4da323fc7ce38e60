//! One file per AWS thing.

mod bucket;
mod distribution;
mod function;
mod http_api;
mod live;
mod log_group;
mod role;
mod site;
mod web_access;

pub use bucket::{Bucket, BucketDesired, PolicyOwner, count_objects, download};
pub use distribution::{Distribution, DistributionDesired, DistributionOutput, OriginSecret, exceptions};
pub use function::{Function, FunctionDesired, FunctionOutput};
pub use http_api::{HttpApi, HttpApiDesired, HttpApiOutput};
pub use live::{Live, LiveDesired, move_back};
pub use log_group::{LogGroup, LogGroupDesired};
pub use role::{RightsInput, Role, RoleDesired, rights};
pub use site::{Site, SiteDesired};
pub use web_access::{WebAccess, WebAccessDesired};
