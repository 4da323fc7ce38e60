//! The owner's files: where they come from, what is wrong with them, what of them goes online. No AWS, no terminal.

mod crypt;
mod files;
mod mistake;
mod source;

pub use crypt::{
    BadKey, BadRecipient, ExposeSecret, Key, KeyPair, Recipients, Seal, SecretString, Undecryptable,
    inner_name,
};
pub use files::Files;
pub use mistake::{Gravity, Mistake};
pub use source::{
    Asking, BadSource, CollectError, Collected, GitAddress, GitError, Means, Said, Source, collect,
};
