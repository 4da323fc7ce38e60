//! The end of a distribution, which takes minutes: switched off, off everywhere, deleted, then what it was made from.

use reconcile::{Fault, Removed};

use super::{
    DEPLOYED, Distribution, DistributionActual,
    actual::{AccessActual, FunctionActual, HeadersActual, ThereActual},
    spreading,
};
use crate::aws::{Answer, Cloud};

impl Distribution {
    pub(super) async fn remove(&self, cloud: &Cloud, actual: &DistributionActual) -> Result<Removed, Fault> {
        if let Some(there) = &actual.there {
            if there.config.enabled {
                disable(cloud, there).await?;
                return Ok(Removed::Look);
            }
            if there.status != DEPLOYED {
                return Ok(Removed::Waiting(spreading()));
            }
            let request = cloud.cloudfront.delete_distribution().id(&there.id).if_match(&there.etag);
            request.send().await.done("cloudfront:DeleteDistribution", &["NoSuchDistribution"])?;
            self.remember(None);
        }
        let (access, function, headers) = tokio::join!(
            remove_access(cloud, actual.access.as_ref()),
            self.remove_function(cloud, actual.function.as_ref()),
            remove_headers(cloud, actual.headers.as_ref()),
        );
        access.and(function).and(headers)?;
        Ok(Removed::Gone)
    }

    async fn remove_function(&self, cloud: &Cloud, there: Option<&FunctionActual>) -> Result<(), Fault> {
        let Some(there) = there else {
            return Ok(());
        };
        let request = cloud.cloudfront.delete_function().name(self.function_name()).if_match(&there.etag);
        request.send().await.done("cloudfront:DeleteFunction", &["NoSuchFunctionExists"])
    }
}

async fn disable(cloud: &Cloud, there: &ThereActual) -> Result<(), Fault> {
    let mut config = there.config.clone();
    config.enabled = false;
    let request = cloud.cloudfront.update_distribution().id(&there.id).if_match(&there.etag);
    let answer = request.distribution_config(config).send().await;
    answer.done("cloudfront:UpdateDistribution", &["NoSuchDistribution"])
}

async fn remove_access(cloud: &Cloud, there: Option<&AccessActual>) -> Result<(), Fault> {
    const GONE: &[&str] = &["NoSuchOriginAccessControl"];
    let Some(there) = there else {
        return Ok(());
    };
    let client = &cloud.cloudfront;
    let found = client.get_origin_access_control().id(&there.id).send().await;
    let Some(found) = found.found("cloudfront:GetOriginAccessControl", GONE)? else {
        return Ok(());
    };
    let request = client.delete_origin_access_control().id(&there.id).set_if_match(found.e_tag);
    request.send().await.done("cloudfront:DeleteOriginAccessControl", GONE)
}

async fn remove_headers(cloud: &Cloud, there: Option<&HeadersActual>) -> Result<(), Fault> {
    const GONE: &[&str] = &["NoSuchResponseHeadersPolicy"];
    let Some(there) = there else {
        return Ok(());
    };
    let client = &cloud.cloudfront;
    let found = client.get_response_headers_policy().id(&there.id).send().await;
    let Some(found) = found.found("cloudfront:GetResponseHeadersPolicy", GONE)? else {
        return Ok(());
    };
    let request = client.delete_response_headers_policy().id(&there.id).set_if_match(found.e_tag);
    request.send().await.done("cloudfront:DeleteResponseHeadersPolicy", GONE)
}
