//! Chooses how to build the Lambda binary on this host.

use super::Glibc;
use super::host::{CrossLinker, Host, Rust};
use crate::artifacts::{Architecture, BundleError};

/// A way to build on this host.
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

/// Chooses the required architecture, or the first that can be built. arm64 is first because Lambda costs 20% less on
/// it.
pub(super) fn choose(host: &Host, required: Option<Architecture>) -> Result<Recipe, BundleError> {
    let rust = host.rust.as_ref().ok_or(BundleError::NoCargo)?;
    let build = |architecture| {
        let tool = tool(host, rust, architecture)?;
        Ok(Recipe { tool, architecture })
    };
    match required {
        Some(architecture) => build(architecture),
        None => build(Architecture::Arm64)
            .or_else(|_| build(Architecture::X86_64))
            .or_else(|_: BundleError| build(own_architecture(rust))),
    }
}

/// Returns the architecture that the error is about if none can be built: that of this machine, which needs the fewest
/// additional tools.
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
        // A build against a newer glibc rarely requires it. `elf` checks the binary after the build.
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

    const LINUX_ARM: &str = "aarch64-unknown-linux-gnu";
    const LINUX_X86: &str = "x86_64-unknown-linux-gnu";
    const MAC: &str = "aarch64-apple-darwin";
    const ALPINE: &str = "x86_64-unknown-linux-musl";

    const NO_STD_ARM: &str = "the Rust standard library for aarch64-unknown-linux-gnu is not installed";
    const NO_STD_X86: &str = "the Rust standard library for x86_64-unknown-linux-gnu is not installed";
    const NO_LINK_ARM: &str = "this host cannot link a Lambda binary for arm64 without cargo-zigbuild";
    const NO_ZIG_ARM: &str = "cargo-zigbuild cannot find zig, which links the Lambda binary for arm64";

    /// Host, minor version of its glibc (0: another C library), installed targets, cross linker, required
    /// architecture, expected result.
    type Case = (&'static str, u32, &'static [Architecture], CrossLinker, Option<Architecture>, &'static str);

    const CASES: [Case; 19] = [
        (LINUX_X86, 34, &[X86_64], NoZigbuild, None, "Cargo x86_64"),
        (LINUX_X86, 34, &[Arm64, X86_64], NoZigbuild, None, "Cargo x86_64"),
        (LINUX_X86, 34, &[Arm64, X86_64], Ready, None, "Zigbuild arm64"),
        (LINUX_X86, 34, &[Arm64, X86_64], Ready, Some(X86_64), "Cargo x86_64"),
        (LINUX_X86, 34, &[X86_64], Ready, None, "Cargo x86_64"),
        (LINUX_X86, 36, &[X86_64], Ready, None, "Zigbuild x86_64"),
        (LINUX_X86, 36, &[X86_64], NoZigbuild, None, "Cargo x86_64"),
        (LINUX_X86, 36, &[X86_64], NoZig, None, "Cargo x86_64"),
        (LINUX_X86, 34, &[X86_64], Ready, Some(Arm64), NO_STD_ARM),
        (LINUX_X86, 34, &[Arm64, X86_64], NoZigbuild, Some(Arm64), NO_LINK_ARM),
        (LINUX_ARM, 34, &[Arm64], NoZigbuild, None, "Cargo arm64"),
        (LINUX_ARM, 34, &[Arm64], NoZigbuild, Some(X86_64), NO_STD_X86),
        (LINUX_ARM, 39, &[Arm64], Ready, None, "Zigbuild arm64"),
        (MAC, 0, &[Arm64], Ready, None, "Zigbuild arm64"),
        (MAC, 0, &[Arm64], NoZigbuild, None, NO_LINK_ARM),
        (MAC, 0, &[Arm64], NoZig, None, NO_ZIG_ARM),
        (MAC, 0, &[], Ready, None, NO_STD_ARM),
        (ALPINE, 0, &[X86_64], Ready, None, "Zigbuild x86_64"),
        (ALPINE, 0, &[], NoZigbuild, None, NO_STD_X86),
    ];

    #[test]
    fn the_recipe_depends_on_the_tools_of_the_host() {
        for (triple, minor, targets, cross_linker, required, expected) in CASES {
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
            let result = match choose(&host, required) {
                Ok(recipe) => format!("{:?} {}", recipe.tool, recipe.architecture),
                Err(error) => error.to_string(),
            };
            assert_eq!(result, expected, "{required:?} on {host:?}");
        }
    }

    #[test]
    fn without_cargo_the_build_fails() {
        let host = Host { rust: None, glibc: None, cross_linker: Ready };
        let error = choose(&host, None).unwrap_err();
        insta::assert_snapshot!(error, @"cargo is not installed, so the Lambda binary cannot be built");
    }
}
