//! Brings the distribution to what it should be: one write holds all of it but the tags.

use aws_sdk_cloudfront::types::{DistributionConfigWithTags, Tag, TagKeys, Tags};
use reconcile::Fault;

use super::{
    super::cloudfront::{built, empty},
    Distribution, DistributionActual, DistributionDesired,
};
use crate::targets::aws::{Answer, Cloud};

impl Distribution {
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
        desired: &DistributionDesired,
        actual: Option<DistributionActual>,
    ) -> Result<DistributionActual, Fault> {
        let blueprint = self.blueprint(desired, &cloud.account);
        let client = &cloud.cloudfront;
        let Some(there) = actual else {
            let config = DistributionConfigWithTags::builder().distribution_config(blueprint.fresh());
            let config = config.tags(self.tags()).build();
            let request = client.create_distribution_with_tags().distribution_config_with_tags(config);
            let made = request.send().await.fault("cloudfront:CreateDistributionWithTags")?;
            let (described, etag) = made.distribution.zip(made.e_tag).ok_or_else(empty)?;
            *known_id = Some(described.id.clone());
            return DistributionActual::new(described, etag, self.labels.to_map()).ok_or_else(empty);
        };
        self.push_tags(cloud, &there).await?;
        if self.same(desired, &there) {
            return Ok(DistributionActual { tags: self.labels.to_map(), ..there });
        }
        let request = client.update_distribution().id(&there.id).if_match(&there.etag);
        let request = request.distribution_config(blueprint.laid_over(there.config));
        let updated = request.send().await.fault("cloudfront:UpdateDistribution")?;
        let (described, etag) = updated.distribution.zip(updated.e_tag).ok_or_else(empty)?;
        DistributionActual::new(described, etag, self.labels.to_map()).ok_or_else(empty)
    }

    async fn push_tags(&self, cloud: &Cloud, there: &DistributionActual) -> Result<(), Fault> {
        let client = &cloud.cloudfront;
        let differs = |(key, value): (&str, &str)| there.tags.get(key).is_none_or(|is| is != value);
        if self.labels.iter().any(differs) {
            let request = client.tag_resource().resource(&there.arn).tags(self.tags());
            request.send().await.fault("cloudfront:TagResource")?;
        }
        let superfluous = self.labels.superfluous(&there.tags);
        if !superfluous.is_empty() {
            let keys = TagKeys::builder().set_items(Some(superfluous)).build();
            let request = client.untag_resource().resource(&there.arn).tag_keys(keys);
            request.send().await.fault("cloudfront:UntagResource")?;
        }
        Ok(())
    }

    fn tags(&self) -> Tags {
        let tag = |(key, value): (&str, &str)| built(Tag::builder().key(key).value(value).build());
        Tags::builder().set_items(Some(self.labels.iter().map(tag).collect())).build()
    }
}
