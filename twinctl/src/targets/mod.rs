//! The targets: AWS and this machine. The commands are generic over the `Target` trait.

pub mod aws;
pub mod local;
pub(crate) mod missing_record;
pub mod record;
mod target;

pub use target::Aim;
pub(crate) use target::{Opened, Part, Sources, Target};

/// Runs a generic command on the target that the environment names.
macro_rules! on_target {
    ($environment:expr, $run:ident($($argument:expr),*)) => {
        match $environment.target {
            crate::spec::Target::Aws => $run::<crate::targets::aws::Aws>($($argument),*).await,
            crate::spec::Target::Local => $run::<crate::targets::local::Local>($($argument),*).await,
        }
    };
}
pub(crate) use on_target;
