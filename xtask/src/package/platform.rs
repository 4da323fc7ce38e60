//! The platforms of programs, and their names in each package format.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{program, read};

/// A platform, recognized by the first bytes of its programs.
#[derive(Debug)]
pub(super) struct Platform {
    /// The Rust target, which names the archive.
    pub(super) target: &'static str,
    /// The values of `process.platform` and `process.arch` in Node.js.
    pub(super) node: (&'static str, &'static str),
    /// The architecture of a Debian package.
    pub(super) debian: Option<&'static str>,
    /// The output of `uname -s` and `uname -m`, as patterns of a shell.
    pub(super) uname: Option<&'static str>,
    /// The tag of a wheel. On Linux, the version of glibc is added.
    wheel: &'static str,
    magic: (&'static [u8], usize, &'static [u8]),
}

const ELF: &[u8] = b"\x7fELF\x02";
const MACH_O: &[u8] = b"\xcf\xfa\xed\xfe";

const PLATFORMS: [Platform; 5] = [
    Platform {
        target: "x86_64-unknown-linux-gnu",
        node: ("linux", "x64"),
        debian: Some("amd64"),
        uname: Some("\"Linux x86_64\""),
        wheel: "x86_64",
        magic: (ELF, 18, b"\x3e"),
    },
    Platform {
        target: "aarch64-unknown-linux-gnu",
        node: ("linux", "arm64"),
        debian: Some("arm64"),
        uname: Some("\"Linux aarch64\" | \"Linux arm64\""),
        wheel: "aarch64",
        magic: (ELF, 18, b"\xb7"),
    },
    Platform {
        target: "x86_64-apple-darwin",
        node: ("darwin", "x64"),
        debian: None,
        uname: Some("\"Darwin x86_64\""),
        wheel: "macosx_10_12_x86_64",
        magic: (MACH_O, 4, b"\x07\0\0\x01"),
    },
    Platform {
        target: "aarch64-apple-darwin",
        node: ("darwin", "arm64"),
        debian: None,
        uname: Some("\"Darwin arm64\""),
        wheel: "macosx_11_0_arm64",
        magic: (MACH_O, 4, b"\x0c\0\0\x01"),
    },
    Platform {
        target: "x86_64-pc-windows-msvc",
        node: ("win32", "x64"),
        debian: None,
        uname: None,
        wheel: "win_amd64",
        magic: (b"MZ", 0, b"MZ"),
    },
];

impl Platform {
    pub(super) fn is_native(&self) -> bool {
        let mut parts = self.target.split('-');
        let (arch, os) = (parts.next(), parts.nth(1));
        let own = if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS };
        arch == Some(std::env::consts::ARCH) && os == Some(own)
    }

    /// Returns the name of the npm package that contains the program.
    pub(super) fn npm(&self) -> String {
        let (os, cpu) = self.node;
        format!("twinctl-{os}-{cpu}")
    }

    /// Returns the file name of the program.
    pub(super) fn executable(&self) -> &'static str {
        if self.node.0 == "win32" { "twinctl.exe" } else { "twinctl" }
    }
}

/// A self-contained program.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) platform: &'static Platform,
    /// The newest glibc that it requires; `None` if it requires none.
    pub(super) glibc: Option<String>,
}

impl Program {
    pub(super) fn new(path: &Path) -> Result<Self> {
        let path = path.canonicalize().with_context(|| format!("failed to find {}", path.display()))?;
        let bytes = fs::read(&path)?;
        let is_of = |platform: &&Platform| {
            let (start, place, machine) = platform.magic;
            bytes.starts_with(start) && bytes.get(place..).is_some_and(|rest| rest.starts_with(machine))
        };
        let Some(platform) = PLATFORMS.iter().find(is_of) else {
            bail!("{} is a program for no supported platform", path.display());
        };
        let glibc = if platform.node.0 == "linux" { newest_glibc(&path)? } else { None };
        Ok(Self { path, platform, glibc })
    }

    /// Returns the platform tag of a wheel. A static program runs with every C library.
    pub(super) fn wheel_tag(&self) -> String {
        let Platform { wheel, node, .. } = self.platform;
        match (&self.glibc, node.0) {
            (Some(version), _) => format!("manylinux_{}_{wheel}", version.replace('.', "_")),
            (None, "linux") => format!("manylinux_2_17_{wheel}.musllinux_1_1_{wheel}"),
            (None, _) => (*wheel).to_owned(),
        }
    }
}

fn newest_glibc(path: &Path) -> Result<Option<String>> {
    let listed = read(program("readelf", &["--version-info", "--wide"]).arg(path))?;
    let versions = listed.split("Name: GLIBC_").skip(1);
    let versions = versions.filter_map(|rest| rest.split_whitespace().next());
    let number =
        |version: &&str| version.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>();
    Ok(versions.max_by_key(number).map(ToOwned::to_owned))
}
