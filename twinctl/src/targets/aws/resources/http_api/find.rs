//! Finds the API among those of the account, and reads all of it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigatewayv2::operation::get_api::GetApiOutput;
use reconcile::{Class, Fault, Ownership};

use super::{HttpApi, HttpApiActual};
use crate::targets::aws::{Answer, Cloud};

const GONE: &[&str] = &["NotFoundException"];
/// One page is enough for an API of ours; one that was filled by hand is cut off here, and found to differ anyway.
const PAGE: &str = "500";

impl HttpApi {
    pub(super) async fn look(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
    ) -> Result<Option<HttpApiActual>, Fault> {
        if let Some(id) = known_id {
            let actual = Box::pin(read(cloud, id)).await?;
            if actual.is_none() {
                // One that was there a moment ago: only when it is not listed either is it gone, or a second one would
                // be made beside it.
                let fault = Fault::new(Class::Stale, format!("the API {id} was there, and is not found"));
                *known_id = None;
                return Err(fault);
            }
            return Ok(actual);
        }
        let Some(id) = self.choose(&candidates(cloud).await?)? else {
            return Ok(None);
        };
        let actual = Box::pin(read(cloud, &id)).await?;
        if actual.is_some() {
            *known_id = Some(id);
        }
        Ok(actual)
    }

    /// Ours by its tags; else one with our name, which somebody else made.
    fn choose(&self, all: &[Candidate]) -> Result<Option<String>, Fault> {
        let ours = |api: &&Candidate| self.labels.ownership(&api.tags, "") == Ownership::Ours;
        let named = |api: &&Candidate| api.name == self.name;
        let mut found: Vec<_> = all.iter().filter(ours).map(|api| api.id.clone()).collect();
        if found.is_empty() {
            found = all.iter().filter(named).map(|api| api.id.clone()).collect();
        }
        found.sort_unstable();
        match found.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some(id.clone())),
            ids => {
                let (name, ids) = (&self.name, ids.join(", "));
                let many =
                    format!("more than one API could be `{name}`: {ids}; delete those that are not used");
                Err(Fault::new(Class::Refused, many))
            }
        }
    }
}

struct Candidate {
    id: String,
    name: String,
    tags: BTreeMap<String, String>,
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
            tags: sorted(api.tags),
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

fn sorted(tags: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().collect()
}

impl From<GetApiOutput> for HttpApiActual {
    fn from(api: GetApiOutput) -> Self {
        Self {
            id: api.api_id.unwrap_or_default(),
            endpoint: api.api_endpoint.unwrap_or_default(),
            tags: sorted(api.tags),
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
