//! Encrypted files: age's, and those that `openssl enc` made for the twins that were there before.

mod age_file;
mod cipher;
mod key;
mod openssl;
mod recipients;
mod sealed;
mod shape;

pub use age::secrecy::{ExposeSecret, SecretString};
pub use key::{BadKey, Key, KeyPair, holds_identity};
pub use recipients::{BadRecipient, Recipients};
pub use sealed::{SEALS, Seal, Undecryptable, inner_name};
