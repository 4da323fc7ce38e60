//! The AWS resources. Each module implements [`Resource`](reconcile::Resource) for one kind.

pub mod alarms;
pub mod bucket;
pub mod certificate;
pub(crate) mod cloudfront;
pub mod cost_budget;
pub mod data_files;
pub mod delivery;
pub mod departure;
pub mod distribution;
pub mod domain;
pub mod function;
pub mod github_identity;
pub mod http_api;
pub(crate) mod iam;
pub mod limited_role;
pub mod live;
pub mod log_group;
pub mod managed_policy;
pub mod role;
pub mod route53;
pub mod secret;
pub mod site;
pub mod stream_api;
#[cfg(test)]
pub(crate) mod testing;
pub mod usage_access;
pub mod usage_table;
pub mod web_access;

use reconcile::{Class, Fault};

pub use alarms::{
    AlarmsSetup, Dashboard, DashboardDesired, MetricAlarms, MetricAlarmsDesired, Topic, TopicDesired,
    TopicOutput, alarms, filters,
};
pub use bucket::{Bucket, BucketDesired, PolicyOwner, count_objects, download, object};
pub use certificate::{Certificate, CertificateOutput, OldCertificate};
pub use cost_budget::{CostBudget, CostBudgetDesired};
pub use data_files::{DATA_FILES, DataFiles, DataFilesDesired, OWN_PREFIX};
pub use delivery::{Delivery, DeliveryDesired, DeliveryOutput, Redirect};
pub use departure::Departure;
pub use distribution::{AliasOwner, Distribution, DistributionDesired, DistributionOutput, sends_everywhere};
pub use domain::{Domain, DomainDesired, DomainOutput};
pub use function::{Function, FunctionDesired, FunctionOutput, remove_old_versions};
pub use github_identity::GithubIdentity;
pub use http_api::{ApiLimit, ApiLimitDesired, HttpApi, HttpApiDesired, HttpApiOutput, LimitOwner};
pub use limited_role::LimitedRole;
pub use live::{
    Canary, Live, LiveDesired, LiveOutput, RestoredVersion, StreamPermission, answers_streams, move_alias,
    remove_weights,
};
pub use log_group::{GroupName, LogGroups, LogGroupsDesired, LogGroupsOutput};
pub use managed_policy::{ManagedPolicy, ManagedPolicyDesired};
pub use role::{Boundary, FunctionAccess, Role, RoleDesired, RoleOutput, function_policy, usage_policy};
pub use secret::{Secret, SecretDesired};
pub use site::{RestoredSite, RestoredSiteDesired, Site, SiteDesired};
pub use stream_api::{StreamApi, StreamApiDesired, StreamApiOutput};
pub use usage_access::{USAGE_POLICY, UsageAccess};
pub use usage_table::UsageTable;
pub use web_access::{WebAccess, WebAccessDesired};

/// Forgets the id of a resource that was deleted, or may have been, because the response was lost.
fn forget_deleted(deleted: Result<(), Fault>, known_id: &mut Option<String>) -> Result<(), Fault> {
    if deleted.as_ref().err().is_none_or(|fault| fault.class == Class::Unavailable) {
        *known_id = None;
    }
    deleted
}

/// Returns the result of a read by a known id. If nothing was found, the read may be stale, as the listing may be, so that no
/// second one is created. Only the id that an earlier release recorded is forgotten, so that the next observation lists all.
fn existing<T>(
    found: Option<T>,
    known_id: &mut Option<String>,
    recorded_id: Option<&str>,
    kind: &str,
) -> Result<Option<T>, Fault> {
    if found.is_some() {
        return Ok(found);
    }
    let id = known_id.clone().unwrap_or_default();
    if recorded_id == Some(id.as_str()) {
        *known_id = None;
    }
    Err(Fault::new(Class::Stale, format!("the {kind} {id} existed before but is not found")))
}
