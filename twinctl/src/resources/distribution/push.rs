//! Brings the distribution to what it should be: its parts first, side by side, for it is made from them.

use aws_sdk_cloudfront::types::{
    DistributionConfigWithTags, FunctionConfig, FunctionRuntime, FunctionStage, OriginAccessControlConfig,
    OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors, OriginAccessControlSigningProtocols,
    Tag, TagKeys, Tags,
};
use aws_smithy_types::Blob;
use reconcile::{Class, Fault};

use super::{
    Distribution, DistributionActual, DistributionDesired,
    actual::{AccessActual, FunctionActual, HeadersActual, ThereActual},
    compare::SIGNING,
    config::built,
    headers, paths,
};
use crate::aws::{Answer, Cloud};

impl Distribution {
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        desired: &DistributionDesired,
        before: DistributionActual,
    ) -> Result<DistributionActual, Fault> {
        let DistributionActual { access, function, headers, there } = before;
        // Joined, not tried: what was sent is answered before anything else happens.
        let (access, function, headers) = tokio::join!(
            self.push_access(cloud, access),
            self.push_function(cloud, desired, function),
            self.push_headers(cloud, desired, headers),
        );
        let (access, function, headers) = (Some(access?), Some(function?), Some(headers?));
        let mut now = DistributionActual { access, function, headers, there };
        now.there = Some(self.push_distribution(cloud, desired, &now).await?);
        Ok(now)
    }

    async fn push_access(&self, cloud: &Cloud, there: Option<AccessActual>) -> Result<AccessActual, Fault> {
        let comment = self.comment();
        let config = OriginAccessControlConfig::builder()
            .name(&self.marker)
            .description(&comment)
            .origin_access_control_origin_type(OriginAccessControlOriginTypes::S3)
            .signing_behavior(OriginAccessControlSigningBehaviors::Always)
            .signing_protocol(OriginAccessControlSigningProtocols::Sigv4);
        let config = built(config.build());
        let wanted = |id| AccessActual { id, comment: comment.clone(), signing: SIGNING.to_owned() };
        let client = &cloud.cloudfront;
        let Some(there) = there else {
            let request = client.create_origin_access_control().origin_access_control_config(config);
            let made = request.send().await.fault("cloudfront:CreateOriginAccessControl")?;
            return made.origin_access_control.map(|made| wanted(made.id)).ok_or_else(empty);
        };
        let wanted = wanted(there.id.clone());
        if there != wanted {
            let etag = client.get_origin_access_control().id(&there.id).send().await;
            let etag = etag.fault("cloudfront:GetOriginAccessControl")?.e_tag;
            let request = client.update_origin_access_control().id(&there.id).set_if_match(etag);
            let request = request.origin_access_control_config(config);
            request.send().await.fault("cloudfront:UpdateOriginAccessControl")?;
        }
        Ok(wanted)
    }

    /// Written, then published: what is only written runs nowhere.
    async fn push_function(
        &self,
        cloud: &Cloud,
        desired: &DistributionDesired,
        there: Option<FunctionActual>,
    ) -> Result<FunctionActual, Fault> {
        let (name, code, comment) = (self.function_name(), paths::code(&desired.paths), self.comment());
        let config = FunctionConfig::builder().comment(&comment).runtime(FunctionRuntime::CloudfrontJs20);
        let config = built(config.build());
        let runtime = FunctionRuntime::CloudfrontJs20.to_string();
        let wanted = |etag| FunctionActual { etag, comment, runtime, live: Some(code.clone()) };
        let client = &cloud.cloudfront;
        let etag = match there {
            Some(there) if there == wanted.clone()(there.etag.clone()) => return Ok(there),
            Some(there) => {
                let request = client.update_function().name(&name).if_match(there.etag);
                let request = request.function_config(config).function_code(Blob::new(code.as_bytes()));
                let updated = request.send().await.fault("cloudfront:UpdateFunction")?;
                // AWS's model looks for this one tag in a header called `ETtag`.
                if updated.e_tag.is_some() { updated.e_tag } else { written(cloud, &name).await? }
            }
            None => {
                let request = client.create_function().name(&name).function_config(config);
                let request = request.function_code(Blob::new(code.as_bytes()));
                request.send().await.fault("cloudfront:CreateFunction")?.e_tag
            }
        };
        let etag = etag.ok_or_else(empty)?;
        let published = client.publish_function().name(&name).if_match(&etag).send().await;
        published.fault("cloudfront:PublishFunction")?;
        Ok(wanted(etag))
    }

    async fn push_headers(
        &self,
        cloud: &Cloud,
        desired: &DistributionDesired,
        there: Option<HeadersActual>,
    ) -> Result<HeadersActual, Fault> {
        let comment = self.comment();
        let config = headers::policy(&self.marker, &comment, desired);
        let facts = headers::facts(&config);
        let client = &cloud.cloudfront;
        let Some(there) = there else {
            let request = client.create_response_headers_policy().response_headers_policy_config(config);
            let made = request.send().await.fault("cloudfront:CreateResponseHeadersPolicy")?;
            let id = made.response_headers_policy.ok_or_else(empty)?.id;
            return Ok(HeadersActual { id, comment, headers: facts });
        };
        let wanted = HeadersActual { id: there.id.clone(), comment, headers: facts };
        if there != wanted {
            let etag = client.get_response_headers_policy().id(&there.id).send().await;
            let etag = etag.fault("cloudfront:GetResponseHeadersPolicy")?.e_tag;
            let request = client.update_response_headers_policy().id(&there.id).set_if_match(etag);
            let request = request.response_headers_policy_config(config);
            request.send().await.fault("cloudfront:UpdateResponseHeadersPolicy")?;
        }
        Ok(wanted)
    }

    async fn push_distribution(
        &self,
        cloud: &Cloud,
        desired: &DistributionDesired,
        now: &DistributionActual,
    ) -> Result<ThereActual, Fault> {
        let access_id = now.access.as_ref().map(|access| access.id.as_str());
        let headers_id = now.headers.as_ref().map(|headers| headers.id.as_str());
        let blueprint = self.blueprint(desired, &cloud.account, access_id, headers_id);
        let client = &cloud.cloudfront;
        let Some(there) = now.there.clone() else {
            let config = DistributionConfigWithTags::builder().distribution_config(blueprint.fresh());
            let config = config.tags(self.tags()).build();
            let request = client.create_distribution_with_tags().distribution_config_with_tags(config);
            let made = request.send().await.fault("cloudfront:CreateDistributionWithTags")?;
            let (described, etag) = made.distribution.zip(made.e_tag).ok_or_else(empty)?;
            self.remember(Some(&described.id));
            return ThereActual::new(described, etag, self.labels.to_map()).ok_or_else(empty);
        };
        self.push_tags(cloud, &there).await?;
        if self.same(desired, now) {
            return Ok(ThereActual { tags: self.labels.to_map(), ..there });
        }
        let request = client.update_distribution().id(&there.id).if_match(&there.etag);
        let request = request.distribution_config(blueprint.laid_over(there.config));
        let updated = request.send().await.fault("cloudfront:UpdateDistribution")?;
        let (described, etag) = updated.distribution.zip(updated.e_tag).ok_or_else(empty)?;
        ThereActual::new(described, etag, self.labels.to_map()).ok_or_else(empty)
    }

    async fn push_tags(&self, cloud: &Cloud, there: &ThereActual) -> Result<(), Fault> {
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

/// The tag of the function as it was written last.
async fn written(cloud: &Cloud, name: &str) -> Result<Option<String>, Fault> {
    let request = cloud.cloudfront.describe_function().name(name).stage(FunctionStage::Development);
    Ok(request.send().await.fault("cloudfront:DescribeFunction")?.e_tag)
}

fn empty() -> Fault {
    Fault::new(Class::Stale, "CloudFront's answer lacks what was made")
}
