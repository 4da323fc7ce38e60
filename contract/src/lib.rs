//! Names, limits and formats that twinctl, persona and twin-lambda share.
//!
//! This crate has no dependencies, because it is linked into the Lambda function.

pub mod api;
pub mod bedrock;
pub mod block;
pub mod budget;
pub mod data;
pub mod expiry;
pub mod instruction;
pub mod key;
pub mod limits;
pub mod models;
pub mod owner_only;
pub mod pause;
pub mod sse;
pub mod tokens;
pub mod variable;
