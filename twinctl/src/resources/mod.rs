//! One file per AWS thing.

pub mod bucket;
pub mod certificate;
mod cloudfront;
pub mod delivery;
pub mod distribution;
pub mod domain;
pub mod function;
pub mod http_api;
pub mod live;
pub mod log_group;
pub mod role;
pub mod route53;
pub mod site;
#[cfg(test)]
pub(crate) mod trial;
pub mod web_access;

pub use bucket::{Bucket, BucketDesired, PolicyOwner, count_objects, download, object};
pub use certificate::{Certificate, CertificateOutput, OldCertificate};
pub use delivery::{Delivery, DeliveryDesired, DeliveryOutput, Redirect, exceptions};
pub use distribution::{Distribution, DistributionDesired, DistributionOutput, Named, OriginSecret};
pub use domain::{Domain, DomainDesired, DomainOutput};
pub use function::{Function, FunctionDesired, FunctionOutput, remove_old_versions};
pub use http_api::{HttpApi, HttpApiDesired, HttpApiOutput};
pub use live::{Live, LiveDesired, move_back};
pub use log_group::{LogGroup, LogGroupDesired};
pub use role::{RightsInput, Role, RoleDesired, rights};
pub use site::{Site, SiteDesired};
pub use web_access::{WebAccess, WebAccessDesired};
