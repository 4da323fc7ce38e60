//! Implements `observe`: finds the API by its tags or its name, and reads all of it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigatewayv2::operation::get_api::GetApiOutput;
use reconcile::{Class, Fault, Ownership};

use super::{super::existing, GONE, HttpApi, HttpApiActual};
use crate::targets::aws::{Cloud, Labels, SdkResult};

/// The page size. If an API has more than one page of parts, some were added by hand, and the first page is enough to
/// report a difference.
const PAGE: &str = "500";

impl HttpApi {
    pub(super) async fn find(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
    ) -> Result<Option<HttpApiActual>, Fault> {
        if let Some(id) = known_id {
            let found = Box::pin(read(cloud, id)).await?;
            return existing(found, known_id, self.recorded_id.as_deref(), "API");
        }
        let Some(id) = choose(&self.labels, &self.name, &candidates(cloud).await?)? else {
            return Ok(None);
        };
        let actual = Box::pin(read(cloud, &id)).await?;
        if actual.is_some() {
            *known_id = Some(id);
        }
        Ok(actual)
    }
}

/// Returns the id of the API with our tags, or else of one with our name, which is not ours.
pub(in super::super) fn choose(
    labels: &Labels,
    name: &str,
    all: &[Candidate],
) -> Result<Option<String>, Fault> {
    let ours = |api: &&Candidate| labels.ownership(&api.tags, "") == Ownership::Ours;
    let named = |api: &&Candidate| api.name == name;
    let mut found: Vec<_> = all.iter().filter(ours).map(|api| api.id.clone()).collect();
    if found.is_empty() {
        found = all.iter().filter(named).map(|api| api.id.clone()).collect();
    }
    found.sort_unstable();
    match found.as_slice() {
        [] => Ok(None),
        [id] => Ok(Some(id.clone())),
        ids => {
            let ids = ids.join(", ");
            let many = format!("more than one API matches `{name}`: {ids}; delete the unused ones");
            Err(Fault::new(Class::Refused, many))
        }
    }
}

pub(in super::super) struct Candidate {
    pub(in super::super) id: String,
    pub(in super::super) name: String,
    pub(in super::super) tags: BTreeMap<String, String>,
}

async fn candidates(cloud: &Cloud) -> Result<Vec<Candidate>, Fault> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = cloud.api.get_apis().max_results(PAGE).set_next_token(next.take());
        let page = request.send().await.fault("apigateway:GetApis")?;
        all.extend(page.items.unwrap_or_default().into_iter().map(|api| Candidate {
            id: api.api_id.unwrap_or_default(),
            name: api.name.unwrap_or_default(),
            tags: to_map(api.tags),
        }));
        next = page.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
}

async fn read(cloud: &Cloud, id: &str) -> Result<Option<HttpApiActual>, Fault> {
    let (api, integrations, routes, stages) = tokio::join!(
        cloud.api.get_api().api_id(id).send(),
        cloud.api.get_integrations().api_id(id).max_results(PAGE).send(),
        cloud.api.get_routes().api_id(id).max_results(PAGE).send(),
        cloud.api.get_stages().api_id(id).max_results(PAGE).send(),
    );
    let Some(api) = api.found("apigateway:GetApi", GONE)? else {
        return Ok(None);
    };
    let integrations = integrations.fault("apigateway:GetIntegrations")?.items.unwrap_or_default();
    let routes = routes.fault("apigateway:GetRoutes")?.items.unwrap_or_default();
    let stages = stages.fault("apigateway:GetStages")?.items.unwrap_or_default();
    Ok(Some(HttpApiActual {
        integrations: integrations.into_iter().map(Into::into).collect(),
        routes: routes.into_iter().map(Into::into).collect(),
        stages: stages.into_iter().map(Into::into).collect(),
        ..api.into()
    }))
}

fn to_map(tags: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().collect()
}

impl From<GetApiOutput> for HttpApiActual {
    fn from(api: GetApiOutput) -> Self {
        Self {
            id: api.api_id.unwrap_or_default(),
            endpoint: api.api_endpoint.unwrap_or_default(),
            tags: to_map(api.tags),
            name: api.name.unwrap_or_default(),
            description: api.description.unwrap_or_default(),
            reachable: !api.disable_execute_api_endpoint.unwrap_or_default(),
            cors: api.cors_configuration.is_some(),
            integrations: Vec::new(),
            routes: Vec::new(),
            stages: Vec::new(),
        }
    }
}
