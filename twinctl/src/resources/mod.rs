//! One file per AWS thing.

pub mod distribution;
pub mod http_api;
