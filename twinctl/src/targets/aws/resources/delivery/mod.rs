//! How CloudFront delivers the page: the access to its files, the mapping of paths to files, and the response
//! headers.

mod actual;
mod find;
mod headers;
mod paths;
mod push;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{FunctionRuntime, ResponseHeadersPolicyConfig};
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use crate::{
    artifacts::web::PageSources,
    targets::aws::{Cloud, Permission, RequiredPermissions, names::Names},
};

pub use actual::DeliveryActual;
pub use paths::Redirect;

/// The origin type, signing behavior and protocol of the access control.
const SIGNING: &str = "s3, always, sigv4";

/// An origin access control, a function and a response headers policy of CloudFront. They do not refer to the
/// distribution that uses them, so they are created before it. They cannot be tagged, so they are found by name.
#[derive(Debug)]
pub struct Delivery {
    marker: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDesired {
    /// Hashes of the page's inline scripts, as a content security policy spells them.
    pub script_hashes: Vec<String>,
    /// Where the page loads files from, besides its own files and scripts.
    pub sources: PageSources,
    /// The origins that may show the page in a frame.
    pub frame_ancestors: Vec<String>,
    /// The files of paths for which the rule of the paths function is wrong. See
    /// [`PageSettings`](crate::artifacts::web::PageSettings).
    pub paths: BTreeMap<String, String>,
    /// A hostname that redirects to another one.
    pub redirect: Option<Redirect>,
}

/// The references that a distribution needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryOutput {
    pub access_id: String,
    pub headers_id: String,
    pub function: String,
}

impl Delivery {
    pub fn new(marker: impl Into<String>) -> Self {
        Self { marker: marker.into() }
    }

    /// Returns the comment that marks our resources.
    fn comment(&self) -> String {
        format!("twinctl {}", self.marker)
    }

    fn function_name(&self) -> String {
        format!("{}-paths", self.marker)
    }

    fn headers_policy(&self, desired: &DeliveryDesired) -> ResponseHeadersPolicyConfig {
        headers::policy(
            &self.marker,
            &self.comment(),
            &desired.script_hashes,
            &desired.sources,
            &desired.frame_ancestors,
        )
    }
}

impl RequiredPermissions for Delivery {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let of = |kind: &str| format!("arn:aws:cloudfront::{}:{kind}", names.account);
        let function = || [of(&format!("function/{}", self.function_name()))];
        let known = |id: &Option<String>| id.clone().unwrap_or_else(|| "*".to_owned());
        let list = &["cloudfront:ListOriginAccessControls", "cloudfront:ListResponseHeadersPolicies"];
        vec![
            Permission::read("ListDelivery", list, ["*".to_owned()]),
            Permission::read(
                "LookAtPaths",
                &["cloudfront:DescribeFunction", "cloudfront:GetFunction"],
                function(),
            ),
            Permission::write(
                "ChangePaths",
                &["cloudfront:DeleteFunction", "cloudfront:PublishFunction", "cloudfront:UpdateFunction"],
                function(),
            ),
            // IAM supports no resource for these.
            Permission::write(
                "MakeDelivery",
                &[
                    "cloudfront:CreateFunction",
                    "cloudfront:CreateOriginAccessControl",
                    "cloudfront:CreateResponseHeadersPolicy",
                ],
                ["*".to_owned()],
            ),
            // AWS assigns the IDs of these two, and they cannot be tagged.
            Permission::write(
                "ChangeDelivery",
                &[
                    "cloudfront:DeleteOriginAccessControl",
                    "cloudfront:DeleteResponseHeadersPolicy",
                    "cloudfront:GetOriginAccessControl",
                    "cloudfront:GetResponseHeadersPolicy",
                    "cloudfront:UpdateOriginAccessControl",
                    "cloudfront:UpdateResponseHeadersPolicy",
                ],
                [
                    of(&format!("origin-access-control/{}", known(&names.assigned.access_control))),
                    of(&format!("response-headers-policy/{}", known(&names.assigned.headers_policy))),
                ],
            ),
        ]
    }
}

impl Resource for Delivery {
    type Cloud = Cloud;
    type Desired = DeliveryDesired;
    type Actual = DeliveryActual;
    type Output = DeliveryOutput;
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.marker.clone())
    }

    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<DeliveryActual>, Fault> {
        Box::pin(self.find(cloud)).await
    }

    fn ownership(&self, actual: &DeliveryActual) -> Ownership {
        let unmanaged = |part| Ownership::Foreign(format!("{part} exists but is not managed by twinctl"));
        actual.unmanaged_part(&self.marker, &self.comment()).map_or(Ownership::Ours, unmanaged)
    }

    fn diff(&self, desired: &DeliveryDesired, actual: Option<&DeliveryActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let empty = DeliveryActual::default();
        let DeliveryActual { access, function, headers } = actual.unwrap_or(&empty);
        let (access, function) = (access.as_ref(), function.as_ref());
        changes.value("access_control", &SIGNING.to_owned(), access.map(|access| &access.signing));
        let runtime = FunctionRuntime::CloudfrontJs20.to_string();
        changes.value("function.runtime", &runtime, function.map(|function| &function.runtime));
        let (code, live) = (
            paths::code(&desired.paths, desired.redirect.as_ref()),
            function.and_then(|function| function.live.as_ref()),
        );
        if live != Some(&code) {
            changes.push(Change::new("function.code", live.map(|live| size(live)), Some(size(&code))));
        }
        let comment = self.comment();
        let policy = self.headers_policy(desired);
        let none = BTreeMap::new();
        let existing = headers.as_ref().map_or(&none, |headers| &headers.headers);
        changes.map("headers", &headers::summarize(&policy), existing);
        let comments = [
            ("access_control.comment", access.map(|part| &part.comment)),
            ("function.comment", function.map(|part| &part.comment)),
            ("headers.comment", headers.as_ref().map(|part| &part.comment)),
        ];
        for (field, existing) in comments {
            if existing.is_some() {
                changes.value(field, &comment, existing);
            }
        }
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        desired: &DeliveryDesired,
        actual: Option<&DeliveryActual>,
    ) -> Result<Pushed<DeliveryActual>, Fault> {
        Box::pin(self.push(cloud, desired, actual.cloned().unwrap_or_default())).await.map(Pushed::Actual)
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        actual: &DeliveryActual,
    ) -> Result<Removed, Fault> {
        Box::pin(self.remove(cloud, actual)).await.map(|()| Removed::Done)
    }

    fn output(&self, actual: &DeliveryActual) -> Option<DeliveryOutput> {
        actual.function.as_ref()?;
        Some(DeliveryOutput {
            access_id: actual.access.as_ref()?.id.clone(),
            headers_id: actual.headers.as_ref()?.id.clone(),
            function: self.function_name(),
        })
    }

    fn predict_output(&self, _: &DeliveryDesired, actual: Option<&DeliveryActual>) -> Option<DeliveryOutput> {
        actual.and_then(|actual| self.output(actual))
    }
}

fn size(code: &str) -> String {
    format!("{} bytes", code.len())
}
