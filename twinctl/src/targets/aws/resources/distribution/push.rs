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
            let config = config.tags(tags(self.labels.iter())).build();
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
        let tag = async |missing: Vec<(String, String)>| {
            let tag = client.tag_resource().resource(&there.arn).tags(tags(missing));
            tag.send().await.fault("cloudfront:TagResource")
        };
        let untag = async |keys| {
            let keys = TagKeys::builder().set_items(Some(keys)).build();
            let untag = client.untag_resource().resource(&there.arn).tag_keys(keys);
            untag.send().await.fault("cloudfront:UntagResource")
        };
        self.labels.write(&there.tags, tag, untag).await
    }
}

fn tags<T: Into<String>>(tags: impl IntoIterator<Item = (T, T)>) -> Tags {
    let tags = tags.into_iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build()));
    Tags::builder().set_items(Some(tags.collect())).build()
}
