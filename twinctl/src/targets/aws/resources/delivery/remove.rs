//! Implements `delete`. CloudFront refuses it for as long as a distribution uses the parts.

use reconcile::Fault;

use super::{
    Delivery, DeliveryActual,
    actual::{AccessActual, FunctionActual, HeadersActual},
};
use crate::targets::aws::{Cloud, SdkResult};

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
