//! `eject`: describes the resources of an environment as a Terraform configuration that imports them. Only reads.
//!
//! Every value is what AWS returns, and not what the environment file says, so that `terraform plan` finds nothing to change.

mod alarms;
mod api;
mod budget;
mod domain;
mod files;
mod function;
mod hcl;
mod headers;
mod lifecycle;
mod page;
mod storage;

use std::collections::BTreeSet;

use reconcile::Fault;

use super::{Cloud, lock_table, names::Names, resources::route53::Zones};
use crate::{targets::record::Feature, ui::counted};

pub(crate) use files::{Configuration, files};
pub(crate) use hcl::Resource;

/// The parts of an environment that not every environment has, and the IDs that AWS assigned.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) api: String,
    pub(crate) stream_api: Option<String>,
    pub(crate) distribution: String,
    pub(crate) features: BTreeSet<Feature>,
    pub(crate) has_key: bool,
    /// The zones of the DNS records, if they are in Route 53.
    pub(crate) zones: Option<Zones>,
}

/// Reads an environment.
pub(crate) async fn configuration(
    cloud: &Cloud,
    names: &Names,
    parts: &Parts,
) -> Result<Configuration, Fault> {
    let (storage, function, api, page, (alarms, unconfirmed), budget) = tokio::try_join!(
        Box::pin(storage(cloud, names, parts)),
        Box::pin(function(cloud, names, parts)),
        Box::pin(api(cloud, names, parts)),
        Box::pin(page::page(cloud, &parts.distribution)),
        Box::pin(alarms(cloud, names, parts)),
        Box::pin(budget(cloud, names, parts)),
    )?;
    let (mut domain, mut has_certificate) = (Vec::new(), false);
    if let Some(arn) = &page.certificate_arn {
        let (certificate, validations) = domain::certificate(cloud, arn).await?;
        has_certificate = true;
        domain.push(certificate);
        if let Some(zones) = &parts.zones {
            domain.extend(domain::records(cloud, zones, &page.hostnames, &validations).await?);
        }
    }
    let groups = vec![
        ("storage", storage),
        ("function", function),
        ("api", api),
        ("page", page.resources),
        ("alarms", alarms),
        ("budget", budget),
        ("domain", domain),
    ];
    Ok(Configuration {
        groups,
        outside: [outside(names, parts, has_certificate, unconfirmed), page.missing].concat(),
        account: names.account.clone(),
        region: names.region.clone(),
        code: page.code,
        origin_secret: page.origin_secret,
        has_certificate,
    })
}

async fn storage(cloud: &Cloud, names: &Names, parts: &Parts) -> Result<Vec<Resource>, Fault> {
    let (memory, data, web) = tokio::try_join!(
        storage::bucket(cloud, "memory", &names.memory_bucket),
        storage::bucket(cloud, "data", &names.data_bucket),
        storage::bucket(cloud, "web", &names.web_bucket),
    )?;
    let usage = if parts.features.contains(&Feature::Budget) {
        storage::usage_table(cloud, &names.usage_table, &names.usage_table_arn()).await?
    } else {
        None
    };
    Ok([memory, data, web].into_iter().flatten().chain(usage).collect())
}

async fn function(cloud: &Cloud, names: &Names, parts: &Parts) -> Result<Vec<Resource>, Fault> {
    let access = names.access_log_group();
    let access_arn = names.arn_of_log_group(&access);
    let (logs, access, role, function) = tokio::try_join!(
        function::log_group(cloud, "function", &names.log_group, names.log_group_arn()),
        function::log_group(cloud, "access", &access, access_arn),
        Box::pin(function::role(cloud, &names.role)),
        Box::pin(function::function(cloud, names)),
    )?;
    let key = if parts.has_key { function::secret(cloud, &names.secret).await? } else { None };
    Ok(logs.into_iter().chain(access).chain(key).chain(role).chain(function).collect())
}

async fn api(cloud: &Cloud, names: &Names, parts: &Parts) -> Result<Vec<Resource>, Fault> {
    let mut api = Box::pin(api::http_api(cloud, &parts.api)).await?;
    if let Some(id) = &parts.stream_api {
        api.extend(api::stream_api(cloud, names, id).await?);
    }
    Ok(api)
}

async fn alarms(cloud: &Cloud, names: &Names, parts: &Parts) -> Result<(Vec<Resource>, usize), Fault> {
    if !parts.features.contains(&Feature::Alarms) {
        return Ok((Vec::new(), 0));
    }
    let ((topic, unconfirmed), alarms) =
        tokio::try_join!(alarms::topic(cloud, names), alarms::alarms(cloud, names))?;
    Ok((topic.into_iter().chain(alarms).collect(), unconfirmed))
}

async fn budget(cloud: &Cloud, names: &Names, parts: &Parts) -> Result<Vec<Resource>, Fault> {
    if !parts.features.contains(&Feature::CostBudget) {
        return Ok(Vec::new());
    }
    budget::cost_budget(cloud, names).await.map(|budget| vec![budget])
}

/// Lists what the configuration does not describe.
fn outside(names: &Names, parts: &Parts, has_certificate: bool, unconfirmed: usize) -> Vec<String> {
    let Names { memory_bucket, data_bucket, web_bucket, function, secret, region, .. } = names;
    let always = [
        format!(
            "conversations in `{memory_bucket}`, data files in `{data_bucket}`, and the page in `{web_bucket}`: they stay where they are"
        ),
        format!(
            "the code of the function: save it as `function.zip` before you change the function with Terraform: curl -o function.zip \"$(aws lambda get-function --function-name {function} --qualifier live --region {region} --query Code.Location --output text)\""
        ),
        format!(
            "the record of `{}` in the table `{}`, which only twinctl uses",
            names.environment,
            lock_table::TABLE
        ),
        "roles and policies of `twinctl ci setup`: `twinctl ci remove` deletes them".to_owned(),
    ];
    let key = parts.has_key.then(|| format!("the value of the secret `{secret}`"));
    let zone = (has_certificate && parts.zones.is_some()).then(|| "the hosted zone of the domain".to_owned());
    let manual = (has_certificate && parts.zones.is_none())
        .then(|| "the DNS records of the domain, which are at another DNS host".to_owned());
    let unconfirmed = (unconfirmed > 0).then(|| {
        format!("{}, which Terraform cannot import", counted(unconfirmed, "unconfirmed subscription"))
    });
    always.into_iter().chain(key).chain(zone).chain(manual).chain(unconfirmed).collect()
}
