//! Implements `observe`: finds the parts by their names, concurrently.

use aws_sdk_cloudfront::types::{FunctionStage, ResponseHeadersPolicyConfig};
use reconcile::Fault;

use super::{
    super::cloudfront::headers_policies,
    Delivery, DeliveryActual,
    actual::{AccessActual, FunctionActual, HeadersActual},
};
use crate::targets::aws::{Cloud, SdkResult};

const NO_FUNCTION: &[&str] = &["NoSuchFunctionExists"];

impl Delivery {
    pub(super) async fn find(&self, cloud: &Cloud) -> Result<Option<DeliveryActual>, Fault> {
        let (access, function, headers) =
            tokio::join!(self.access(cloud), self.function(cloud), self.headers(cloud));
        let actual = DeliveryActual { access: access?, function: function?, headers: headers? };
        Ok((actual != DeliveryActual::default()).then_some(actual))
    }

    async fn access(&self, cloud: &Cloud) -> Result<Option<AccessActual>, Fault> {
        let listed = cloud.cloudfront.list_origin_access_controls().into_paginator().items().send();
        let all: Vec<_> =
            listed.collect::<Result<_, _>>().await.fault("cloudfront:ListOriginAccessControls")?;
        Ok(all.into_iter().find(|each| each.name == self.marker).map(Into::into))
    }

    async fn headers(&self, cloud: &Cloud) -> Result<Option<HeadersActual>, Fault> {
        let named = |config: &ResponseHeadersPolicyConfig| config.name == self.marker;
        let mut all = headers_policies(cloud).await?.into_iter();
        let ours = all.find(|policy| policy.response_headers_policy_config.as_ref().is_some_and(named));
        Ok(ours.map(Into::into))
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
