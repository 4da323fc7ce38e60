//! One file per AWS thing.

pub mod bucket;
pub mod distribution;
pub mod http_api;
pub mod site;
pub mod web_access;
