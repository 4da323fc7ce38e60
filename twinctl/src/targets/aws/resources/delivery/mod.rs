//! How the page is delivered: who may read its files, which path is which file, which headers every answer carries.

mod actual;
mod find;
mod headers;
mod paths;
mod push;
mod remove;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::FunctionRuntime;
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use crate::targets::aws::{Cloud, Needs, Right, names::Names};

pub use actual::DeliveryActual;
pub use paths::Redirect;

/// How the access control signs.
const SIGNING: &str = "s3, always, sigv4";

/// An origin access control, a function and a response headers policy of CloudFront. They know nothing of the
/// distribution that is made from them, and can be made before it. None of them can be tagged: all are found by name.
#[derive(Debug)]
pub struct Delivery {
    marker: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDesired {
    /// Hashes of the page's inline scripts, as a content security policy spells them.
    pub script_hashes: Vec<String>,
    /// Who may show the page in a frame.
    pub frame_ancestors: Vec<String>,
    /// Pretty paths that the rule of the paths function would get wrong, and their files: see [`PageSettings`](crate::artifacts::web::PageSettings).
    pub paths: BTreeMap<String, String>,
    /// A name whose visitors are led on to another.
    pub redirect: Option<Redirect>,
}

/// What a distribution refers to them by.
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

    /// What has it is ours.
    fn comment(&self) -> String {
        format!("twinctl {}", self.marker)
    }

    fn function_name(&self) -> String {
        format!("{}-paths", self.marker)
    }
}

impl Needs for Delivery {
    fn needs(&self, names: &Names) -> Vec<Right> {
        let of = |kind: &str| format!("arn:aws:cloudfront::{}:{kind}", names.account);
        let function = || [of(&format!("function/{}", self.function_name()))];
        let list = &["cloudfront:ListOriginAccessControls", "cloudfront:ListResponseHeadersPolicies"];
        vec![
            Right::look("ListDelivery", list, ["*".to_owned()]),
            Right::look(
                "LookAtPaths",
                &["cloudfront:DescribeFunction", "cloudfront:GetFunction"],
                function(),
            ),
            Right::change(
                "ChangePaths",
                &[
                    "cloudfront:CreateFunction",
                    "cloudfront:DeleteFunction",
                    "cloudfront:PublishFunction",
                    "cloudfront:UpdateFunction",
                ],
                function(),
            ),
            // AWS chooses the ids of these two, and knows no tags of them.
            Right::change(
                "ChangeDelivery",
                &[
                    "cloudfront:CreateOriginAccessControl",
                    "cloudfront:CreateResponseHeadersPolicy",
                    "cloudfront:DeleteOriginAccessControl",
                    "cloudfront:DeleteResponseHeadersPolicy",
                    "cloudfront:GetOriginAccessControl",
                    "cloudfront:GetResponseHeadersPolicy",
                    "cloudfront:UpdateOriginAccessControl",
                    "cloudfront:UpdateResponseHeadersPolicy",
                ],
                [of("origin-access-control/*"), of("response-headers-policy/*")],
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
        Box::pin(self.look(cloud)).await
    }

    fn ownership(&self, actual: &DeliveryActual) -> Ownership {
        let foreign =
            |part| Ownership::Foreign(format!("{part} exists already, and was not made by twinctl"));
        actual.foreign_part(&self.marker, &self.comment()).map_or(Ownership::Ours, foreign)
    }

    fn diff(&self, desired: &DeliveryDesired, actual: Option<&DeliveryActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let nothing = DeliveryActual::default();
        let DeliveryActual { access, function, headers } = actual.unwrap_or(&nothing);
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
        let policy = headers::policy(&self.marker, &comment, desired);
        let none = BTreeMap::new();
        let there = headers.as_ref().map_or(&none, |headers| &headers.headers);
        changes.map("headers", &headers::facts(&policy), there);
        let comments = [
            ("access_control.comment", access.map(|part| &part.comment)),
            ("function.comment", function.map(|part| &part.comment)),
            ("headers.comment", headers.as_ref().map(|part| &part.comment)),
        ];
        for (field, is) in comments {
            if is.is_some() {
                changes.value(field, &comment, is);
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
