//! Output for GitHub Actions: annotations, the job summary, and text that is safe there.

pub(crate) mod annotations;
pub(crate) mod markdown;
pub(crate) mod summary;
