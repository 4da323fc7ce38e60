//! Finds the distribution among those of the account, and reads it.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{Distribution as Described, Tags};
use reconcile::{Class, Fault};

use super::{Distribution, DistributionActual};
use crate::targets::aws::{Answer, Cloud};

const NO_DISTRIBUTION: &[&str] = &["NoSuchDistribution"];

impl Distribution {
    pub(super) async fn look(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
    ) -> Result<Option<DistributionActual>, Fault> {
        if let Some(id) = known_id {
            let there = read(cloud, id).await?;
            if there.is_none() {
                // One that was there a moment ago: only when it is not listed either is it gone.
                let what = format!("the distribution {id} was there, and is not found");
                *known_id = None;
                return Err(Fault::new(Class::Stale, what));
            }
            return Ok(there);
        }
        let Some(id) = self.by_comment(cloud).await? else {
            return Ok(None);
        };
        let there = read(cloud, &id).await?;
        *known_id = there.as_ref().map(|there| there.id.clone());
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
}

async fn read(cloud: &Cloud, id: &str) -> Result<Option<DistributionActual>, Fault> {
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
    Ok(DistributionActual::new(described, etag, plain(tags)))
}

impl DistributionActual {
    pub(super) fn new(described: Described, etag: String, tags: BTreeMap<String, String>) -> Option<Self> {
        let Described { id, arn, status, domain_name: domain, distribution_config, .. } = described;
        Some(Self { id, arn, domain, status, etag, config: distribution_config?, tags })
    }
}

fn plain(tags: Option<Tags>) -> BTreeMap<String, String> {
    let tags = tags.and_then(|tags| tags.items).unwrap_or_default();
    tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()
}
