//! Errors of artifacts, with hints.

use std::io;
use std::path::PathBuf;

use super::Architecture;
use super::glibc::Glibc;
use crate::ui::{Diagnostic, Exit};

/// An artifact that cannot be built, read or deployed.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("could not read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("could not write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("could not list the web folder {}", folder.display())]
    Walk { folder: PathBuf, source: ignore::Error },

    #[error("{} is not inside a workspace with a `twin-lambda` crate", folder.display())]
    NoSource { folder: PathBuf },
    #[error("could not run `{program}`")]
    Run { program: &'static str, source: io::Error },
    #[error("cargo is not installed, so the Lambda binary cannot be built")]
    NoCargo,
    #[error("the Rust standard library for {} is not installed", .0.target())]
    NoStd(Architecture),
    #[error("this host cannot link a Lambda binary for {0} without cargo-zigbuild")]
    NoZigbuild(Architecture),
    #[error("cargo-zigbuild cannot find zig, which links the Lambda binary for {0}")]
    NoZig(Architecture),
    #[error("`{command}` failed:\n{tail}")]
    Build { command: String, tail: String },

    #[error("{name} cannot run on Lambda: it is {found}")]
    WrongKind { name: String, found: &'static str },
    #[error("{name} is built for {found}, but {required} is required")]
    WrongArchitecture { name: String, found: Architecture, required: Architecture },
    #[error("{name} is not a valid ELF file")]
    BrokenElf { name: String, source: object::read::Error },
    #[error("{name} needs glibc {found}, but Lambda's Amazon Linux 2023 has {}", Glibc::LAMBDA)]
    NewGlibc { name: String, found: Glibc },
    #[error("{name} requires the dynamic loader `{found}`, which Lambda does not have")]
    WrongLoader { name: String, found: String },

    #[error("the files embedded in this twinctl are damaged")]
    Embedded(#[source] zip::result::ZipError),
    #[error("this twinctl contains no function for {0}")]
    NotEmbedded(Architecture),
    #[error("could not pack the Lambda zip")]
    Pack(#[source] zip::result::ZipError),
    #[error("{} is not a valid zip", path.display())]
    BrokenZip { path: PathBuf, source: zip::result::ZipError },
    #[error("{} has no `bootstrap` at its top level", path.display())]
    NoBootstrap { path: PathBuf },
    #[error("`bootstrap` in {} is not executable", path.display())]
    NotExecutable { path: PathBuf },
    #[error("the Lambda zip is {} MB, but Lambda accepts at most {} MB", size.div_ceil(MB), limit / MB)]
    ZipTooLarge { size: u64, limit: u64 },
    #[error("the unpacked Lambda zip is {} MB, but Lambda accepts at most {} MB", size.div_ceil(MB), limit / MB)]
    UnpackedTooLarge { size: u64, limit: u64 },

    #[error("the web folder {} does not exist", folder.display())]
    NoWebFolder { folder: PathBuf },
    #[error("the web folder {} is empty", folder.display())]
    EmptyWebFolder { folder: PathBuf },
    #[error("the web folder {} has no index.html", folder.display())]
    NoIndex { folder: PathBuf },
    #[error("{} is a link to {}, outside the web folder", path.display(), target.display())]
    LinkLeaves { path: PathBuf, target: PathBuf },
    #[error("the name of {} is not UTF-8", path.display())]
    NameNotUtf8 { path: PathBuf },
    #[error("the release manifest has version {found}, which this version of twinctl does not support")]
    ManifestVersion { found: u32 },
    #[error("the release manifest is not valid")]
    Manifest(#[source] serde_json::Error),
}

const MB: u64 = 1024 * 1024;

impl BundleError {
    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Read { path, source }
    }

    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }

    /// Returns the next step, if there is one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoSource { .. } => {
                "run twinctl inside the project, or use a prebuilt function: `--lambda-zip` or `--lambda-binary`"
                    .to_owned()
            }
            Self::Embedded(_) => "install twinctl again".to_owned(),
            Self::NoCargo => {
                "install Rust from https://rustup.rs, or use a prebuilt binary: `--lambda-binary`"
                    .to_owned()
            }
            Self::NoStd(architecture) => format!(
                "run `rustup target add {}`, or set `lambda.architecture: {}`",
                architecture.target(),
                other(*architecture)
            ),
            Self::NoZigbuild(architecture) => format!(
                "run `cargo install cargo-zigbuild` and `pip install ziglang`, set `lambda.architecture: {}`, or use a prebuilt binary: `--lambda-binary`",
                other(*architecture)
            ),
            Self::NoZig(_) => {
                "run `pip install ziglang`, or install zig from https://ziglang.org/download".to_owned()
            }
            Self::Build { .. } => {
                "fix the compiler errors above and deploy again".to_owned()
            }
            Self::NewGlibc { .. } => format!(
                "run `cargo install cargo-zigbuild` and `pip install ziglang` to build for glibc {}, or use a prebuilt binary: `--lambda-binary`",
                Glibc::LAMBDA
            ),
            Self::WrongArchitecture { required, .. } | Self::NotEmbedded(required) => format!(
                "use a binary built for {}, or set `lambda.architecture: {}`",
                required.target(),
                other(*required)
            ),
            Self::WrongKind { .. } | Self::BrokenElf { .. } | Self::WrongLoader { .. } => format!(
                "use a `twin-lambda` binary built for {} or {}",
                Architecture::Arm64.target(),
                Architecture::X86_64.target()
            ),
            Self::BrokenZip { .. } | Self::NoBootstrap { .. } => {
                "the zip must contain `bootstrap` at its top level; `--lambda-binary` creates such a zip from a binary"
                    .to_owned()
            }
            Self::NotExecutable { .. } => {
                "run `chmod 755 bootstrap` and zip it again, or pass it with `--lambda-binary`".to_owned()
            }
            Self::ZipTooLarge { .. } | Self::UnpackedTooLarge { .. } => {
                "build a release binary with `strip = true`, and put only `bootstrap` into the zip".to_owned()
            }
            Self::NoWebFolder { .. } | Self::EmptyWebFolder { .. } | Self::NoIndex { .. } => {
                "build the page first, or set `web.bundle` to the folder that contains its index.html".to_owned()
            }
            Self::LinkLeaves { .. } => "copy the file into the folder instead of linking to it".to_owned(),
            Self::NameNotUtf8 { .. } => "rename the file".to_owned(),
            Self::ManifestVersion { .. } => "a newer version of twinctl deployed this release; update twinctl".to_owned(),
            Self::Read { .. } | Self::Write { .. } | Self::Walk { .. } | Self::Run { .. } | Self::Pack(_) | Self::Manifest(_) => {
                return None;
            }
        };
        Some(hint)
    }
}

fn other(architecture: Architecture) -> Architecture {
    match architecture {
        Architecture::Arm64 => Architecture::X86_64,
        Architecture::X86_64 => Architecture::Arm64,
    }
}
impl From<BundleError> for Diagnostic {
    fn from(error: BundleError) -> Self {
        let mut diagnostic = Self { exit: Exit::Environment, ..Self::unexpected(&error.to_string(), &error) };
        diagnostic.causes.remove(0);
        error.hint().into_iter().fold(diagnostic, Self::hint)
    }
}
