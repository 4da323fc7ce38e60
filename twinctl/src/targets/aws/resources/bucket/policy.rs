//! The policy of a bucket.

use reconcile::Fault;
use serde_json::{Value, json};

use crate::targets::aws::{Answer, Cloud, Statements};

pub fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Denies everything that is not encrypted on its way.
pub fn tls_only(bucket: &str) -> Value {
    json!({
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    })
}

/// `None` where there is no policy, or no bucket.
pub async fn read(cloud: &Cloud, bucket: &str) -> Result<Option<Statements>, Fault> {
    let request = cloud.s3.get_bucket_policy().bucket(bucket).expected_bucket_owner(&cloud.account);
    let missing = ["NoSuchBucketPolicy", "NoSuchBucket"];
    let answer = request.send().await.found("s3:GetBucketPolicy", &missing)?;
    Ok(answer.and_then(|answer| answer.policy).map(|document| Statements::parse(&document)))
}

pub async fn write(cloud: &Cloud, bucket: &str, document: &Value) -> Result<(), Fault> {
    let request = cloud.s3.put_bucket_policy().bucket(bucket).expected_bucket_owner(&cloud.account);
    request.policy(document.to_string()).send().await.fault("s3:PutBucketPolicy").map(drop)
}
