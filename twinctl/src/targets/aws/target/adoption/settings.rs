//! Settings that all resources have.

use std::collections::BTreeMap;

use crate::targets::{aws::Labels, record::Former};

/// A setting that does not exist.
pub(super) const NONE: &str = "none";

/// Returns the tags without AWS's own tags, which nobody else can write.
pub(super) fn own_tags(tags: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    tags.into_iter().filter(|(key, _)| !key.starts_with("aws:")).collect()
}

pub(super) fn former_labels(former: &Former) -> Labels {
    Labels::exactly(former.tags.clone())
}
