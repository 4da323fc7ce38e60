//! What a secret is to hold. Nothing prints it.

use std::{fmt, sync::Arc};

use zeroize::Zeroizing;

/// A value on its way into a secret, and the name of the version that it will be.
#[derive(Clone)]
pub struct SecretValue {
    /// Chosen here: a version whose answer was lost is found by it, and not made twice.
    pub(super) version: String,
    pub(super) text: Arc<Zeroizing<String>>,
}

impl SecretValue {
    /// A version has 32 to 64 characters, and means one value for ever.
    pub fn new(version: String, text: Zeroizing<String>) -> Self {
        Self { version, text: Arc::new(text) }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretValue").field("version", &self.version).finish_non_exhaustive()
    }
}
