//! The owner's files: where they come from, what is wrong with them, what of them goes online. No AWS, no terminal.

mod files;
mod mistake;

pub use files::Files;
pub use mistake::{Gravity, Mistake};
