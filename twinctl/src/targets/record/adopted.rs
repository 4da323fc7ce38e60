//! Resources that were taken over from another tool, as they were before.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The resources that were taken over, by their nodes.
pub type Adopted = BTreeMap<String, Former>;

/// Maximum size of all of them as JSON. An item of `DynamoDB` can have 400 KB, and the releases need some of it.
pub const LARGEST_ADOPTED: usize = 200 * 1024;

/// A resource before it was taken over, as far as `unadopt` restores it. It contains no content, no variables and no code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Former {
    /// Its name, its ID or its path.
    pub id: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Policies and other settings, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}
