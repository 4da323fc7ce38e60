//! Why a bundle cannot be used, and what to do about it.

use std::io;
use std::path::PathBuf;

use super::Architecture;
use super::lambda::Glibc;
use crate::ui::{Diagnostic, Exit};

/// A bundle that cannot be built or must not be uploaded.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot walk the web folder {}", folder.display())]
    Walk { folder: PathBuf, source: ignore::Error },

    #[error("no workspace with a `twin-lambda` crate holds {}", folder.display())]
    NoSource { folder: PathBuf },
    #[error("cannot run `{program}`")]
    Run { program: &'static str, source: io::Error },
    #[error("cargo is not installed, so the Lambda binary cannot be built")]
    NoCargo,
    #[error("the Rust standard library for {} is not installed", .0.target())]
    NoStd(Architecture),
    #[error("this host cannot link a Lambda binary for {0} without cargo-zigbuild")]
    NoZigbuild(Architecture),
    #[error("cargo-zigbuild finds no zig to link with for {0}")]
    NoZig(Architecture),
    #[error("`{command}` failed:\n{tail}")]
    Build { command: String, tail: String },

    #[error("{name} cannot run on Lambda: it is {found}")]
    WrongKind { name: String, found: &'static str },
    #[error("{name} is built for {found}, but {wanted} is wanted")]
    WrongArchitecture { name: String, found: Architecture, wanted: Architecture },
    #[error("{name} cannot be read as an ELF file")]
    BrokenElf { name: String, source: object::read::Error },
    #[error("{name} needs glibc {found}, but Lambda's Amazon Linux 2023 has {}", Glibc::LAMBDA)]
    NewGlibc { name: String, found: Glibc },
    #[error("{name} asks for the loader `{found}`, which Lambda does not have")]
    WrongLoader { name: String, found: String },

    #[error("cannot pack the Lambda zip")]
    Pack(#[source] zip::result::ZipError),
    #[error("{} is not a readable zip", path.display())]
    BrokenZip { path: PathBuf, source: zip::result::ZipError },
    #[error("{} has no `bootstrap` at its top", path.display())]
    NoBootstrap { path: PathBuf },
    #[error("`bootstrap` in {} is not executable", path.display())]
    NotExecutable { path: PathBuf },
    #[error("the Lambda zip is {} MB, but Lambda takes {} MB at most", size.div_ceil(MB), limit / MB)]
    ZipTooLarge { size: u64, limit: u64 },
    #[error("the unpacked Lambda zip is {} MB, but Lambda takes {} MB at most", size.div_ceil(MB), limit / MB)]
    UnpackedTooLarge { size: u64, limit: u64 },

    #[error("the web folder {} does not exist", folder.display())]
    NoWebFolder { folder: PathBuf },
    #[error("the web folder {} is empty", folder.display())]
    EmptyWebFolder { folder: PathBuf },
    #[error("the web folder {} has no index.html", folder.display())]
    NoIndex { folder: PathBuf },
    #[error("{} is a link to {}, outside of the web folder", path.display(), target.display())]
    LinkLeaves { path: PathBuf, target: PathBuf },
    #[error("the name of {} is not UTF-8", path.display())]
    NameNotUtf8 { path: PathBuf },
    #[error("the release manifest has version {found}, which this twinctl does not know")]
    ManifestVersion { found: u32 },
    #[error("the release manifest is not readable")]
    Manifest(#[source] serde_json::Error),
}

const MB: u64 = 1024 * 1024;

impl BundleError {
    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Read { path, source }
    }

    /// The next step, where there is one to tell.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoSource { .. } => {
                "run twinctl inside the project, or give a ready one with `--lambda-zip` or `--lambda-binary`"
                    .to_owned()
            }
            Self::NoCargo => {
                "install Rust from https://rustup.rs, or give a ready binary with `--lambda-binary`"
                    .to_owned()
            }
            Self::NoStd(architecture) => format!(
                "run `rustup target add {}`, or set `lambda.architecture: {}`",
                architecture.target(),
                other(*architecture)
            ),
            Self::NoZigbuild(architecture) => format!(
                "run `cargo install cargo-zigbuild` and `pip install ziglang`, set `lambda.architecture: {}`, or give a ready binary with `--lambda-binary`",
                other(*architecture)
            ),
            Self::NoZig(_) => {
                "run `pip install ziglang`, or install zig from https://ziglang.org/download".to_owned()
            }
            Self::Build { .. } => {
                "the lines above are the compiler's; mend what they name and deploy again".to_owned()
            }
            Self::NewGlibc { .. } => format!(
                "run `cargo install cargo-zigbuild` and `pip install ziglang`, which build for glibc {}, or give a ready binary with `--lambda-binary`",
                Glibc::LAMBDA
            ),
            Self::WrongArchitecture { wanted, .. } => format!(
                "give a binary built for {}, or set `lambda.architecture: {}`",
                wanted.target(),
                other(*wanted)
            ),
            Self::WrongKind { .. } | Self::BrokenElf { .. } | Self::WrongLoader { .. } => format!(
                "give the `twin-lambda` built for {} or {}",
                Architecture::Arm64.target(),
                Architecture::X86_64.target()
            ),
            Self::BrokenZip { .. } | Self::NoBootstrap { .. } => {
                "the zip needs one file, `bootstrap`, at its top; `--lambda-binary` packs one for you"
                    .to_owned()
            }
            Self::NotExecutable { .. } => {
                "run `chmod 755 bootstrap` and zip it again, or give it as `--lambda-binary`".to_owned()
            }
            Self::ZipTooLarge { .. } | Self::UnpackedTooLarge { .. } => {
                "build in release with `strip = true`, and leave everything but `bootstrap` out".to_owned()
            }
            Self::NoWebFolder { .. } | Self::EmptyWebFolder { .. } | Self::NoIndex { .. } => {
                "build the page first, or set `web.bundle` to the folder that holds its index.html".to_owned()
            }
            Self::LinkLeaves { .. } => "copy the file into the folder instead of linking to it".to_owned(),
            Self::NameNotUtf8 { .. } => "rename the file".to_owned(),
            Self::ManifestVersion { .. } => "a newer twinctl deployed this: update twinctl".to_owned(),
            Self::Read { .. } | Self::Walk { .. } | Self::Run { .. } | Self::Pack(_) | Self::Manifest(_) => {
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
