//! Shared code of the IAM resources.

use aws_sdk_iam::types::Tag;
use percent_encoding::percent_decode_str;
use serde_json::Value;

pub(crate) const MISSING: &[&str] = &["NoSuchEntity"];

/// Converts tags to the SDK's type.
pub(crate) fn tags<T: Into<String>>(tags: impl IntoIterator<Item = (T, T)>) -> Vec<Tag> {
    // Building a tag only fails without a key or value.
    tags.into_iter().flat_map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Parses a policy document, which IAM returns percent-encoded. Returns `null` if it is invalid.
pub(crate) fn document(encoded: &str) -> Value {
    serde_json::from_str(&decoded(encoded)).unwrap_or_default()
}

/// Decodes a policy document, which IAM returns percent-encoded.
pub(crate) fn decoded(encoded: &str) -> String {
    percent_decode_str(encoded).decode_utf8_lossy().into_owned()
}
