//! `twinctl data`: lists, downloads, encrypts and decrypts data files.

mod decrypt;
mod destination;
mod encrypt;
mod history;
mod keygen;
mod ls;
mod pull;

use std::sync::Arc;

use clap::{Args, Subcommand};
pub(super) use encrypt::recipients;
use reconcile::Choices;

use crate::{
    artifacts::data::StoredFiles,
    run::session::{self, Session},
    spec::{Environment, Options},
    targets::{Part, Target, on_target},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl data ls dev             List the data files of a twin
  twinctl data pull dev           Download them to the folder that `data:` names
  twinctl data pull dev ./saved   Download them to another folder
  twinctl data history dev        List the sets that `upload-data --rollback=SET` can restore
  twinctl data keygen -o FILE     Create a key for `data encrypt` and `data decrypt`";

const LS_EXAMPLES: &str = "\
Examples:
  twinctl data ls prod           List the files, and when each was uploaded
  twinctl data ls prod --json    Print their hashes, too";

const HISTORY_EXAMPLES: &str = "\
Examples:
  twinctl data history prod                    List the uploaded sets
  twinctl upload-data prod --rollback=SET      Restore one of them";

/// Manage data files: list, download, encrypt, decrypt
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Data {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Uploaded(Uploaded),
    #[command(flatten)]
    Local(Local),
}

/// Verbs about uploaded files.
#[derive(Debug, Subcommand)]
enum Uploaded {
    /// List the data files of a twin
    #[command(after_help = LS_EXAMPLES)]
    Ls(EnvironmentArg),
    Pull(pull::Pull),
    /// List the uploaded sets of files, newest first
    #[command(after_help = HISTORY_EXAMPLES)]
    History(EnvironmentArg),
}

/// Verbs about local files.
#[derive(Debug, Subcommand)]
enum Local {
    Keygen(keygen::Keygen),
    Encrypt(encrypt::Encrypt),
    Decrypt(decrypt::Decrypt),
}

#[derive(Debug, Args)]
struct EnvironmentArg {
    /// Environment name
    #[arg(value_name = "ENV")]
    environment: String,
}

pub(super) async fn run(options: &Options, args: &Data, ui: &Ui) -> Result<Exit, Diagnostic> {
    let uploaded = match &args.verb {
        Verb::Local(Local::Keygen(args)) => return keygen::run(args, ui),
        Verb::Local(Local::Encrypt(args)) => return encrypt::run(args, ui),
        Verb::Local(Local::Decrypt(args)) => return decrypt::run(args, ui),
        Verb::Uploaded(uploaded) => uploaded,
    };
    let environment = match uploaded {
        Uploaded::Ls(args) | Uploaded::History(args) => &args.environment,
        Uploaded::Pull(args) => &args.environment,
    };
    let environment = session::load(options, environment, ui)?;
    on_target!(environment, run_on(options, uploaded, environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    data: &Uploaded,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let session = Session::<T>::open(options, environment, Part::Data, Choices::default(), ui).await?;
    let there = read_uploaded(&session).await?;
    match data {
        Uploaded::Ls(args) => ls::show(&there, &args.environment, ui),
        Uploaded::History(_) => history::show(&there, ui),
        Uploaded::Pull(args) => pull::pull(&session, &there, args, ui).await?,
    }
    Ok(Exit::Done)
}

/// Reads the uploaded files and their history. Fails if the environment is not deployed.
pub(super) async fn read_uploaded<T: Target>(session: &Session<T>) -> Result<Arc<StoredFiles>, Diagnostic> {
    let there = session.target.read_data_files().await;
    let there = there.map_err(|fault| Diagnostic::fault("could not list the data files", &fault))?;
    let name = &session.environment.name;
    there.ok_or_else(|| {
        Diagnostic::new(Exit::Unhealthy, format!("`{name}` is not deployed yet and has no data files"))
            .hint(format!("run `twinctl deploy {name}`"))
    })
}
