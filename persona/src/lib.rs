//! The owner's files: where they come from, what is wrong with them, what of them goes online. No AWS, no terminal.

mod check;
mod files;
mod mistake;
mod names;
mod pattern;
mod pdf;
mod prepare;
pub mod price;
mod privacy;
mod tokens;

pub use check::room::too_large;
pub use files::Files;
pub use mistake::{Gravity, Mistake};
pub use prepare::{Prepared, prepare};
pub use privacy::{Allow, LeftOut, Private};
