//! The mark that pauses a twin on AWS: an object in the data bucket.

use async_trait::async_trait;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::ByteStream;
use contract::pause;
use reconcile::{Class, Fault};
use serde_json::{Value, json};

use super::{
    Cloud, SdkResult,
    names::{LIVE, Names},
};
use crate::twin::{
    pause::{Pause, PauseMark},
    store::with_retries,
};

const NOT_DEPLOYED: &[&str] = &["NoSuchBucket"];

#[derive(Debug)]
pub(crate) struct BucketPauseMark {
    pub(crate) cloud: Cloud,
    pub(crate) names: Names,
}

#[async_trait(?Send)]
impl PauseMark for BucketPauseMark {
    async fn write(&self, pause: &Pause) -> Result<bool, Fault> {
        let json = serde_json::to_vec(pause).map_err(|error| Fault::new(Class::Refused, error))?;
        let written = with_retries(pause::MARK, async || {
            let request = self.cloud.s3.put_object().bucket(&self.names.data_bucket).key(pause::MARK);
            let request = request.expected_bucket_owner(&self.cloud.account);
            let request = request.content_type("application/json").body(ByteStream::from(json.clone()));
            request.send().await.found("s3:PutObject", NOT_DEPLOYED)
        });
        Ok(written.await?.is_some())
    }

    async fn remove(&self) -> Result<bool, Fault> {
        let removed = with_retries(pause::MARK, async || {
            let request = self.cloud.s3.delete_object().bucket(&self.names.data_bucket).key(pause::MARK);
            let request = request.expected_bucket_owner(&self.cloud.account);
            request.send().await.found("s3:DeleteObject", NOT_DEPLOYED)
        });
        Ok(removed.await?.is_some())
    }

    /// Invokes the version that visitors reach. Unlike a request to the public endpoint, this does not need its address.
    async fn health(&self) -> Result<Option<Value>, Fault> {
        let payload = Blob::new(json!({ "twinctl": "smoke" }).to_string());
        let invoke = self.cloud.lambda.invoke().function_name(&self.names.function).qualifier(LIVE);
        let response = invoke.payload(payload).send().await;
        let response = response.found("lambda:InvokeFunction", &["ResourceNotFoundException"])?;
        let payload = response.and_then(|response| response.payload);
        Ok(payload.and_then(|payload| serde_json::from_slice(payload.as_ref()).ok()))
    }
}
