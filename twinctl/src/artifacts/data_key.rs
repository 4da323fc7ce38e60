//! The key to the owner's encrypted files: from a file, from `DATA_KEY`, or typed.

use std::path::Path;

use persona::{Key, KeyError};

use crate::{system::host::variable, ui::Ui};

const KEY: &str = "DATA_KEY";

/// `None` where there is none, and nobody to ask for one.
pub(crate) fn find(file: Option<&Path>, ui: &Ui) -> Result<Option<Key>, KeyError> {
    if let Some(key) = said(file)? {
        return Ok(Some(key));
    }
    ui.ask_secret("Key or passphrase of your encrypted files:").map(Key::from_text).transpose()
}

/// Where it can be found without a question.
pub(crate) fn said(file: Option<&Path>) -> Result<Option<Key>, KeyError> {
    match file {
        Some(path) => Key::from_file(path).map(Some),
        None => variable(KEY).map(|text| Key::from_text(text.into())).transpose(),
    }
}
