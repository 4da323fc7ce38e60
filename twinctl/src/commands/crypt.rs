//! `twinctl data keygen`, `data encrypt`, `data decrypt`: keys, and encrypted files.

mod decrypt;
mod encrypt;
mod keygen;
mod place;

use crate::{cli::Crypt, diagnostic::Diagnostic, exit::Exit, ui::Ui};

pub(super) fn run(verb: &Crypt, ui: &Ui) -> Result<Exit, Diagnostic> {
    match verb {
        Crypt::Keygen(args) => keygen::run(args, ui),
        Crypt::Encrypt(args) => encrypt::run(args, ui),
        Crypt::Decrypt(args) => decrypt::run(args, ui),
    }
}
