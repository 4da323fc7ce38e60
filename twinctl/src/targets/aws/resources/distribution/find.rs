//! Implements `observe`: finds the distribution by its comment and reads it.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{Distribution as Described, Origins};
use reconcile::{Class, Fault};

use super::{
    super::{
        cloudfront::{distributions, of_environment, tag_map},
        existing,
    },
    DEPLOYED, Distribution, DistributionActual,
    behavior::{API, STREAM},
    summary::origin_secret,
};
use crate::targets::{
    aws::{Cloud, SdkResult},
    record::OriginSecret,
};

const NO_DISTRIBUTION: &[&str] = &["NoSuchDistribution"];

impl Distribution {
    pub(super) async fn find(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
    ) -> Result<Option<DistributionActual>, Fault> {
        if let Some(id) = known_id {
            let found = read(cloud, id).await?;
            return existing(found, known_id, self.recorded_id.as_deref(), "distribution");
        }
        let Some(id) = self.find_id(cloud).await? else {
            return Ok(None);
        };
        let existing = read(cloud, &id).await?;
        *known_id = existing.as_ref().map(|existing| existing.id.clone());
        Ok(existing)
    }

    async fn find_id(&self, cloud: &Cloud) -> Result<Option<String>, Fault> {
        let comment = self.comment();
        let all = distributions(cloud).await?;
        match of_environment(&all, &comment, self.web_bucket.as_deref()).as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.id.clone())),
            many => {
                let ids = many.iter().map(|each| each.id.as_str()).collect::<Vec<_>>().join(", ");
                let shared = match &self.web_bucket {
                    Some(bucket) if many[0].comment != comment => format!("serves the bucket `{bucket}`"),
                    _ => format!("has the comment `{comment}`"),
                };
                Err(Fault::new(
                    Class::Refused,
                    format!("more than one distribution {shared}: {ids}; keep one"),
                ))
            }
        }
    }
}

pub(super) async fn read(cloud: &Cloud, id: &str) -> Result<Option<DistributionActual>, Fault> {
    let arn = format!("arn:aws:cloudfront::{}:distribution/{id}", cloud.account);
    let (response, tags) = tokio::join!(
        cloud.cloudfront.get_distribution().id(id).send(),
        cloud.cloudfront.list_tags_for_resource().resource(&arn).send(),
    );
    let response = response.found("cloudfront:GetDistribution", NO_DISTRIBUTION)?;
    let Some((described, etag)) =
        response.and_then(|response| Some((response.distribution?, response.e_tag?)))
    else {
        return Ok(None);
    };
    let tags = tags.fault("cloudfront:ListTagsForResource")?.tags;
    Ok(DistributionActual::new(described, etag, tag_map(tags)))
}

impl DistributionActual {
    pub(super) fn new(described: Described, etag: String, tags: BTreeMap<String, String>) -> Option<Self> {
        let Described { id, arn, status, domain_name: domain, distribution_config, .. } = described;
        Some(Self { id, arn, domain, status, etag, config: distribution_config?, tags })
    }
}

/// Returns whether all edge locations of a distribution send this origin secret. A stale read still has the old one.
pub async fn sends_everywhere(cloud: &Cloud, id: &str, secret: &OriginSecret) -> Result<bool, Fault> {
    let actual = read(cloud, id).await?;
    Ok(actual.is_some_and(|actual| {
        let sent = [API, STREAM].into_iter().filter_map(|origin| origin_secret(&actual.config, origin));
        let sent: Vec<_> = sent.collect();
        actual.status == DEPLOYED && !sent.is_empty() && sent.iter().all(|sent| *sent == secret.as_str())
    }))
}

impl Distribution {
    /// Returns whether an edge location may still send requests to the stream API. A stale read still has its origin.
    pub(in super::super) async fn streams_anywhere(&self, cloud: &Cloud) -> Result<bool, Fault> {
        Ok(self.current(cloud).await?.is_some_and(|actual| {
            actual.config.enabled && (has_stream(&actual) || actual.status != DEPLOYED)
        }))
    }

    /// Returns whether all edge locations send the requests of the page to the stream API. A stale read does not have its
    /// origin yet.
    pub(in super::super) async fn streams_everywhere(&self, cloud: &Cloud) -> Result<bool, Fault> {
        let streams = |actual: DistributionActual| has_stream(&actual) && actual.status == DEPLOYED;
        Ok(self.current(cloud).await?.is_some_and(streams))
    }

    /// Reads the distribution for another resource.
    async fn current(&self, cloud: &Cloud) -> Result<Option<DistributionActual>, Fault> {
        let mut known_id = self.recorded_id.clone();
        match self.find(cloud, &mut known_id).await {
            // The recorded distribution does not exist any more, but another one may.
            Err(_) if self.recorded_id.is_some() && known_id.is_none() => self.find(cloud, &mut None).await,
            found => found,
        }
    }
}

fn has_stream(actual: &DistributionActual) -> bool {
    actual.config.origins.iter().flat_map(Origins::items).any(|origin| origin.id == STREAM)
}
