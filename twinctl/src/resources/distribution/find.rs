//! Finds the distribution and its parts, and reads all of them at once.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{Distribution as Described, FunctionStage, ResponseHeadersPolicyType, Tags};
use reconcile::{Class, Fault};

use super::{
    Distribution, DistributionActual,
    actual::{AccessActual, FunctionActual, HeadersActual, ThereActual},
};
use crate::aws::{Answer, Cloud};

const NO_DISTRIBUTION: &[&str] = &["NoSuchDistribution"];
const NO_FUNCTION: &[&str] = &["NoSuchFunctionExists"];

impl Distribution {
    pub(super) async fn look(&self, cloud: &Cloud) -> Result<Option<DistributionActual>, Fault> {
        let (there, access, function, headers) =
            tokio::join!(self.there(cloud), self.access(cloud), self.function(cloud), self.headers(cloud));
        let actual =
            DistributionActual { there: there?, access: access?, function: function?, headers: headers? };
        Ok(actual.or_none())
    }

    async fn there(&self, cloud: &Cloud) -> Result<Option<ThereActual>, Fault> {
        if let Some(id) = self.known() {
            let there = read(cloud, &id).await?;
            if there.is_none() {
                // One that was there a moment ago: only when it is not listed either is it gone.
                self.remember(None);
                return Err(Fault::new(
                    Class::Stale,
                    format!("the distribution {id} was there, and is not found"),
                ));
            }
            return Ok(there);
        }
        let Some(id) = self.by_comment(cloud).await? else {
            return Ok(None);
        };
        let there = read(cloud, &id).await?;
        self.remember(there.as_ref().map(|there| there.id.as_str()));
        Ok(there)
    }

    async fn by_comment(&self, cloud: &Cloud) -> Result<Option<String>, Fault> {
        let comment = self.comment();
        let mut ids = Vec::new();
        let mut marker = None;
        loop {
            let page = cloud.cloudfront.list_distributions().set_marker(marker.take()).send().await;
            let Some(page) = page.fault("cloudfront:ListDistributions")?.distribution_list else {
                break;
            };
            let ours = page.items().iter().filter(|each| each.comment == comment);
            ids.extend(ours.map(|each| each.id.clone()));
            marker = page.next_marker.filter(|next| page.is_truncated && !next.is_empty());
            if marker.is_none() {
                break;
            }
        }
        match ids.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some(id.clone())),
            ids => {
                let ids = ids.join(", ");
                let many = format!("more than one distribution has the comment `{comment}`: {ids}; keep one");
                Err(Fault::new(Class::Refused, many))
            }
        }
    }

    async fn access(&self, cloud: &Cloud) -> Result<Option<AccessActual>, Fault> {
        let mut marker = None;
        loop {
            let page = cloud.cloudfront.list_origin_access_controls().set_marker(marker.take()).send().await;
            let page = page.fault("cloudfront:ListOriginAccessControls")?.origin_access_control_list;
            let Some(page) = page else {
                return Ok(None);
            };
            marker = page.next_marker.filter(|next| page.is_truncated && !next.is_empty());
            let ours = page.items.into_iter().flatten().find(|each| each.name == self.marker);
            if ours.is_some() || marker.is_none() {
                return Ok(ours.map(Into::into));
            }
        }
    }

    async fn headers(&self, cloud: &Cloud) -> Result<Option<HeadersActual>, Fault> {
        let mut marker = None;
        loop {
            let request = cloud.cloudfront.list_response_headers_policies();
            let request = request.r#type(ResponseHeadersPolicyType::Custom).set_marker(marker.take());
            let page = request.send().await.fault("cloudfront:ListResponseHeadersPolicies")?;
            let Some(page) = page.response_headers_policy_list else {
                return Ok(None);
            };
            marker = page.next_marker.filter(|next| !next.is_empty());
            let policies = page.items.into_iter().flatten().filter_map(|each| each.response_headers_policy);
            let named =
                |config: &aws_sdk_cloudfront::types::ResponseHeadersPolicyConfig| config.name == self.marker;
            let ours = policies
                .into_iter()
                .find(|policy| policy.response_headers_policy_config.as_ref().is_some_and(named));
            if ours.is_some() || marker.is_none() {
                return Ok(ours.map(Into::into));
            }
        }
    }

    async fn function(&self, cloud: &Cloud) -> Result<Option<FunctionActual>, Fault> {
        let name = self.function_name();
        let describe = cloud.cloudfront.describe_function().name(&name).stage(FunctionStage::Development);
        let live = cloud.cloudfront.get_function().name(&name).stage(FunctionStage::Live);
        let (described, live) = tokio::join!(describe.send(), live.send());
        let described = described.found("cloudfront:DescribeFunction", NO_FUNCTION)?;
        let live = live.found("cloudfront:GetFunction", NO_FUNCTION)?;
        let code = live.and_then(|live| live.function_code);
        let Some(described) = described else {
            return Ok(None);
        };
        let config = described.function_summary.and_then(|summary| summary.function_config);
        let (comment, runtime) =
            config.map(|config| (config.comment, config.runtime.to_string())).unwrap_or_default();
        Ok(Some(FunctionActual {
            etag: described.e_tag.unwrap_or_default(),
            comment,
            runtime,
            live: code.map(|code| String::from_utf8_lossy(code.as_ref()).into_owned()),
        }))
    }
}

async fn read(cloud: &Cloud, id: &str) -> Result<Option<ThereActual>, Fault> {
    let arn = format!("arn:aws:cloudfront::{}:distribution/{id}", cloud.account);
    let (answer, tags) = tokio::join!(
        cloud.cloudfront.get_distribution().id(id).send(),
        cloud.cloudfront.list_tags_for_resource().resource(&arn).send(),
    );
    let answer = answer.found("cloudfront:GetDistribution", NO_DISTRIBUTION)?;
    let Some((described, etag)) = answer.and_then(|answer| Some((answer.distribution?, answer.e_tag?)))
    else {
        return Ok(None);
    };
    let tags = tags.fault("cloudfront:ListTagsForResource")?.tags;
    Ok(ThereActual::new(described, etag, plain(tags)))
}

impl ThereActual {
    pub(super) fn new(described: Described, etag: String, tags: BTreeMap<String, String>) -> Option<Self> {
        let Described { id, arn, status, domain_name: domain, distribution_config, .. } = described;
        Some(Self { id, arn, domain, status, etag, config: distribution_config?, tags })
    }
}

fn plain(tags: Option<Tags>) -> BTreeMap<String, String> {
    let tags = tags.and_then(|tags| tags.items).unwrap_or_default();
    tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()
}
