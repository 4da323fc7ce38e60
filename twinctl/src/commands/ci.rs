//! `twinctl ci`: what a repository needs to deploy without stored keys, made and taken away.

mod at;
mod remove;
mod setup;
mod show;

use crate::{
    cli::{Ci, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    ui::Ui,
};

pub(super) async fn run(global: &Global, args: &Ci, ui: &Ui) -> Result<Exit, Diagnostic> {
    match args {
        Ci::Setup(args) => setup::run(global, args, ui).await,
        Ci::Remove(args) => remove::run(global, args, ui).await,
    }
}
