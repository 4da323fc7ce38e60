//! The targets: AWS and this machine. The commands are generic over the `Target` trait.

pub(crate) mod adoption;
#[cfg(feature = "aws")]
pub mod aws;
pub mod aws_access;
pub(crate) mod end_of_life;
pub(crate) mod expiry_note;
pub mod local;
pub(crate) mod missing_record;
pub mod record;
pub(crate) mod rollback;
mod run_scope;
mod target;

pub(crate) use adoption::Adoption;
pub use run_scope::Aim;
pub(crate) use run_scope::Part;
pub(crate) use target::{
    Access, Builds, Deployed, Opened, Releases, Reports, RolledBack, Sources, StoredData, Target, TargetGraph,
};

/// Runs a generic command on the target that the environment names.
macro_rules! on_target {
    ($environment:expr, $run:ident($($argument:expr),*)) => {
        match $environment.target {
            #[cfg(feature = "aws")]
            crate::spec::Target::Aws => $run::<crate::targets::aws::Aws>($($argument),*).await,
            #[cfg(not(feature = "aws"))]
            crate::spec::Target::Aws => Err(crate::targets::built_without_aws()),
            crate::spec::Target::Local => $run::<crate::targets::local::Local>($($argument),*).await,
        }
    };
}
pub(crate) use on_target;

/// Returns whether this build has the target. One for local twins only compiles faster.
pub(crate) fn is_built_in(target: crate::spec::Target) -> bool {
    cfg!(feature = "aws") || target == crate::spec::Target::Local
}

/// The error of a build for local twins when an environment is in AWS.
#[cfg(not(feature = "aws"))]
pub(crate) fn built_without_aws() -> crate::ui::Diagnostic {
    crate::ui::Diagnostic::new(crate::ui::Exit::Usage, "this build of twinctl runs only local twins")
        .hint("for AWS, run `cargo run --package twinctl -- …`, or install it: `cargo install --locked --debug --path twinctl`")
}
