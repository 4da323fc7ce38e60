//! The policy of the web bucket: only our distribution can read it, and other clients need TLS.

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::{Value, json};

use super::bucket::policy;
use crate::targets::aws::{Cloud, Permission, RequiredPermissions, SdkResult, Statements, names::Names};

#[derive(Debug)]
pub struct WebAccess {
    pub bucket: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAccessDesired {
    pub distribution_arn: String,
}

impl WebAccess {
    fn wanted(&self, desired: &WebAccessDesired) -> Value {
        let bucket = &self.bucket;
        policy::document(&[
            tls_only_except_services(bucket),
            allow("ReadObjects", "s3:GetObject", &format!("arn:aws:s3:::{bucket}/*"), desired),
            // With this permission, S3 answers 404 for a missing page; without it, 403.
            allow("ListBucket", "s3:ListBucket", &format!("arn:aws:s3:::{bucket}"), desired),
        ])
    }
}

/// Returns the statement that denies requests without TLS, except those of AWS services. CloudFront reads the bucket
/// as a service; the distribution itself requires TLS from its viewers.
fn tls_only_except_services(bucket: &str) -> Value {
    let mut statement = policy::tls_only(bucket);
    statement["Condition"]["Bool"]["aws:PrincipalIsAWSService"] = "false".into();
    statement
}

fn allow(sid: &str, action: &str, resource: &str, desired: &WebAccessDesired) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": { "Service": "cloudfront.amazonaws.com" },
        "Action": action,
        "Resource": resource,
        "Condition": { "StringEquals": { "AWS:SourceArn": desired.distribution_arn } },
    })
}

impl RequiredPermissions for WebAccess {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        let bucket = || [format!("arn:aws:s3:::{}", self.bucket)];
        vec![
            Permission::read("LookAtWebAccess", &["s3:GetBucketPolicy"], bucket()),
            Permission::write("ChangeWebAccess", &["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"], bucket()),
        ]
    }
}

impl Resource for WebAccess {
    type Cloud = Cloud;
    type Desired = WebAccessDesired;
    type Actual = Statements;
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.bucket.clone())
    }

    async fn observe(&self, cloud: &Cloud, _: &mut Self::Memory) -> Result<Option<Statements>, Fault> {
        policy::read(cloud, &self.bucket).await
    }

    /// The bucket node checks the owner.
    fn ownership(&self, _: &Statements) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &WebAccessDesired, actual: Option<&Statements>) -> Vec<Change> {
        let mut changes = Changes::new();
        Statements::new(&self.wanted(desired)).compare(&mut changes, "policy", actual);
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        desired: &WebAccessDesired,
        _: Option<&Statements>,
    ) -> Result<Pushed<Statements>, Fault> {
        let wanted = self.wanted(desired);
        policy::write(cloud, &self.bucket, &wanted).await?;
        Ok(Pushed::Actual(Statements::new(&wanted)))
    }

    async fn delete(&self, cloud: &Cloud, _: &mut Self::Memory, _: &Statements) -> Result<Removed, Fault> {
        let request =
            cloud.s3.delete_bucket_policy().bucket(&self.bucket).expected_bucket_owner(&cloud.account);
        request.send().await.done("s3:DeleteBucketPolicy", &["NoSuchBucket"])?;
        Ok(Removed::Done)
    }

    fn output(&self, _: &Statements) -> Option<()> {
        Some(())
    }

    fn predict_output(&self, _: &WebAccessDesired, _: Option<&Statements>) -> Option<()> {
        Some(())
    }
}
