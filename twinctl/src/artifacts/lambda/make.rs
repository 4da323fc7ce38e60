//! Creates the function's zip from a prebuilt zip, a prebuilt binary, or the workspace, or takes the embedded one.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use aws_smithy_types::base64;
use sha2::{Digest, Sha256};

use super::elf::{self, Binary};
use super::recipe::Tool;
use super::{Glibc, build, pack};
use crate::artifacts::embedded::Embedded;
use crate::artifacts::{Architecture, BundleError, Code, on_thread};
use crate::spec::{self, Environment};

/// The source of the zip. A prebuilt zip takes precedence over a prebuilt binary, which takes precedence over a
/// build, which takes precedence over the embedded zip.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The required architecture. If `None`, the first that this host can build, or that is embedded: arm64, then
    /// `x86_64`.
    pub architecture: Option<Architecture>,
    pub lambda_zip: Option<PathBuf>,
    pub lambda_binary: Option<PathBuf>,
    /// A folder inside the workspace with the `twin-lambda` crate.
    pub folder: PathBuf,
}

impl Options {
    /// Returns the options to build the function of an environment.
    pub(crate) fn of(options: &spec::Options, code: &Code, environment: &Environment) -> Self {
        Self {
            architecture: match environment.lambda.architecture {
                spec::Architecture::Auto => None,
                spec::Architecture::Arm64 => Some(Architecture::Arm64),
                spec::Architecture::X86_64 => Some(Architecture::X86_64),
            },
            lambda_zip: code.lambda_zip.clone(),
            lambda_binary: code.lambda_binary.clone(),
            folder: std::path::absolute(&options.environments).unwrap_or_else(|_| Path::new(".").to_owned()),
        }
    }
}

/// A validated zip.
#[derive(Clone, PartialEq, Eq)]
pub struct LambdaZip {
    pub bytes: Vec<u8>,
    /// Lambda's `CodeSha256`.
    pub sha256_base64: String,
    pub architecture: Architecture,
    /// The newest glibc that the binary requires; `None` if it is static.
    pub glibc: Option<Glibc>,
}

/// Omits the bytes, of which there are millions.
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

/// Builds or reads the zip, and validates it. Lines of the compiler's output are passed to `on_line`.
pub async fn lambda(
    options: &Options,
    on_line: &(dyn Fn(&str) + Send + Sync),
) -> Result<LambdaZip, BundleError> {
    let required = options.architecture;
    if let Some(path) = options.lambda_zip.clone() {
        return on_thread(move || from_zip(&path, required)).await;
    }
    if let Some(path) = options.lambda_binary.clone() {
        return on_thread(move || from_binary(&path, required)).await;
    }
    if let Some(mut embedded) = embedded_instead_of(&options.folder)? {
        return on_thread(move || from_embedded(&mut embedded, required)).await;
    }
    let (path, architecture) = build::build(&options.folder, required, on_line).await?;
    on_thread(move || from_binary(&path, Some(architecture))).await
}

/// Returns how [`lambda`] would get the zip, without building it. A prebuilt file is validated.
pub(crate) async fn describe_build(options: &Options) -> Result<String, BundleError> {
    if let Some(file) = options.lambda_zip.as_ref().or(options.lambda_binary.as_ref()) {
        let zip = lambda(options, &|_| {}).await?;
        return Ok(format!("{} is a valid function for {}", file.display(), zip.architecture));
    }
    if let Some(embedded) = embedded_instead_of(&options.folder)? {
        let architecture = embedded_architecture(&embedded, options.architecture)?;
        return Ok(format!("twinctl contains the function for {architecture}"));
    }
    let (_, _, recipe) = build::prepare(&options.folder, options.architecture).await?;
    let tool = match recipe.tool {
        Tool::Cargo => "cargo",
        Tool::Zigbuild => "cargo-zigbuild",
    };
    Ok(format!("{tool} can build the function for {}", recipe.architecture))
}

/// Returns the embedded files, if `folder` is in no workspace to build and there are functions among them.
fn embedded_instead_of(folder: &Path) -> Result<Option<Embedded>, BundleError> {
    if build::workspace(folder).is_ok() {
        return Ok(None);
    }
    Ok(Embedded::open()?.filter(|embedded| !embedded.architectures().is_empty()))
}

fn embedded_architecture(
    embedded: &Embedded,
    required: Option<Architecture>,
) -> Result<Architecture, BundleError> {
    let inside = embedded.architectures();
    let wanted = required.or_else(|| inside.first().copied()).unwrap_or(Architecture::Arm64);
    inside.into_iter().find(|of| *of == wanted).ok_or(BundleError::NotEmbedded(wanted))
}

fn from_embedded(embedded: &mut Embedded, required: Option<Architecture>) -> Result<LambdaZip, BundleError> {
    let architecture = embedded_architecture(embedded, required)?;
    let zip = embedded.function(architecture)?.ok_or(BundleError::NotEmbedded(architecture))?;
    validated(Path::new("the embedded function"), zip, Some(architecture))
}

fn from_zip(path: &Path, required: Option<Architecture>) -> Result<LambdaZip, BundleError> {
    let zip = fs::read(path).map_err(BundleError::read(path))?;
    validated(path, zip, required)
}

fn validated(path: &Path, zip: Vec<u8>, required: Option<Architecture>) -> Result<LambdaZip, BundleError> {
    let binary = pack::validate_zip(path, &zip, required)?;
    Ok(LambdaZip::new(zip, binary))
}

fn from_binary(path: &Path, required: Option<Architecture>) -> Result<LambdaZip, BundleError> {
    let bytes = fs::read(path).map_err(BundleError::read(path))?;
    let binary = elf::inspect(&path.display().to_string(), &bytes, required)?;
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
