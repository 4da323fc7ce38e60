//! Requirements of tests on the machine, beyond Rust.

use std::{env, sync::LazyLock};

use crate::venv;

/// The environment variable that `cargo xtask test` sets to select a [`Mode`].
pub const VARIABLE: &str = "TWINCTL_TESTS";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Run the tests that can run on this machine.
    Possible,
    /// `all`: a missing requirement is an error, so that CI cannot pass without a test.
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
}

pub const EMULATOR: Need = Need {
    name: "the emulated AWS, which `cargo xtask test` installs",
    is_met: || {
        static IS_INSTALLED: LazyLock<bool> = LazyLock::new(|| venv::EMULATOR.is_complete());
        *IS_INSTALLED
    },
};

pub const CHECKS: Need = Need {
    name: "the checks of workflows and policies, which `cargo xtask test` installs",
    is_met: || {
        static IS_INSTALLED: LazyLock<bool> = LazyLock::new(|| venv::CHECKS.is_complete());
        *IS_INSTALLED
    },
};

macro_rules! programs {
    ($($constant:ident: $program:literal),* $(,)?) => {
        $(pub const $constant: Need = Need {
            name: concat!("the program `", $program, "`"),
            is_met: || {
                static IS_INSTALLED: LazyLock<bool> = LazyLock::new(|| is_on_path($program));
                *IS_INSTALLED
            },
        };)*
    };
}

programs! { AGE: "age", GIT: "git", NODE: "node", OPENSSL: "openssl", SCRIPT: "script", STRACE: "strace" }

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

#[expect(clippy::disallowed_methods, reason = "PATH is the shell's setting, not the product's")]
fn is_on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
