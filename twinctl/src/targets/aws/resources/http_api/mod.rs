//! The HTTP API in front of the function, with one integration, one route and one stage.

mod actual;
mod diff;
mod find;
mod limit;
mod old_access_logs;
mod push;
#[cfg(test)]
mod tests;

use reconcile::{Change, Fault, Ownership, Pushed, Removed, Resource};

use super::forget_deleted;
use crate::targets::{
    aws::{Cloud, Labels, Permission, RequiredPermissions, SdkResult, names::Names, permissions::NEW},
    aws_access::encoded,
};

pub use actual::{HttpApiActual, HttpApiDesired, LimitOwner};
pub(super) use find::{Candidate, choose};
pub use limit::{ApiLimit, ApiLimitDesired};

/// The error codes of an API, or a part of it, that does not exist.
const GONE: &[&str] = &["NotFoundException"];

/// The names of APIs are not unique, so ours is found by its tags.
#[derive(Debug)]
pub struct HttpApi {
    name: String,
    labels: Labels,
    /// See [`HttpApi::found_before`].
    recorded_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpApiOutput {
    pub id: String,
    /// The URL.
    pub endpoint: String,
}

impl HttpApi {
    pub fn new(name: impl Into<String>, labels: Labels) -> Self {
        Self { name: name.into(), labels, recorded_id: None }
    }

    /// Sets the id at the last release, so that the API is read without listing all of them. If it does not exist,
    /// all are listed.
    #[must_use]
    pub fn found_before(self, id: Option<&str>) -> Self {
        Self { recorded_id: id.map(ToOwned::to_owned), ..self }
    }

    fn description(&self) -> String {
        format!("twinctl {}", self.name)
    }
}

impl RequiredPermissions for HttpApi {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let of = |path: &str| format!("arn:aws:apigateway:{}::/{path}", names.region);
        let id = names.assigned.api.as_deref();
        // The parts of an API do not have its tags.
        let parts = ["cors", "integrations", "integrations/*", "routes", "routes/*", "stages", "stages/*"];
        let parts = parts.map(|part| of(&format!("apis/{}/{part}", id.unwrap_or("*"))));
        let logs = &[
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ];
        let service_role = "aws-service-role/ops.apigateway.amazonaws.com/*";
        let mut permissions = vec![
            Permission::read("LookAtApi", &["apigateway:GET"], [of("apis"), of("apis/*")]),
            Permission::write("MakeApi", TAG, [of("apis")]).with_our_tags(names),
            Permission::write(
                "TagNewApi",
                TAG,
                [tags_of(names, NEW), of("tags/"), of(&format!("apis/{NEW}"))],
            ),
            Permission::write("ChangeApi", &["apigateway:DELETE", "apigateway:PATCH"], [of("apis/*")])
                .on_our_resources(names),
            Permission::write(
                "ChangePartsOfApi",
                &["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST"],
                parts,
            ),
            // Access logs of earlier versions are deleted from the function's log group.
            Permission::write(
                "DeleteOldAccessLogs",
                &["logs:DeleteLogStream", "logs:DescribeLogStreams"],
                [format!("{}:*", names.log_group_arn())],
            ),
            // Creating access logs requires these permissions. AWS supports no narrower resource for them.
            Permission::write("LetApiLog", logs, ["*".to_owned()]),
            Permission::write(
                "LetApiGatewayIn",
                &["iam:CreateServiceLinkedRole"],
                [names.arn_of_role(service_role)],
            )
            .when("StringEquals", "iam:AWSServiceName", "ops.apigateway.amazonaws.com"),
        ];
        if let Some(id) = id {
            let resources = [tags_of(names, id), names.api_arn(id)];
            permissions.push(Permission::write("TagApi", CHANGE_TAGS, resources));
        }
        permissions
    }
}

/// The actions that tag an API. They are authorized for the encoded ARN of the API, and IAM often ignores conditions on
/// tags for them. So they are allowed only for an API whose ID is known, and for one that is being created
/// (hashicorp/terraform-provider-aws#16023, mattclay/aws-terminator#284).
const TAG: &[&str] = &["apigateway:POST", "apigateway:TagResource"];
const CHANGE_TAGS: &[&str] =
    &["apigateway:DELETE", "apigateway:POST", "apigateway:TagResource", "apigateway:UntagResource"];

fn tags_of(names: &Names, id: &str) -> String {
    let arn = encoded(&names.api_arn(""));
    format!("arn:aws:apigateway:{}::/tags/{arn}{id}", names.region)
}

impl Resource for HttpApi {
    type Cloud = Cloud;
    type Desired = HttpApiDesired;
    type Actual = HttpApiActual;
    type Output = HttpApiOutput;
    /// The id, once it is known. Later reads then need no listing.
    type Memory = Option<String>;

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    fn initial_memory(&self) -> Option<String> {
        self.recorded_id.clone()
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
    ) -> Result<Option<HttpApiActual>, Fault> {
        Box::pin(self.find(cloud, memory)).await
    }

    fn ownership(&self, actual: &HttpApiActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the API `{}` ({})", self.name, actual.id))
    }

    fn diff(&self, desired: &HttpApiDesired, actual: Option<&HttpApiActual>) -> Vec<Change> {
        self.changes(desired, actual)
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &HttpApiDesired,
        actual: Option<&HttpApiActual>,
    ) -> Result<Pushed<HttpApiActual>, Fault> {
        self.push(cloud, memory, desired, actual).await.map(Pushed::Actual)
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        actual: &HttpApiActual,
    ) -> Result<Removed, Fault> {
        let response = cloud.api.delete_api().api_id(&actual.id).send().await;
        forget_deleted(response.done("apigateway:DeleteApi", GONE), memory)?;
        Ok(Removed::Done)
    }

    fn output(&self, actual: &HttpApiActual) -> Option<HttpApiOutput> {
        Some(HttpApiOutput { id: actual.id.clone(), endpoint: actual.endpoint.clone() })
    }

    fn predict_output(&self, _: &HttpApiDesired, actual: Option<&HttpApiActual>) -> Option<HttpApiOutput> {
        actual.and_then(|actual| self.output(actual))
    }
}
