//! Reads and writes the policy of a bucket.

use reconcile::Fault;
use serde_json::{Value, json};

use crate::targets::aws::{Cloud, SdkResult, Statements};

/// The id of the statement that denies all requests without TLS.
pub const TLS_ONLY: &str = "TlsOnly";

pub fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns the statement that denies all requests without TLS.
pub fn tls_only(bucket: &str) -> Value {
    json!({
        "Sid": TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    })
}

/// Returns `None` if there is no policy or no bucket.
pub async fn read(cloud: &Cloud, bucket: &str) -> Result<Option<Statements>, Fault> {
    let request = cloud.s3.get_bucket_policy().bucket(bucket).expected_bucket_owner(&cloud.account);
    let missing = ["NoSuchBucketPolicy", "NoSuchBucket"];
    let response = request.send().await.found("s3:GetBucketPolicy", &missing)?;
    Ok(response.and_then(|response| response.policy).map(|document| Statements::parse(&document)))
}

pub async fn write(cloud: &Cloud, bucket: &str, document: &Value) -> Result<(), Fault> {
    let request = cloud.s3.put_bucket_policy().bucket(bucket).expected_bucket_owner(&cloud.account);
    request.policy(document.to_string()).send().await.fault("s3:PutBucketPolicy").map(drop)
}
