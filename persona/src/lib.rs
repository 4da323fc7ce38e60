//! The owner's files: where they come from, what is wrong with them, what of them goes online. No AWS, no terminal.

mod check;
mod crypt;
mod files;
mod mistake;
mod names;
mod pattern;
mod pdf;
mod prepare;
pub mod price;
mod privacy;
mod source;
mod stamp;

pub use check::room::too_large;
pub use crypt::{
    BadKey, BadRecipient, ExposeSecret, Key, KeyPair, Recipients, SEALS, Seal, SecretString, Undecryptable,
    holds_identity, inner_name,
};
pub use files::Files;
pub use mistake::{Gravity, Mistake};
pub use names::{FOLDERS, bare, is_read, is_read_pdf};
pub use prepare::{Prepared, prepare};
pub use privacy::{Allow, LeftOut, Private};
pub use source::{
    Asking, BadSource, CollectError, Collected, GitAddress, GitError, Means, Said, Source, Survey, collect,
    is_there, survey, usual_folder,
};
pub use stamp::{Prints, stamp};
