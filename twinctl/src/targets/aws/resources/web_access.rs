//! The policy of the web bucket: only our distribution can read it, and other clients need TLS.
//!
//! While a distribution of another tool, or an edge location with its former configuration, reads the bucket in another way,
//! the statements that allow it stay, and requests without TLS are allowed. The first deployment that finds no such reader
//! removes them.

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::{Value, json};

use super::{
    bucket::policy,
    cloudfront::{Reader, readers},
};
use crate::targets::aws::{Cloud, Permission, RequiredPermissions, SdkResult, Statements, names::Names};

#[derive(Debug)]
pub struct WebAccess {
    pub bucket: String,
    /// Whether the bucket may be one of another tool. Its objects can be public without a policy.
    pub is_taken_over: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAccessDesired {
    pub distribution_arn: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAccessActual {
    statements: Statements,
    /// The distributions that read the bucket. Known only if it may be public.
    readers: Vec<Reader>,
}

/// The ids of our statements.
const READ_OBJECTS: &str = "ReadObjects";
const LIST_BUCKET: &str = "ListBucket";

impl WebAccess {
    fn may_be_public(&self, policy: Option<&Statements>) -> bool {
        let is_closed = policy.is_some_and(|statements| statements.get(policy::TLS_ONLY).is_some());
        (self.is_taken_over && !is_closed)
            || policy.is_some_and(|statements| of_others(statements).next().is_some())
    }

    fn wanted(&self, desired: &WebAccessDesired, actual: Option<&WebAccessActual>) -> Value {
        let bucket = &self.bucket;
        let mut statements = vec![
            allow(READ_OBJECTS, "s3:GetObject", &format!("arn:aws:s3:::{bucket}/*"), desired),
            // With this permission, S3 answers 404 for a missing page; without it, 403.
            allow(LIST_BUCKET, "s3:ListBucket", &format!("arn:aws:s3:::{bucket}"), desired),
        ];
        match actual.filter(|actual| actual.has_former_reader(desired)) {
            // CloudFront reads a website endpoint without TLS.
            Some(actual) => statements.extend(of_others(&actual.statements)),
            None => statements.push(tls_only_except_services(bucket)),
        }
        policy::document(&statements)
    }
}

impl WebAccessActual {
    fn has_former_reader(&self, desired: &WebAccessDesired) -> bool {
        self.readers.iter().any(|reader| reader.arn != desired.distribution_arn || !reader.is_controlled)
    }
}

/// Returns the statements of others that allow something.
fn of_others(statements: &Statements) -> impl Iterator<Item = Value> {
    let theirs = statements.allowing().filter(|(id, _)| ![READ_OBJECTS, LIST_BUCKET].contains(&id.as_str()));
    theirs.map(|(id, mut statement)| {
        // An id is letters and digits. Other names are those of statements without an id.
        if id.chars().all(|c| c.is_ascii_alphanumeric()) {
            statement["Sid"] = id.as_str().into();
        }
        statement
    })
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
            Permission::read("ListDistributions", &["cloudfront:ListDistributions"], ["*".to_owned()]),
            Permission::read("LookAtWebAccess", &["s3:GetBucketPolicy"], bucket()),
            Permission::write("ChangeWebAccess", &["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"], bucket()),
        ]
    }
}

impl Resource for WebAccess {
    type Cloud = Cloud;
    type Desired = WebAccessDesired;
    type Actual = WebAccessActual;
    type Output = ();
    /// The readers, once they are known. They are kept until the end of the run, so that a run that takes over a distribution
    /// does not have to wait for it.
    type Memory = Option<Vec<Reader>>;

    fn physical_name(&self) -> Option<String> {
        Some(self.bucket.clone())
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
    ) -> Result<Option<WebAccessActual>, Fault> {
        let policy = policy::read(cloud, &self.bucket).await?;
        if memory.is_none() && self.may_be_public(policy.as_ref()) {
            *memory = Some(readers(cloud, &self.bucket).await?);
        }
        let readers = memory.clone().unwrap_or_default();
        let is_read = readers.iter().any(|reader| !reader.is_controlled);
        let statements = policy.or_else(|| is_read.then(Statements::default));
        Ok(statements.map(|statements| WebAccessActual { statements, readers }))
    }

    /// The bucket node checks the owner.
    fn ownership(&self, _: &WebAccessActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &WebAccessDesired, actual: Option<&WebAccessActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let wanted = Statements::new(&self.wanted(desired, actual));
        wanted.compare(&mut changes, "policy", actual.map(|actual| &actual.statements));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        desired: &WebAccessDesired,
        actual: Option<&WebAccessActual>,
    ) -> Result<Pushed<WebAccessActual>, Fault> {
        let wanted = self.wanted(desired, actual);
        policy::write(cloud, &self.bucket, &wanted).await?;
        let readers = actual.map(|actual| actual.readers.clone()).unwrap_or_default();
        Ok(Pushed::Actual(WebAccessActual { statements: Statements::new(&wanted), readers }))
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        _: &WebAccessActual,
    ) -> Result<Removed, Fault> {
        let request =
            cloud.s3.delete_bucket_policy().bucket(&self.bucket).expected_bucket_owner(&cloud.account);
        request.send().await.done("s3:DeleteBucketPolicy", &["NoSuchBucket"])?;
        Ok(Removed::Done)
    }

    fn output(&self, _: &WebAccessActual) -> Option<()> {
        Some(())
    }

    fn predict_output(&self, _: &WebAccessDesired, _: Option<&WebAccessActual>) -> Option<()> {
        Some(())
    }
}
