//! `twinctl restore`: writes a backup into a deployed twin. It overwrites a conversation that differs only if the user
//! asks for it. Each write is conditional, so a run that was killed can be repeated.

mod file;
mod settings;
mod stored;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use persona::Files;
use reconcile::{Choices, Waits};
use tokio::time::Instant;

use self::{
    file::{BackupFile, is_encrypted},
    stored::{Counts, Stored},
};
use super::{
    arguments::{KeyFile, LockWait},
    upload_data::{Upload, check_deployed},
};
use crate::{
    artifacts::{
        data::{DesiredFiles, PreparedFiles},
        data_key,
    },
    run::{
        Approved, carry_out, check_refusals,
        session::{self, Session},
    },
    spec::{Environment, Options},
    targets::{Part, Target, on_target},
    twin::backup::Header,
    ui::{Diagnostic, Exit, Mode, PlanView, Ui, Verb, counted, quoted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl restore prod twin.jsonl --dry-run       Show what would be written
  twinctl restore prod twin.jsonl                 Keep conversations that differ from the backup
  twinctl restore prod twin.jsonl --overwrite     Replace them with those of the backup
  twinctl restore prod ./saved                    Restore the folder of `destroy --backup`";

/// Restore a twin from a file of `backup`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Restore {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// File of `twinctl backup`, or folder of `destroy --backup`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) key: KeyFile,
    /// Replace conversations and questions that differ from the backup
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Show what would be written without writing it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) lock: LockWait,
}

pub(super) async fn run(options: &Options, args: &Restore, ui: &Ui) -> Result<Exit, Diagnostic> {
    let key = if is_encrypted(&args.file)? {
        data_key::find(args.key.key_file.as_deref(), ui)?.map(Some).ok_or_else(|| {
            Diagnostic::new(Exit::Access, "the backup is encrypted, and there is no key")
                .hint("set DATA_KEY, or name the key file with `--key-file`")
        })?
    } else {
        None
    };
    let backup = BackupFile { path: &args.file, key: key.as_ref() };
    let header = backup.header()?;
    if settings::write_missing(options, &args.environment, args.dry_run, header.as_ref(), ui)? {
        return Ok(if args.dry_run { Exit::Done } else { Exit::Pending });
    }
    let environment = session::load(options, &args.environment, ui)?;
    on_target!(environment, run_on(options, args, (&backup, header.as_ref()), environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    args: &Restore,
    (backup, header): (&BackupFile<'_>, Option<&Header>),
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let session = Session::<T>::open(options, environment, Part::Data, Choices::default(), ui).await?;
    session.caution(ui);
    check_deployed(&session)?;
    // Restored conversations expire as those that visitors have now, with the deployed settings.
    let expiry = session.target.memory_expiry().await;
    let expiry = expiry.map_err(|fault| Diagnostic::fault("the expiry could not be read", &fault))?;
    let mut deployed = session.environment.clone();
    deployed.memory.expire_after_days = expiry.and_then(|days| days.try_into().ok());
    let store = T::memory(options, &deployed, ui).await?;
    let stored = Stored::list(store.as_ref(), &args.environment).await?;
    // The whole file is read and compared before anything is written.
    let (data, found) = backup.compare(&stored).await?;
    if let Some(header) = header {
        ui.say(&format!("backup of `{}` of {}, made at {}", header.environment, header.project, header.at));
    }
    let differing =
        header.map(|header| settings::differences(header, &session.environment)).unwrap_or_default();
    settings::print(&differing, ui);
    found.print(args.overwrite, ui);
    let to_write = found.to_write(args.overwrite);
    if let Some(days) = deployed.memory.expire_after_days.filter(|_| !to_write.is_none()) {
        let from = if store.keeps_times() {
            "the last message, as far as the backup has its time"
        } else {
            "the restore"
        };
        ui.say(&format!(
            "what is restored expires {} after {from}, because the twin was deployed with `memory.expire_after_days`; a conversation that its \
             visitor continues lives longer",
            counted(days.into(), "day")
        ));
    }
    let files = restore_data(&session, data, args, !to_write.is_none(), ui).await?;
    if args.dry_run {
        ui.say(&format!("would restore {}", to_write.describe()));
        ui.object("restore", found.json(Counts::default(), files, &differing));
        return Ok(Exit::Done);
    }
    let written = backup.write(&stored, &found, args.overwrite).await?;
    ui.say(&format!("restored {}", written.describe()));
    ui.object("restore", found.json(written, files, &differing));
    Ok(Exit::Done)
}

/// Returns the command line that repeats this run.
fn command(args: &Restore) -> String {
    let (file, key) = (quoted(&args.file.to_string_lossy()), args.key.key_file.as_ref());
    let key = key.map(|key| format!(" --key-file {}", quoted(&key.to_string_lossy()))).unwrap_or_default();
    let overwrite = if args.overwrite { " --overwrite" } else { "" };
    format!("twinctl restore {} {file}{key}{overwrite}", args.environment)
}

/// Uploads the data files as a new set. Asks once, for all that is restored.
async fn restore_data<T: Target>(
    session: &Session<T>,
    data: Files,
    args: &Restore,
    writes_memory: bool,
    ui: &Ui,
) -> Result<bool, Diagnostic> {
    let begun = Instant::now();
    let command = command(args);
    session.observe(&command).await?;
    let observed_at = Instant::now();
    let files = PreparedFiles::new(data, args.file.display().to_string(), false);
    let wanted = if files.is_empty() { DesiredFiles::NoChange } else { DesiredFiles::Files(Arc::new(files)) };
    session.set_sources(T::with_data(T::Sources::default(), wanted));
    let plan = session.engine.plan();
    let pending = plan.changes_anything();
    if pending || plan.refusals().next().is_some() || ui.mode() == Mode::Json {
        let (took, title) = (begun.elapsed(), session.title());
        ui.plan(&PlanView {
            title,
            plan: &plan,
            notes: Vec::new(),
            took,
            verb: Verb::Upload,
            details: false,
        });
    } else {
        ui.say("data files: nothing to change");
    }
    check_refusals(&plan, &command)?;
    if args.dry_run {
        ui.print_plan();
        return Ok(pending);
    }
    if (pending || writes_memory) && !args.yes {
        let question = format!("Restore this backup to {}?", session.environment.name);
        ui.confirm(&question, "nothing was changed", &command)?;
    }
    if pending {
        let approved = Approved {
            plan: &plan,
            observed_at,
            command: &command,
            holding: &command,
            lock_wait: args.lock.lock_wait,
            waits: Waits::Yes,
        };
        carry_out(session, &approved, None, &Upload(&command), ui).await?;
    }
    Ok(pending)
}
