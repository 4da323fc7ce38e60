//! The key or passphrase of encrypted data files: from a file, from `DATA_KEY`, or entered by the user.

use std::path::Path;

use persona::{Key, KeyError};

use crate::{system::host::variable, ui::Ui};

const KEY: &str = "DATA_KEY";

/// Returns the key, and asks for it if necessary. Returns `None` if there is no key and no terminal to ask.
pub(crate) fn find(file: Option<&Path>, ui: &Ui) -> Result<Option<Key>, KeyError> {
    if let Some(key) = find_without_prompt(file)? {
        return Ok(Some(key));
    }
    ui.ask_secret("Key or passphrase of your encrypted files:").map(Key::from_text).transpose()
}

/// Returns the key from `file` or `DATA_KEY`, without asking.
pub(crate) fn find_without_prompt(file: Option<&Path>) -> Result<Option<Key>, KeyError> {
    match file {
        Some(path) => Key::from_file(path).map(Some),
        None => variable(KEY).map(|text| Key::from_text(text.into())).transpose(),
    }
}
