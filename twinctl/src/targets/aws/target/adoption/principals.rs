//! Bucket policies that name users or roles that were deleted since. S3 refuses such a policy as a whole.

use std::collections::BTreeSet;

use reconcile::Fault;
use serde_json::Value;

use crate::targets::aws::{Cloud, SdkResult, resources::bucket::is_code};

const GONE: &[&str] = &["NoSuchBucket"];

/// Writes a policy without the users and roles that no longer exist, for which S3 would refuse it, and returns them. No
/// access is lost, because nobody can be one of them.
pub(super) async fn write_policy(cloud: &Cloud, bucket: &str, text: &str) -> Result<BTreeSet<String>, Fault> {
    let Some(refused) = refusal(put(cloud, bucket, text).await)? else { return Ok(BTreeSet::new()) };
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let mut left_out = identities(&document);
    if left_out.is_empty() {
        return Err(refused);
    }
    put_without(cloud, bucket, &document, &left_out).await?;
    for identity in left_out.clone() {
        left_out.remove(&identity);
        if refusal(put_without(cloud, bucket, &document, &left_out).await)?.is_some() {
            left_out.insert(identity);
        }
    }
    Ok(left_out)
}

pub(super) async fn delete_policy(cloud: &Cloud, bucket: &str) -> Result<(), Fault> {
    let delete = cloud.s3.delete_bucket_policy().bucket(bucket).expected_bucket_owner(&cloud.account);
    delete.send().await.done("s3:DeleteBucketPolicy", GONE)
}

/// Returns the error if the policy itself was refused.
fn refusal(written: Result<(), Fault>) -> Result<Option<Fault>, Fault> {
    match written {
        Err(fault) if is_code(&fault, "MalformedPolicy") => Ok(Some(fault)),
        written => written.map(|()| None),
    }
}

async fn put(cloud: &Cloud, bucket: &str, text: &str) -> Result<(), Fault> {
    let put = cloud.s3.put_bucket_policy().bucket(bucket).expected_bucket_owner(&cloud.account);
    put.policy(text).send().await.done("s3:PutBucketPolicy", GONE)
}

async fn put_without(
    cloud: &Cloud,
    bucket: &str,
    document: &Value,
    left_out: &BTreeSet<String>,
) -> Result<(), Fault> {
    match without(document, left_out) {
        Some(document) => put(cloud, bucket, &document.to_string()).await,
        None => delete_policy(cloud, bucket).await,
    }
}

/// Returns the statements of a policy.
fn statements(document: &Value) -> &[Value] {
    match &document["Statement"] {
        Value::Array(all) => all,
        one => std::slice::from_ref(one),
    }
}

/// Returns the users and roles in a policy. Accounts and everyone always exist.
fn identities(document: &Value) -> BTreeSet<String> {
    let named = statements(document).iter().flat_map(|statement| match &statement["Principal"]["AWS"] {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    });
    // S3 returns a deleted user or role by its unique ID.
    let is_identity = |name: &&str| {
        [":user/", ":role/", ":assumed-role/"].iter().any(|kind| name.contains(kind))
            || ["AROA", "AIDA"].iter().any(|kind| name.starts_with(kind))
    };
    named.filter_map(Value::as_str).filter(is_identity).map(ToOwned::to_owned).collect()
}

/// Returns the policy without these users and roles; `None` if it has no statements any more.
fn without(document: &Value, left_out: &BTreeSet<String>) -> Option<Value> {
    let is_left_out = |name: &Value| name.as_str().is_some_and(|name| left_out.contains(name));
    let kept = statements(document).iter().filter_map(|statement| {
        let mut statement = statement.clone();
        let Some(principal) = statement["Principal"].as_object_mut() else { return Some(statement) };
        if let Some(Value::Array(all)) = principal.get_mut("AWS") {
            all.retain(|name| !is_left_out(name));
        }
        let is_empty = |names: &Value| names.as_array().is_some_and(Vec::is_empty) || is_left_out(names);
        if principal.get("AWS").is_some_and(is_empty) {
            principal.remove("AWS");
        }
        (!principal.is_empty()).then_some(statement)
    });
    let kept: Vec<Value> = kept.collect();
    if kept.is_empty() {
        return None;
    }
    let mut document = document.clone();
    document["Statement"] = kept.into();
    Some(document)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GONE: &str = "arn:aws:iam::1:role/gone";

    fn left(statement: &Value) -> Option<Value> {
        let document = json!({ "Version": "2012-10-17", "Statement": statement });
        Some(without(&document, &BTreeSet::from([GONE.to_owned()]))?["Statement"].clone())
    }

    #[test]
    fn only_the_deleted_identity_is_left_out() {
        let of = |principal: Value| json!({ "Effect": "Allow", "Principal": principal });
        let other = json!({ "AWS": "arn:aws:iam::1:role/other" });
        let all = json!([of(json!("*")), of(json!({ "AWS": GONE })), of(other.clone())]);
        assert_eq!(left(&all), Some(json!([of(json!("*")), of(other)])));
        let mixed = json!({ "AWS": [GONE, "arn:aws:iam::1:user/b"], "Service": "s3.amazonaws.com" });
        let rest = json!({ "AWS": ["arn:aws:iam::1:user/b"], "Service": "s3.amazonaws.com" });
        assert_eq!(left(&of(mixed)), Some(json!([of(rest)])));
        assert_eq!(left(&of(json!({ "AWS": [GONE] }))), None);
        let names = [GONE, "arn:aws:iam::1:root", "1", "arn:aws:iam::1:user/b"];
        let document = json!({ "Statement": of(json!({ "AWS": names })) });
        assert_eq!(identities(&document), BTreeSet::from([GONE.to_owned(), names[3].to_owned()]));
    }
}
