//! Implements `converge`. The calls are made one after the other, because AWS refuses concurrent changes of one API.

use std::collections::BTreeMap;

use reconcile::{Change, Changes, Class, Fault};
use serde_json::{Value, json};

use super::{
    StreamApi, StreamApiActual, StreamApiDesired,
    actual::{Deployment, SEPARATOR, StageActual, settings},
    calls::{GONE, call},
    definition::{deployment, method_settings},
    diff::{compare_methods, compare_stage, our_method},
};
use crate::targets::{
    aws::{Cloud, SdkResult, names::STREAM_STAGE as STAGE},
    aws_access::encoded,
};

impl StreamApi {
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
        desired: &StreamApiDesired,
        actual: Option<&StreamApiActual>,
    ) -> Result<StreamApiActual, Fault> {
        if desired.burst == 0 || desired.rate == 0 {
            return Err(Fault::new(Class::Refused, "a limit of zero would refuse all requests"));
        }
        let Some(actual) = actual else {
            // Only the API itself, so that nodes that need its address can continue while the rest is created.
            return self.create(cloud, known_id).await;
        };
        let mut push = Push { api: self, cloud, desired, now: actual.clone() };
        push.settings().await?;
        push.tags().await?;
        push.methods().await?;
        push.reset_responses().await?;
        push.remove_stages().await?;
        push.deploy().await?;
        push.limits().await?;
        push.remove_deployments().await?;
        Ok(push.now)
    }

    /// Creates an API with tags but without methods, which are imported later: an import cannot set tags, so after a crash
    /// nothing would show that the API is ours.
    async fn create(&self, cloud: &Cloud, known_id: &mut Option<String>) -> Result<StreamApiActual, Fault> {
        let description = self.description();
        let request = json!({
            "name": self.name,
            "description": description,
            "endpointConfiguration": { "types": ["REGIONAL"] },
            "tags": self.labels.to_map::<BTreeMap<_, _>>(),
        });
        let created = call(cloud, "POST", "/restapis", Some(&request)).await;
        let created = created.fault("apigateway:CreateRestApi")?;
        let id = created["id"].as_str().unwrap_or_default().to_owned();
        *known_id = Some(id.clone());
        Ok(StreamApiActual {
            id,
            tags: self.labels.to_map(),
            settings: settings(&self.name, &description).into(),
            methods: [].into(),
            responses: [].into(),
            stages: Vec::new(),
            deployments: Vec::new(),
        })
    }
}

/// An update in progress.
struct Push<'a> {
    api: &'a StreamApi,
    cloud: &'a Cloud,
    desired: &'a StreamApiDesired,
    /// The actual state after the calls made so far.
    now: StreamApiActual,
}

impl Push<'_> {
    fn path(&self, part: &str) -> String {
        format!("/restapis/{}{part}", self.now.id)
    }

    async fn settings(&mut self) -> Result<(), Fault> {
        let mut changes = Changes::new();
        self.api.compare_settings(&mut changes, Some(&self.now));
        let changes = changes.into_vec();
        if changes.is_empty() {
            return Ok(());
        }
        let operations: Vec<_> = changes.iter().flat_map(operations).collect();
        let request = json!({ "patchOperations": operations });
        let response = call(self.cloud, "PATCH", &self.path(""), Some(&request)).await;
        response.fault("apigateway:UpdateRestApi")?;
        self.now.settings = settings(&self.api.name, &self.api.description()).into();
        Ok(())
    }

    async fn tags(&mut self) -> Result<(), Fault> {
        let (labels, cloud) = (&self.api.labels, self.cloud);
        let arn = format!("arn:aws:apigateway:{}::/restapis/{}", cloud.region, self.now.id);
        let path = format!("/tags/{}", encoded(&arn));
        let tag = async |tags: BTreeMap<String, String>| {
            let request = json!({ "tags": tags });
            call(cloud, "PUT", &path, Some(&request)).await.fault("apigateway:TagResource")
        };
        let untag = async |keys: Vec<String>| {
            let keys: Vec<_> = keys.iter().map(|key| format!("tagKeys={}", encoded(key))).collect();
            let path = format!("{path}?{}", keys.join("&"));
            call(cloud, "DELETE", &path, None).await.fault("apigateway:UntagResource")
        };
        labels.write(&self.now.tags, tag, untag).await?;
        self.now.tags = labels.to_map();
        Ok(())
    }

    /// Imports the definition, which replaces all methods.
    async fn methods(&mut self) -> Result<(), Fault> {
        let mut changes = Changes::new();
        compare_methods(&mut changes, self.desired, Some(&self.now));
        if changes.into_vec().is_empty() {
            return Ok(());
        }
        let definition = self.api.definition(self.desired);
        let response = call(self.cloud, "PUT", &self.path("?mode=overwrite"), Some(&definition)).await;
        response.fault("apigateway:PutRestApi")?;
        self.now.methods = [(our_method(), method_settings(self.desired).into())].into();
        Ok(())
    }

    /// Resets the responses of API Gateway itself, so that the next deployment does not contain other ones.
    async fn reset_responses(&mut self) -> Result<(), Fault> {
        for kind in std::mem::take(&mut self.now.responses) {
            let path = self.path(&format!("/gatewayresponses/{kind}"));
            call(self.cloud, "DELETE", &path, None).await.done("apigateway:DeleteGatewayResponse", GONE)?;
        }
        Ok(())
    }

    /// Deletes other stages, because a deployment with a stage cannot be deleted.
    async fn remove_stages(&mut self) -> Result<(), Fault> {
        for name in self.now.other_stages().map(|stage| stage.name.clone()).collect::<Vec<_>>() {
            let path = self.path(&format!("/stages/{}", encoded(&name)));
            call(self.cloud, "DELETE", &path, None).await.done("apigateway:DeleteStage", GONE)?;
            self.now.stages.retain(|stage| stage.name != name);
        }
        Ok(())
    }

    /// Makes a deployment if the current one is not of this definition. That creates the stage, too.
    async fn deploy(&mut self) -> Result<(), Fault> {
        let description = deployment(&self.api.definition(self.desired));
        if self.now.deployed() == Some(&description) {
            return Ok(());
        }
        let request = json!({ "stageName": STAGE, "description": description });
        let created = call(self.cloud, "POST", &self.path("/deployments"), Some(&request)).await;
        let created = created.fault("apigateway:CreateDeployment")?;
        let id = created["id"].as_str().unwrap_or_default().to_owned();
        self.now.deployments.push(Deployment { id: id.clone(), description });
        match self.now.stages.iter_mut().find(|stage| stage.name == STAGE) {
            Some(stage) => stage.deployment = id,
            None => self.now.stages.push(StageActual {
                name: STAGE.to_owned(),
                deployment: id,
                burst: None,
                rate: None,
                extra: [].into(),
            }),
        }
        Ok(())
    }

    async fn limits(&mut self) -> Result<(), Fault> {
        let path = self.path(&format!("/stages/{STAGE}"));
        let Some(stage) = self.now.stages.iter_mut().find(|stage| stage.name == STAGE) else {
            return Ok(());
        };
        let mut changes = Changes::new();
        compare_stage(&mut changes, self.desired, Some(stage));
        if changes.into_vec().is_empty() {
            return Ok(());
        }
        let (burst, rate) = (self.desired.burst, self.desired.rate);
        let mut operations = vec![
            replacement("/*/*/throttling/burstLimit", &burst.to_string()),
            replacement("/*/*/throttling/rateLimit", &rate.to_string()),
        ];
        operations.extend(stage.extra.keys().map(|path| reset(path)));
        let request = json!({ "patchOperations": operations });
        let response = call(self.cloud, "PATCH", &path, Some(&request)).await;
        response.fault("apigateway:UpdateStage")?;
        (stage.burst, stage.rate) = (Some(burst.into()), Some(rate.into()));
        stage.extra.clear();
        Ok(())
    }

    async fn remove_deployments(&mut self) -> Result<(), Fault> {
        for id in self.now.old_deployments().map(|old| old.id.clone()).collect::<Vec<_>>() {
            let path = self.path(&format!("/deployments/{id}"));
            call(self.cloud, "DELETE", &path, None).await.done("apigateway:DeleteDeployment", GONE)?;
            self.now.deployments.retain(|each| each.id != id);
        }
        Ok(())
    }
}

/// Returns the patch operations that make a change to an API.
pub(super) fn operations(change: &Change) -> Vec<Value> {
    let (new, old) = (change.new.clone().unwrap_or_default(), change.old.clone().unwrap_or_default());
    let removal = |path: &str| json!({ "op": "remove", "path": path });
    match change.field.as_str() {
        "endpoint_type" => vec![replacement(&format!("/endpointConfiguration/types/{old}"), &new)],
        "endpoint" => vec![replacement("/disableExecuteApiEndpoint", "false")],
        "compression" => vec![removal("/minimumCompressionSize")],
        "binary_media_types" => {
            let escaped = old.split(SEPARATOR).map(|kind| kind.replace('~', "~0").replace('/', "~1"));
            escaped.map(|kind| removal(&format!("/binaryMediaTypes/{kind}"))).collect()
        }
        "api_key_source" => vec![replacement("/apiKeySource", "HEADER")],
        field => vec![replacement(&format!("/{field}"), &new)],
    }
}

fn replacement(path: &str, value: &str) -> Value {
    json!({ "op": "replace", "path": path, "value": value })
}

/// Returns the patch operation that removes or disables a setting of a stage.
fn reset(path: &str) -> Value {
    match path.rsplit('/').next() {
        Some("enabled" | "dataTrace" | "tracingEnabled" | "cacheClusterEnabled") => {
            replacement(path, "false")
        }
        Some("loglevel") => replacement(path, "OFF"),
        _ => json!({ "op": "remove", "path": path }),
    }
}
