//! Implements `observe`: finds the API by its tags or its name, and reads all of it.

use reconcile::Fault;
use serde_json::Value;

use super::{
    StreamApi, StreamApiActual,
    actual::{items, tags, text},
    calls::{GONE, call},
};
use crate::targets::{
    aws::{
        Cloud, SdkResult,
        resources::{
            existing,
            http_api::{Candidate, choose},
        },
    },
    aws_access::encoded,
};

/// The longest page. If an API has more than one page of parts, some were added by hand, and the first page is enough to
/// report a difference.
const PAGE: u16 = 500;

impl StreamApi {
    pub(super) async fn find(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
    ) -> Result<Option<StreamApiActual>, Fault> {
        if let Some(id) = known_id {
            let found = read(cloud, id).await?;
            return existing(found, known_id, self.recorded_id.as_deref(), "stream API");
        }
        let Some(id) = choose(&self.labels, &self.name, &candidates(cloud).await?)? else {
            return Ok(None);
        };
        let actual = read(cloud, &id).await?;
        if actual.is_some() {
            *known_id = Some(id);
        }
        Ok(actual)
    }
}

async fn candidates(cloud: &Cloud) -> Result<Vec<Candidate>, Fault> {
    let mut all = Vec::new();
    let mut path = format!("/restapis?limit={PAGE}");
    loop {
        let page = call(cloud, "GET", &path, None).await.fault("apigateway:GetRestApis")?;
        all.extend(items(&page).iter().map(|api| Candidate {
            id: text(api, "id"),
            name: text(api, "name"),
            tags: tags(api),
        }));
        let Some(next) = page["position"].as_str().filter(|next| !next.is_empty()) else { return Ok(all) };
        path = format!("/restapis?limit={PAGE}&position={}", encoded(next));
    }
}

async fn read(cloud: &Cloud, id: &str) -> Result<Option<StreamApiActual>, Fault> {
    let part = |part: &str| format!("/restapis/{id}{part}");
    let (api, resources, responses, stages, deployments) = (
        part(""),
        part(&format!("/resources?embed=methods&limit={PAGE}")),
        part(&format!("/gatewayresponses?limit={PAGE}")),
        part("/stages"),
        part(&format!("/deployments?limit={PAGE}")),
    );
    let (api, resources, responses, stages, deployments) = tokio::join!(
        call(cloud, "GET", &api, None),
        call(cloud, "GET", &resources, None),
        call(cloud, "GET", &responses, None),
        call(cloud, "GET", &stages, None),
        call(cloud, "GET", &deployments, None),
    );
    let Some(api) = api.found("apigateway:GetRestApi", GONE)? else {
        return Ok(None);
    };
    let resources: Value = resources.fault("apigateway:GetResources")?;
    let responses = responses.fault("apigateway:GetGatewayResponses")?;
    let stages = stages.fault("apigateway:GetStages")?;
    let deployments = deployments.fault("apigateway:GetDeployments")?;
    let parts = [&resources, &responses, &stages, &deployments];
    Ok(Some(StreamApiActual::new(&api, parts)))
}
