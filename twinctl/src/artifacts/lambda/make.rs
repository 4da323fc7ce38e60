//! Makes the zip that Lambda takes, from whichever of the three sources was given.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use aws_smithy_types::base64;
use sha2::{Digest, Sha256};

use super::elf::{self, Binary};
use super::{Glibc, build, pack};
use crate::artifacts::on_thread::on_thread;
use crate::artifacts::{Architecture, BundleError, Wanted};

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
    let wanted = options.architecture;
    if let Some(path) = options.lambda_zip.clone() {
        return on_thread(move || from_zip(&path, wanted)).await;
    }
    if let Some(path) = options.lambda_binary.clone() {
        return on_thread(move || from_binary(&path, wanted)).await;
    }
    let (path, architecture) = build::build(&options.folder, wanted, on_line).await?;
    on_thread(move || from_binary(&path, Wanted::Only(architecture))).await
}

fn from_zip(path: &Path, wanted: Wanted) -> Result<LambdaZip, BundleError> {
    let zip = fs::read(path).map_err(BundleError::read(path))?;
    let binary = pack::look_into(path, &zip, wanted)?;
    Ok(LambdaZip::new(zip, binary))
}

fn from_binary(path: &Path, wanted: Wanted) -> Result<LambdaZip, BundleError> {
    let bytes = fs::read(path).map_err(BundleError::read(path))?;
    let binary = elf::inspect(&path.display().to_string(), &bytes, wanted)?;
    Ok(LambdaZip::new(pack::pack(&bytes)?, binary))
}

impl LambdaZip {
    fn new(bytes: Vec<u8>, binary: Binary) -> Self {
        Self {
            sha256_base64: base64::encode(Sha256::digest(&bytes)),
            bytes,
            architecture: binary.architecture,
            glibc: binary.glibc,
        }
    }
}
