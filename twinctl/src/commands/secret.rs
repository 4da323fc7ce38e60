//! `twinctl secret`: stores, replaces, checks and deletes the API key of the model provider, and replaces the origin
//! secret. Never prints either.

mod key_context;
mod origin;
mod remove;
mod set;
mod status;

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use key_context::KeyContext;

use crate::{
    commands::arguments::duration,
    run::session,
    spec::{Environment, Options},
    targets::{Target, on_target},
    twin::secret::KeyStore,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl secret set prod openai                 Prompt for the key without showing it
  pass show openai | twinctl secret set prod openai
  twinctl secret rotate prod openai < key.txt    Replace the key; the twin reads it without a deploy
  twinctl secret rotate prod origin              Replace the secret that CloudFront sends
  twinctl secret status prod                     Show whether the twin has a key, and may read it";

/// Manage the model provider's API key and the origin secret
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Secret {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Store a key: prompts for it without showing it, or reads it from stdin
    Set(set::Set),
    Rotate(Rotate),
    Status(status::Status),
    Remove(remove::Remove),
}

pub(super) async fn run(options: &Options, args: &Secret, ui: &Ui) -> Result<Exit, Diagnostic> {
    let name = match &args.verb {
        Verb::Set(args) => {
            set::reject_argument(&args.environment, args.argument.as_ref())?;
            &args.environment
        }
        Verb::Rotate(args) => {
            set::reject_argument(&args.environment, args.argument.as_ref())?;
            &args.environment
        }
        Verb::Status(args) => &args.environment,
        Verb::Remove(args) => &args.environment,
    };
    let environment = session::load(options, name, ui)?;
    if let Verb::Rotate(args) = &args.verb
        && args.name == Rotated::Origin
    {
        return on_target!(environment, origin_of(options, args, environment, ui));
    }
    let key_store = on_target!(environment, open(options, &environment, ui))?;
    let stored = key_store.read().await;
    let stored = stored.map_err(|fault| Diagnostic::fault("could not read the key", &fault))?;
    let other_source = key_store.other_source();
    let other_source = other_source
        .map_err(|fault| Diagnostic::fault("could not check other sources of the key", &fault))?;
    let context = KeyContext {
        key_store: key_store.as_ref(),
        environment: &environment,
        stored: stored.as_ref(),
        other_source,
        ui,
    };
    match &args.verb {
        Verb::Set(_) => set::set(&context).await,
        Verb::Rotate(_) => set::rotate(&context).await,
        Verb::Status(_) => Ok(status::run(&context)),
        Verb::Remove(args) => remove::run(&context, args).await,
    }
}

async fn origin_of<T: Target>(
    options: &Options,
    args: &Rotate,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    origin::rotate::<T>(options, environment, args.lock_wait, ui).await
}

async fn open<T: Target>(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<Box<dyn KeyStore>, Diagnostic> {
    T::key_store(options, environment, ui).await
}

const ROTATE_EXAMPLES: &str = "\
Examples:
  twinctl secret rotate prod openai                Prompt for the new key
  twinctl secret rotate prod openai < key.txt      Read it from a file
  twinctl secret rotate prod origin                Replace the secret that CloudFront sends";

/// Replace the stored key, or the origin secret
#[derive(Debug, Args)]
#[command(after_help = ROTATE_EXAMPLES)]
pub(crate) struct Rotate {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Secret name
    #[arg(value_name = "SECRET")]
    pub(crate) name: Rotated,
    /// Rejected with a hint, because other users can read command-line arguments.
    #[arg(hide = true)]
    pub(crate) argument: Option<String>,
    /// Wait for the lock, for example `5m` (origin secret only)
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub(crate) lock_wait: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rotated {
    /// The API key of `model.source: openai`
    Openai,
    /// The secret by which the function recognizes CloudFront; twinctl creates it
    Origin,
}
