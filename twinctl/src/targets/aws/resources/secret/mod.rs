//! The secret that holds the key of a model's server: deploys only look at it, `secret set` brings the value.

mod resource;
#[cfg(test)]
mod tests;
mod value;

pub use resource::{RECOVERY_DAYS, Secret, SecretActual, SecretDesired, from_its_owner};
pub use value::SecretValue;
