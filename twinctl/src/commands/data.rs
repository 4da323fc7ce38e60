//! `twinctl data`: keys, and encrypted files.

mod decrypt;
mod encrypt;
mod keygen;
mod place;

use crate::{cli::Data, diagnostic::Diagnostic, exit::Exit, ui::Ui};

pub(super) fn run(data: &Data, ui: &Ui) -> Result<Exit, Diagnostic> {
    match data {
        Data::Keygen(args) => keygen::run(args, ui),
        Data::Encrypt(args) => encrypt::run(args, ui),
        Data::Decrypt(args) => decrypt::run(args, ui),
    }
}
