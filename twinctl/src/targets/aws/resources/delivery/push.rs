//! Implements `converge`: creates or updates the parts concurrently.

use aws_sdk_cloudfront::types::{
    FunctionConfig, FunctionRuntime, FunctionStage, OriginAccessControlConfig,
    OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors, OriginAccessControlSigningProtocols,
};
use aws_smithy_types::Blob;
use reconcile::Fault;

use super::{
    super::cloudfront::{built, incomplete},
    Delivery, DeliveryActual, DeliveryDesired, SIGNING,
    actual::{AccessActual, FunctionActual, HeadersActual},
    headers, paths,
};
use crate::targets::aws::{Cloud, SdkResult};

impl Delivery {
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        desired: &DeliveryDesired,
        before: DeliveryActual,
    ) -> Result<DeliveryActual, Fault> {
        let DeliveryActual { access, function, headers } = before;
        // `join!`, because `try_join!` would cancel the other calls after a failure.
        let (access, function, headers) = tokio::join!(
            self.push_access(cloud, access),
            self.push_function(cloud, desired, function),
            self.push_headers(cloud, desired, headers),
        );
        Ok(DeliveryActual { access: Some(access?), function: Some(function?), headers: Some(headers?) })
    }

    async fn push_access(
        &self,
        cloud: &Cloud,
        existing: Option<AccessActual>,
    ) -> Result<AccessActual, Fault> {
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
        let Some(existing) = existing else {
            let request = client.create_origin_access_control().origin_access_control_config(config);
            let created = request.send().await.fault("cloudfront:CreateOriginAccessControl")?;
            return created.origin_access_control.map(|created| wanted(created.id)).ok_or_else(incomplete);
        };
        let wanted = wanted(existing.id.clone());
        if existing != wanted {
            let etag = client.get_origin_access_control().id(&existing.id).send().await;
            let etag = etag.fault("cloudfront:GetOriginAccessControl")?.e_tag;
            let request = client.update_origin_access_control().id(&existing.id).set_if_match(etag);
            let request = request.origin_access_control_config(config);
            request.send().await.fault("cloudfront:UpdateOriginAccessControl")?;
        }
        Ok(wanted)
    }

    /// Writes the function, then publishes it, because only the published function runs.
    async fn push_function(
        &self,
        cloud: &Cloud,
        desired: &DeliveryDesired,
        existing: Option<FunctionActual>,
    ) -> Result<FunctionActual, Fault> {
        let (name, code, comment) =
            (self.function_name(), paths::code(&desired.paths, desired.redirect.as_ref()), self.comment());
        let config = FunctionConfig::builder().comment(&comment).runtime(FunctionRuntime::CloudfrontJs20);
        let config = built(config.build());
        let runtime = FunctionRuntime::CloudfrontJs20.to_string();
        let wanted = |etag| FunctionActual { etag, comment, runtime, live: Some(code.clone()) };
        let client = &cloud.cloudfront;
        let etag = match existing {
            Some(existing) if existing == wanted.clone()(existing.etag.clone()) => return Ok(existing),
            Some(existing) => {
                let request = client.update_function().name(&name).if_match(existing.etag);
                let request = request.function_config(config).function_code(Blob::new(code.as_bytes()));
                let updated = request.send().await.fault("cloudfront:UpdateFunction")?;
                // The SDK reads this ETag from a header that is misspelled as `ETtag` in AWS's model, so it is
                // missing.
                if updated.e_tag.is_some() { updated.e_tag } else { development_etag(cloud, &name).await? }
            }
            None => {
                let request = client.create_function().name(&name).function_config(config);
                let request = request.function_code(Blob::new(code.as_bytes()));
                request.send().await.fault("cloudfront:CreateFunction")?.e_tag
            }
        };
        let etag = etag.ok_or_else(incomplete)?;
        let published = client.publish_function().name(&name).if_match(&etag).send().await;
        published.fault("cloudfront:PublishFunction")?;
        Ok(wanted(etag))
    }

    async fn push_headers(
        &self,
        cloud: &Cloud,
        desired: &DeliveryDesired,
        existing: Option<HeadersActual>,
    ) -> Result<HeadersActual, Fault> {
        let comment = self.comment();
        let config = self.headers_policy(desired);
        let headers = headers::summarize(&config);
        let client = &cloud.cloudfront;
        let Some(existing) = existing else {
            let request = client.create_response_headers_policy().response_headers_policy_config(config);
            let created = request.send().await.fault("cloudfront:CreateResponseHeadersPolicy")?;
            let id = created.response_headers_policy.ok_or_else(incomplete)?.id;
            return Ok(HeadersActual { id, comment, headers });
        };
        let wanted = HeadersActual { id: existing.id.clone(), comment, headers };
        if existing != wanted {
            let etag = client.get_response_headers_policy().id(&existing.id).send().await;
            let etag = etag.fault("cloudfront:GetResponseHeadersPolicy")?.e_tag;
            let request = client.update_response_headers_policy().id(&existing.id).set_if_match(etag);
            let request = request.response_headers_policy_config(config);
            request.send().await.fault("cloudfront:UpdateResponseHeadersPolicy")?;
        }
        Ok(wanted)
    }
}

/// Returns the `ETag` of the development stage.
async fn development_etag(cloud: &Cloud, name: &str) -> Result<Option<String>, Fault> {
    let request = cloud.cloudfront.describe_function().name(name).stage(FunctionStage::Development);
    Ok(request.send().await.fault("cloudfront:DescribeFunction")?.e_tag)
}

impl Delivery {
    pub(super) async fn remove(&self, cloud: &Cloud, actual: &DeliveryActual) -> Result<(), Fault> {
        let (access, function, headers) = tokio::join!(
            remove_access(cloud, actual.access.as_ref()),
            self.remove_function(cloud, actual.function.as_ref()),
            remove_headers(cloud, actual.headers.as_ref()),
        );
        access.and(function).and(headers)
    }

    async fn remove_function(&self, cloud: &Cloud, existing: Option<&FunctionActual>) -> Result<(), Fault> {
        let Some(existing) = existing else {
            return Ok(());
        };
        let request = cloud.cloudfront.delete_function().name(self.function_name()).if_match(&existing.etag);
        request.send().await.done("cloudfront:DeleteFunction", &["NoSuchFunctionExists"])
    }
}

async fn remove_access(cloud: &Cloud, existing: Option<&AccessActual>) -> Result<(), Fault> {
    const GONE: &[&str] = &["NoSuchOriginAccessControl"];
    let Some(existing) = existing else {
        return Ok(());
    };
    let client = &cloud.cloudfront;
    let found = client.get_origin_access_control().id(&existing.id).send().await;
    let Some(found) = found.found("cloudfront:GetOriginAccessControl", GONE)? else {
        return Ok(());
    };
    let request = client.delete_origin_access_control().id(&existing.id).set_if_match(found.e_tag);
    request.send().await.done("cloudfront:DeleteOriginAccessControl", GONE)
}

async fn remove_headers(cloud: &Cloud, existing: Option<&HeadersActual>) -> Result<(), Fault> {
    const GONE: &[&str] = &["NoSuchResponseHeadersPolicy"];
    let Some(existing) = existing else {
        return Ok(());
    };
    let client = &cloud.cloudfront;
    let found = client.get_response_headers_policy().id(&existing.id).send().await;
    let Some(found) = found.found("cloudfront:GetResponseHeadersPolicy", GONE)? else {
        return Ok(());
    };
    let request = client.delete_response_headers_policy().id(&existing.id).set_if_match(found.e_tag);
    request.send().await.done("cloudfront:DeleteResponseHeadersPolicy", GONE)
}
