//! `twinctl unblock`: see [`super::block`].

pub(super) use super::block::{Unblock, unblock as run};
