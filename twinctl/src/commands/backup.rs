//! `twinctl backup`: saves a whole twin in one file: data files, conversations and unanswered questions.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use contract::key::is_deleted;
use futures_util::{StreamExt as _, stream};
use persona::{Encryption, Recipients, decrypted_name};
use reconcile::{Choices, Fault};
use serde_json::json;
use tokio::task::yield_now;

use super::{
    arguments::KeyFile,
    data::{read_uploaded, recipients},
    memory::not_deployed,
};
use crate::{
    run::session::{self, Session},
    spec::{self, Environment, Options},
    system::{clock, host, part_file::PartFile},
    targets::{Part, Target, on_target},
    twin::{
        backup::{BackupWriter, Header, Object, is_memory_key},
        store::{Entry, Store},
    },
    ui::{Diagnostic, Exit, Ui, counted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl backup prod twin.jsonl.age              Encrypt the file with your key or a passphrase
  twinctl backup prod twin.jsonl.age --to age1…   Encrypt it for other keys
  twinctl backup prod twin.jsonl                  Save it unencrypted, readable only by you
  twinctl restore local twin.jsonl.age            Restore it, also to another target or account";

/// Save a whole twin in one file
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Backup {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Output file; encrypted if its name ends in `.age`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Public key of a recipient, `age1…` [default: your own key or passphrase]
    #[arg(long, value_name = "PUBLIC_KEY")]
    pub(crate) to: Vec<String>,
    #[command(flatten)]
    pub(crate) key: KeyFile,
    /// Overwrite an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// Number of objects that are read in parallel.
const CONCURRENCY: usize = 16;

pub(super) async fn run(options: &Options, args: &Backup, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    let recipients = check(args, ui)?;
    on_target!(environment, run_on(options, args, recipients.as_ref(), environment, ui))
}

/// Returns the recipients of an encrypted file.
fn check(args: &Backup, ui: &Ui) -> Result<Option<Recipients>, Diagnostic> {
    let (file, is_encrypted) = (args.file.display(), is_encrypted(&args.file));
    if args.file.as_os_str() == "-" {
        return Err(Diagnostic::new(Exit::Usage, "a backup cannot be written to stdout")
            .hint("name a file, for example twin.jsonl.age"));
    }
    let existing = args.file.symlink_metadata().ok();
    if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
        return Err(Diagnostic::new(Exit::Usage, format!("{file} is not a regular file"))
            .hint("choose another name: the backup would replace it, even if it is a link or a device"));
    }
    if existing.is_some() && !args.force {
        return Err(Diagnostic::new(Exit::Usage, format!("{file} already exists"))
            .hint("choose another name, or overwrite it with `--force`"));
    }
    if !is_encrypted && !args.to.is_empty() {
        return Err(Diagnostic::new(Exit::Usage, "`--to` needs a file whose name ends in `.age`")
            .hint(format!("name it {file}.age")));
    }
    if !is_encrypted {
        return Ok(None);
    }
    Ok(Some(recipients(&args.to, &args.key, ui)?.0))
}

fn is_encrypted(file: &Path) -> bool {
    decrypted_name(&file.to_string_lossy()).is_some_and(|(_, encryption)| encryption == Encryption::Age)
}

/// The number of objects in a backup.
#[derive(Debug, Default)]
struct Saved {
    data_files: usize,
    memory: usize,
}

async fn run_on<T: Target>(
    options: &Options,
    args: &Backup,
    recipients: Option<&Recipients>,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let store = T::memory(options, &environment, ui).await?;
    let settings = serde_json::to_value(&environment).unwrap_or_default();
    let (project, name) = (environment.project.to_string(), environment.name.to_string());
    // A preview has no file of its own.
    let file = spec::merged(&options.environments, environment.name.as_str()).ok();
    let header = Header::new(project, name, clock::now(), settings).with_file(file);
    let session = Session::<T>::open(options, environment, Part::Data, Choices::default(), ui).await?;
    // A backup that is interrupted leaves an older file unchanged.
    let part = PartFile::create(&args.file).map_err(|error| write_error(&args.file, &error))?;
    let saved = tokio::select! {
        biased;
        () = host::stop_signal() => {
            Err(Diagnostic::new(Exit::Interrupted, "the backup was interrupted; nothing was saved"))
        }
        saved = write(&session, store.as_ref(), header, recipients, &part, args, ui) => saved,
    }?;
    part.finish().map_err(|error| write_error(&args.file, &error))?;
    let file = args.file.display();
    let (data, memory) = (counted(saved.data_files, "data file"), counted(saved.memory, "conversation"));
    ui.say(&format!("saved {data} and {memory} (with unanswered questions) in {file}"));
    ui.object(
        "backup",
        json!({ "file": args.file, "data_files": saved.data_files, "memory": saved.memory, "encrypted": recipients.is_some() }),
    );
    Ok(Exit::Done)
}

/// Writes the whole file, encrypted if there are recipients.
async fn write<T: Target>(
    session: &Session<T>,
    store: &dyn Store,
    header: Header,
    recipients: Option<&Recipients>,
    part: &PartFile,
    args: &Backup,
    ui: &Ui,
) -> Result<Saved, Diagnostic> {
    let failed = |error: io::Error| write_error(&args.file, &error);
    let file = BufWriter::new(part.writer().map_err(failed)?);
    let Some(recipients) = recipients else {
        let (saved, file) = save(session, store, header, file, args, ui).await?;
        return close(file).map(|()| saved).map_err(failed);
    };
    let output = recipients.encrypt_to(file).map_err(failed)?;
    let (saved, output) = save(session, store, header, output, args, ui).await?;
    close(output.finish().map_err(failed)?).map(|()| saved).map_err(failed)
}

/// Writes all objects, one after the other. Yields after each one, so that the caller can stop between two of them.
async fn save<T: Target, W: Write>(
    session: &Session<T>,
    store: &dyn Store,
    header: Header,
    output: W,
    args: &Backup,
    ui: &Ui,
) -> Result<(Saved, W), Diagnostic> {
    let failed = |error: io::Error| write_error(&args.file, &error);
    let (listed, there) = tokio::join!(store.list(""), read_uploaded(session));
    let listed =
        listed.map_err(|fault| read_error(&fault))?.ok_or_else(|| not_deployed(&args.environment))?;
    let there = there?;
    let mut writer = BackupWriter::new(output, header).map_err(failed)?;
    let mut saved = Saved::default();
    let set = there.history.newest().map(|set| set.id.clone());
    let data: Vec<_> = if there.history.is_sample() {
        ui.say("the sample persona is not saved");
        Vec::new()
    } else {
        there.managed().into_keys().collect()
    };
    let read = |key: String| async move {
        let bytes = session.target.read_data_file(&key).await;
        (key, bytes)
    };
    let mut data = stream::iter(data).map(read).buffered(CONCURRENCY);
    while let Some((key, bytes)) = data.next().await {
        // An upload may remove it meanwhile.
        let Some(bytes) = bytes.map_err(|fault| read_error(&fault))? else { continue };
        writer.data(Object::new(key, bytes)).map_err(failed)?;
        saved.data_files += 1;
        yield_now().await;
    }
    if read_uploaded(session).await?.history.newest().map(|set| set.id.clone()) != set {
        return Err(Diagnostic::new(Exit::Failed, "data files were uploaded meanwhile; nothing was saved")
            .hint("run the command again"));
    }
    // A deleted conversation leaves a short object, which is not a conversation.
    let listed = listed.into_iter().filter(|entry| is_memory_key(&entry.key) && !is_deleted(entry.size));
    let read = |entry: Entry| async move {
        let bytes = store.read(&entry.key).await;
        (entry, bytes)
    };
    let mut memory = stream::iter(listed).map(read).buffered(CONCURRENCY);
    while let Some((Entry { key, written, .. }, bytes)) = memory.next().await {
        let bytes = bytes.map_err(|fault| read_error(&fault))?;
        // The visitor may have deleted it meanwhile.
        let Some(bytes) = bytes.filter(|bytes| !is_deleted(bytes.len() as u64)) else { continue };
        writer.memory(Object::new(key, bytes).written_at(written)).map_err(failed)?;
        saved.memory += 1;
        yield_now().await;
    }
    Ok((saved, writer.finish().map_err(failed)?))
}

fn close(mut file: BufWriter<File>) -> io::Result<()> {
    file.flush()
}

fn read_error(fault: &Fault) -> Diagnostic {
    Diagnostic::fault("the twin could not be saved", fault)
}

fn write_error(file: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::unexpected(&format!("could not write {}", file.display()), error)
}
