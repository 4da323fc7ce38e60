//! Output for GitHub Actions: annotations, and text that is safe there.

pub(crate) mod annotations;
pub(crate) mod markdown;
