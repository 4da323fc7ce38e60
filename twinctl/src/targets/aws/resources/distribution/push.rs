//! Implements `converge` and `delete`. One call writes everything but the tags.

use aws_sdk_cloudfront::types::{DistributionConfigWithTags, TagKeys};
use reconcile::{Class, Fault, Removed};

use super::{
    super::{
        cloudfront::{incomplete, tags},
        forget_deleted,
    },
    DEPLOYED, Distribution, DistributionActual, DistributionDesired, deploying,
};
use crate::{
    targets::aws::{Cloud, SdkResult},
    ui::LastingError,
};

const MISSING: &[&str] = &["NoSuchDistribution"];

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
        let Some(existing) = actual else {
            let config = DistributionConfigWithTags::builder().distribution_config(blueprint.new_config());
            let config = config.tags(tags(self.labels.iter())).build();
            let request = client.create_distribution_with_tags().distribution_config_with_tags(config);
            let created = request.send().await.fault("cloudfront:CreateDistributionWithTags")?;
            let (described, etag) = created.distribution.zip(created.e_tag).ok_or_else(incomplete)?;
            *known_id = Some(described.id.clone());
            return DistributionActual::new(described, etag, self.labels.to_map()).ok_or_else(incomplete);
        };
        self.push_tags(cloud, &existing).await?;
        if self.is_up_to_date(desired, &existing) {
            return Ok(DistributionActual { tags: self.labels.to_map(), ..existing });
        }
        let request = client.update_distribution().id(&existing.id).if_match(&existing.etag);
        let request = request.distribution_config(blueprint.apply_to(existing.config));
        let updated = request.send().await.fault("cloudfront:UpdateDistribution")?;
        let (described, etag) = updated.distribution.zip(updated.e_tag).ok_or_else(incomplete)?;
        DistributionActual::new(described, etag, self.labels.to_map()).ok_or_else(incomplete)
    }

    async fn push_tags(&self, cloud: &Cloud, existing: &DistributionActual) -> Result<(), Fault> {
        let client = &cloud.cloudfront;
        let tag = async |missing: Vec<(String, String)>| {
            let tag = client.tag_resource().resource(&existing.arn).tags(tags(missing));
            tag.send().await.fault("cloudfront:TagResource")
        };
        let untag = async |keys| {
            let keys = TagKeys::builder().set_items(Some(keys)).build();
            let untag = client.untag_resource().resource(&existing.arn).tag_keys(keys);
            untag.send().await.fault("cloudfront:UntagResource")
        };
        self.labels.write(&existing.tags, tag, untag).await
    }

    /// Makes one step of the deletion, which takes minutes: disables the distribution, waits until it is disabled
    /// everywhere, and deletes it.
    pub(super) async fn remove(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
        actual: &DistributionActual,
    ) -> Result<Removed, Fault> {
        if actual.config.enabled {
            disable(cloud, actual).await?;
            return Ok(Removed::Observe);
        }
        if actual.status != DEPLOYED {
            return Ok(Removed::Waiting(deploying()));
        }
        let request = cloud.cloudfront.delete_distribution().id(&actual.id).if_match(&actual.etag);
        let deleted = request.send().await.done("cloudfront:DeleteDistribution", MISSING);
        forget_deleted(deleted, known_id).map_err(|fault| explained(fault, actual))?;
        Ok(Removed::Done)
    }
}

/// Adds a hint to the refusal to delete a distribution with a web ACL. The API does not report flat-rate pricing plans, but
/// each of them attaches one.
fn explained(fault: Fault, actual: &DistributionActual) -> Fault {
    if fault.class != Class::Refused || actual.web_acl().is_none() {
        return fault;
    }
    let hint = "if the distribution has a CloudFront flat-rate plan, cancel the plan in the CloudFront console; the distribution \
                can be deleted after the end of the billing cycle";
    Fault::new(Class::Refused, LastingError { message: fault.to_string(), hint: hint.into() })
}

async fn disable(cloud: &Cloud, actual: &DistributionActual) -> Result<(), Fault> {
    let mut config = actual.config.clone();
    config.enabled = false;
    let request = cloud.cloudfront.update_distribution().id(&actual.id).if_match(&actual.etag);
    request.distribution_config(config).send().await.done("cloudfront:UpdateDistribution", MISSING)
}
