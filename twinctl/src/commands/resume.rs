//! `twinctl resume`: see [`super::pause`].

pub(super) use super::pause::{Resume, resume as run};
