//! The REST API through which visitors receive answers as streams. HTTP APIs cannot stream.

mod actual;
mod calls;
mod definition;
mod diff;
mod find;
mod push;
#[cfg(test)]
mod tests;

use reconcile::{Change, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::Value;

use super::{Distribution, distribution, forget_deleted, live};
use crate::targets::{
    aws::{Cloud, Labels, Permission, RequiredPermissions, SdkResult, names::Names, permissions::NEW},
    aws_access::encoded,
};

pub use actual::{StreamApiActual, StreamApiDesired};
use calls::GONE;
pub(crate) use calls::call;
pub(crate) use definition::definition;

/// The names of APIs are not unique, so ours is found by its tags.
#[derive(Debug)]
pub struct StreamApi {
    name: String,
    labels: Labels,
    /// The function whose alias the API invokes.
    function: String,
    /// See [`StreamApi::found_before`].
    recorded_id: Option<String>,
    /// See [`StreamApi::used_by`].
    distribution: Option<Distribution>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamApiOutput {
    pub id: String,
}

impl StreamApi {
    pub fn new(name: impl Into<String>, function: impl Into<String>, labels: Labels) -> Self {
        let (name, function) = (name.into(), function.into());
        Self { name, labels, function, recorded_id: None, distribution: None }
    }

    /// Sets the id at the last release, so that the API is read without listing all of them. If it does not exist,
    /// all are listed.
    #[must_use]
    pub fn found_before(self, id: Option<&str>) -> Self {
        Self { recorded_id: id.map(ToOwned::to_owned), ..self }
    }

    /// Sets the distribution that stays when the API is deleted. The API is deleted when no edge location sends requests to it
    /// any more.
    #[must_use]
    pub fn used_by(self, distribution: Distribution) -> Self {
        Self { distribution: Some(distribution), ..self }
    }

    fn description(&self) -> String {
        format!("twinctl {}", self.name)
    }

    fn definition(&self, desired: &StreamApiDesired) -> Value {
        definition(&self.name, &self.description(), desired)
    }
}

impl RequiredPermissions for StreamApi {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let of = |path: &str| format!("arn:aws:apigateway:{}::/{path}", names.region);
        let id = names.assigned.stream_api.as_deref();
        // The parts of an API do not have its tags.
        let parts = ["gatewayresponses/*", "stages/*", "deployments", "deployments/*"];
        let parts = parts.map(|part| of(&format!("restapis/{}/{part}", id.unwrap_or("*"))));
        let tags = |id: &str| {
            let arn = encoded(&format!("arn:aws:apigateway:{}::/restapis/", names.region));
            of(&format!("tags/{arn}{id}"))
        };
        let mut permissions = vec![
            Permission::read("LookAtStreamApi", &["apigateway:GET"], [of("restapis"), of("restapis/*")]),
            Permission::write("MakeStreamApi", &["apigateway:POST"], [of("restapis")]).with_our_tags(names),
            Permission::write(
                "TagNewStreamApi",
                &["apigateway:PUT", "apigateway:TagResource"],
                [tags(NEW), of("tags/"), of(&format!("restapis/{NEW}"))],
            ),
            Permission::write(
                "ChangeStreamApi",
                &["apigateway:DELETE", "apigateway:PATCH", "apigateway:PUT"],
                [of("restapis/*")],
            )
            .on_our_resources(names),
            Permission::write(
                "ChangePartsOfStreamApi",
                &["apigateway:DELETE", "apigateway:PATCH", "apigateway:POST"],
                parts,
            ),
        ];
        if let Some(id) = id {
            let actions = &[
                "apigateway:DELETE",
                "apigateway:PUT",
                "apigateway:TagResource",
                "apigateway:UntagResource",
            ];
            let resources = [tags(id), of(&format!("restapis/{id}"))];
            permissions.push(Permission::write("TagStreamApi", actions, resources));
        }
        permissions
    }
}

impl Resource for StreamApi {
    type Cloud = Cloud;
    type Desired = StreamApiDesired;
    type Actual = StreamApiActual;
    type Output = StreamApiOutput;
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
    ) -> Result<Option<StreamApiActual>, Fault> {
        Box::pin(self.find(cloud, memory)).await
    }

    fn ownership(&self, actual: &StreamApiActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the REST API `{}` ({})", self.name, actual.id))
    }

    fn diff(&self, desired: &StreamApiDesired, actual: Option<&StreamApiActual>) -> Vec<Change> {
        self.changes(desired, actual)
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &StreamApiDesired,
        actual: Option<&StreamApiActual>,
    ) -> Result<Pushed<StreamApiActual>, Fault> {
        Box::pin(self.push(cloud, memory, desired, actual)).await.map(Pushed::Actual)
    }

    /// Deletes the permission first: if the run is interrupted in between, the API still exists, and the next run continues.
    async fn delete(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        actual: &StreamApiActual,
    ) -> Result<Removed, Fault> {
        if let Some(distribution) = &self.distribution {
            if Box::pin(distribution.streams_anywhere(cloud)).await? {
                return Ok(Removed::Waiting(distribution::deploying()));
            }
            live::remove_stream_permission(cloud, &self.function).await?;
        }
        let response = call(cloud, "DELETE", &format!("/restapis/{}", actual.id), None).await;
        forget_deleted(response.done("apigateway:DeleteRestApi", GONE), memory)?;
        Ok(Removed::Done)
    }

    fn output(&self, actual: &StreamApiActual) -> Option<StreamApiOutput> {
        Some(StreamApiOutput { id: actual.id.clone() })
    }

    fn predict_output(
        &self,
        _: &StreamApiDesired,
        actual: Option<&StreamApiActual>,
    ) -> Option<StreamApiOutput> {
        actual.and_then(|actual| self.output(actual))
    }
}
