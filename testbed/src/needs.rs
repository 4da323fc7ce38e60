//! Requirements of tests on the machine, beyond Rust.

use std::{env, process::Command, sync::LazyLock};

use crate::{Folder, venv};

/// The environment variable that `cargo xtask test` sets to select a [`Mode`].
pub const VARIABLE: &str = "TWINCTL_TESTS";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Run the tests that can run on this machine.
    Possible,
    /// `all`: a missing requirement is an error, so that CI cannot pass without a test. Exception: optional requirements.
    All,
    /// `fast`: ignore every test that has a requirement.
    Fast,
}

impl Mode {
    #[expect(
        clippy::disallowed_methods,
        reason = "the switch that `cargo xtask test` hands to the test binaries"
    )]
    pub fn read() -> Self {
        match env::var(VARIABLE).as_deref() {
            Ok("all") => Self::All,
            Ok("fast") => Self::Fast,
            _ => Self::Possible,
        }
    }
}

/// A requirement of a test.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    name: &'static str,
    is_met: fn() -> bool,
    /// `cargo xtask test` cannot install it, so it reports the test as ignored.
    pub is_optional: bool,
}

pub const EMULATOR: Need = Need {
    name: "the emulated AWS, which `cargo xtask test` installs",
    is_met: || {
        static IS_INSTALLED: LazyLock<bool> = LazyLock::new(|| venv::EMULATOR.is_complete());
        *IS_INSTALLED
    },
    is_optional: false,
};

pub const CHECKS: Need = Need {
    name: "the checks of workflows and policies, which `cargo xtask test` installs",
    is_met: || {
        static IS_INSTALLED: LazyLock<bool> = LazyLock::new(|| venv::CHECKS.is_complete());
        *IS_INSTALLED
    },
    is_optional: false,
};

pub const TERRAFORM: Need = Need {
    name: "`terraform` with the AWS provider 5.100, which `terraform init` must find",
    is_met: || {
        static IS_INSTALLED: LazyLock<bool> = LazyLock::new(has_provider);
        *IS_INSTALLED
    },
    is_optional: true,
};

macro_rules! programs {
    ($($constant:ident: $program:literal),* $(,)?) => {
        $(pub const $constant: Need = Need {
            name: concat!("the program `", $program, "`"),
            is_met: || {
                static IS_INSTALLED: LazyLock<bool> = LazyLock::new(|| is_on_path($program));
                *IS_INSTALLED
            },
            is_optional: false,
        };)*
    };
}

programs! { AGE: "age", GIT: "git", NODE: "node", OPENSSL: "openssl", STRACE: "strace" }

impl Need {
    /// Returns the reason why a test with this requirement cannot run, if there is one.
    pub fn missing(&self, mode: Mode) -> Option<String> {
        match mode {
            Mode::Fast => Some(format!("skipped by --fast: needs {}", self.name)),
            _ if (self.is_met)() => None,
            _ => Some(format!("needs {}", self.name)),
        }
    }
}

/// Whether Terraform finds the provider with its own configuration: in a mirror, a cache or the registry.
fn has_provider() -> bool {
    const PROVIDER: &str = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"5.100.0\"\n    }\n  }\n}\n";
    let folder = Folder::new();
    folder.write("terraform.tf", PROVIDER);
    let init = Command::new("terraform").args(["init", "-input=false"]).current_dir(folder.path()).output();
    init.is_ok_and(|output| output.status.success())
}

#[expect(clippy::disallowed_methods, reason = "PATH is the shell's setting, not the product's")]
fn is_on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
