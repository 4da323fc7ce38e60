//! `twinctl secret`: the key of a model's server, which nothing shows.

mod put;
mod remove;
mod status;

use crate::{
    cli::{self, Global},
    diagnostic::Diagnostic,
    exit::Exit,
    secret::{Kept, Vault},
    session,
    spec::{Environment, Model},
    target::{Target, on_target},
    ui::Ui,
};

pub(super) async fn run(global: &Global, args: &cli::Secret, ui: &Ui) -> Result<Exit, Diagnostic> {
    let name = match args {
        cli::Secret::Set(args) | cli::Secret::Rotate(args) => {
            put::refuse_argument(args)?;
            &args.environment
        }
        cli::Secret::Status(args) => &args.environment,
        cli::Secret::Remove(args) => &args.environment,
    };
    let environment = session::load(global, name, ui)?;
    let vault = on_target!(environment, open(global, &environment, ui))?;
    let kept = vault.look().await;
    let kept = kept.map_err(|fault| Diagnostic::fault("the key could not be looked at", &fault))?;
    let elsewhere = vault.elsewhere();
    let elsewhere =
        elsewhere.map_err(|fault| Diagnostic::fault("the key could not be looked for", &fault))?;
    let at = At { vault: &vault, environment: &environment, kept: kept.as_ref(), elsewhere, ui };
    match args {
        cli::Secret::Set(_) => put::set(&at).await,
        cli::Secret::Rotate(_) => put::rotate(&at).await,
        cli::Secret::Status(_) => Ok(status::run(&at)),
        cli::Secret::Remove(args) => remove::run(&at, args).await,
    }
}

/// A key as it was found.
struct At<'a> {
    vault: &'a Vault,
    environment: &'a Environment,
    kept: Option<&'a Kept>,
    /// Where a deploy finds another one.
    elsewhere: Option<String>,
    ui: &'a Ui,
}

impl At<'_> {
    /// Whether the twin of the file asks for it.
    fn is_used(&self) -> bool {
        matches!(self.environment.model, Model::OpenAi { .. })
    }

    /// One that can be read: not one that is to go.
    fn live(&self) -> Option<&Kept> {
        self.kept.filter(|kept| kept.deleted.is_none())
    }
}

async fn open<T: Target>(global: &Global, environment: &Environment, ui: &Ui) -> Result<Vault, Diagnostic> {
    T::vault(global, environment, ui).await
}
