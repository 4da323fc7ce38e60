//! One file per AWS thing.

pub mod bucket;
pub mod site;
pub mod web_access;
