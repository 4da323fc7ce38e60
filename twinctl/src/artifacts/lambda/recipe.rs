//! How to build the Lambda binary on this host, decided from its facts alone.

use super::Glibc;
use super::host::{CrossLinker, Host, Rust};
use crate::artifacts::{Architecture, BundleError, Wanted};

/// A way to build that this host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recipe {
    pub(super) tool: Tool,
    pub(super) architecture: Architecture,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// The host's own linker and C library.
    Cargo,
    /// Zig's linker, for any architecture and for Lambda's C library.
    Zigbuild,
}

/// Takes the wanted architecture, or the first that can be built: arm64 costs a fifth less to run.
pub(super) fn choose(host: &Host, wanted: Wanted) -> Result<Recipe, BundleError> {
    let rust = host.rust.as_ref().ok_or(BundleError::NoCargo)?;
    let build = |architecture| {
        let tool = tool(host, rust, architecture)?;
        Ok(Recipe { tool, architecture })
    };
    match wanted {
        Wanted::Only(architecture) => build(architecture),
        Wanted::Auto => build(Architecture::Arm64)
            .or_else(|_| build(Architecture::X86_64))
            .or_else(|_: BundleError| build(own_architecture(rust))),
    }
}

/// When neither can be built, the refusal is about the one that lacks the least.
fn own_architecture(rust: &Rust) -> Architecture {
    Architecture::of_target(&rust.host).unwrap_or(Architecture::Arm64)
}

fn tool(host: &Host, rust: &Rust, architecture: Architecture) -> Result<Tool, BundleError> {
    if !rust.targets.contains(&architecture) {
        return Err(BundleError::NoStd(architecture));
    }
    let native = rust.host == architecture.target();
    let old_enough = host.glibc.is_some_and(|glibc| glibc <= Glibc::LAMBDA);
    match host.cross_linker {
        _ if native && old_enough => Ok(Tool::Cargo),
        CrossLinker::Ready => Ok(Tool::Zigbuild),
        // A newer glibc gives new symbols to few programs; whether to this one is seen when it is built.
        CrossLinker::NoZigbuild | CrossLinker::NoZig if native => Ok(Tool::Cargo),
        CrossLinker::NoZigbuild => Err(BundleError::NoZigbuild(architecture)),
        CrossLinker::NoZig => Err(BundleError::NoZig(architecture)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::CrossLinker::{self, NoZig, NoZigbuild, Ready};
    use super::{Glibc, Host, Rust, choose};
    use crate::artifacts::Architecture::{self, Arm64, X86_64};
    use crate::artifacts::Wanted::{self, Auto, Only};

    const LINUX_ARM: &str = "aarch64-unknown-linux-gnu";
    const LINUX_X86: &str = "x86_64-unknown-linux-gnu";
    const MAC: &str = "aarch64-apple-darwin";
    const ALPINE: &str = "x86_64-unknown-linux-musl";

    const NO_STD_ARM: &str = "the Rust standard library for aarch64-unknown-linux-gnu is not installed";
    const NO_STD_X86: &str = "the Rust standard library for x86_64-unknown-linux-gnu is not installed";
    const NO_LINK_ARM: &str = "this host cannot link a Lambda binary for arm64 without cargo-zigbuild";
    const NO_ZIG_ARM: &str = "cargo-zigbuild finds no zig to link with for arm64";

    /// Host, minor version of its glibc (0: another C library), installed targets, cross linker; wanted, decision.
    type Case = (&'static str, u32, &'static [Architecture], CrossLinker, Wanted, &'static str);

    const CASES: [Case; 19] = [
        (LINUX_X86, 34, &[X86_64], NoZigbuild, Auto, "Cargo x86_64"),
        (LINUX_X86, 34, &[Arm64, X86_64], NoZigbuild, Auto, "Cargo x86_64"),
        (LINUX_X86, 34, &[Arm64, X86_64], Ready, Auto, "Zigbuild arm64"),
        (LINUX_X86, 34, &[Arm64, X86_64], Ready, Only(X86_64), "Cargo x86_64"),
        (LINUX_X86, 34, &[X86_64], Ready, Auto, "Cargo x86_64"),
        (LINUX_X86, 36, &[X86_64], Ready, Auto, "Zigbuild x86_64"),
        (LINUX_X86, 36, &[X86_64], NoZigbuild, Auto, "Cargo x86_64"),
        (LINUX_X86, 36, &[X86_64], NoZig, Auto, "Cargo x86_64"),
        (LINUX_X86, 34, &[X86_64], Ready, Only(Arm64), NO_STD_ARM),
        (LINUX_X86, 34, &[Arm64, X86_64], NoZigbuild, Only(Arm64), NO_LINK_ARM),
        (LINUX_ARM, 34, &[Arm64], NoZigbuild, Auto, "Cargo arm64"),
        (LINUX_ARM, 34, &[Arm64], NoZigbuild, Only(X86_64), NO_STD_X86),
        (LINUX_ARM, 39, &[Arm64], Ready, Auto, "Zigbuild arm64"),
        (MAC, 0, &[Arm64], Ready, Auto, "Zigbuild arm64"),
        (MAC, 0, &[Arm64], NoZigbuild, Auto, NO_LINK_ARM),
        (MAC, 0, &[Arm64], NoZig, Auto, NO_ZIG_ARM),
        (MAC, 0, &[], Ready, Auto, NO_STD_ARM),
        (ALPINE, 0, &[X86_64], Ready, Auto, "Zigbuild x86_64"),
        (ALPINE, 0, &[], NoZigbuild, Auto, NO_STD_X86),
    ];

    #[test]
    fn each_host_builds_what_it_can() {
        for (triple, minor, targets, cross_linker, wanted, expected) in CASES {
            let host = Host {
                rust: Some(Rust {
                    host: triple.to_owned(),
                    commit: String::new(),
                    sysroot: PathBuf::new(),
                    targets: targets.to_vec(),
                }),
                glibc: (minor > 0).then_some(Glibc::new(2, minor)),
                cross_linker,
            };
            let decision = match choose(&host, wanted) {
                Ok(recipe) => format!("{:?} {}", recipe.tool, recipe.architecture),
                Err(error) => error.to_string(),
            };
            assert_eq!(decision, expected, "{wanted:?} on {host:?}");
        }
    }

    #[test]
    fn without_cargo_nothing_can_be_built() {
        let host = Host { rust: None, glibc: None, cross_linker: Ready };
        let error = choose(&host, Auto).unwrap_err();
        insta::assert_snapshot!(error, @"cargo is not installed, so the Lambda binary cannot be built");
    }
}
