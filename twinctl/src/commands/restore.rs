//! `twinctl restore`: writes a backup into a deployed twin. It overwrites a conversation that differs only if the user
//! asks for it. Each write is conditional, so a run that was killed can be repeated.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead, BufReader},
    path::PathBuf,
    sync::Arc,
};

use clap::Args;
use contract::key::{Form, is_question};
use futures_util::{StreamExt as _, stream};
use persona::{Files, Key, decrypt_from};
use reconcile::{Choices, Fault, Waits};
use serde_json::json;
use tokio::time::Instant;

use super::{
    arguments::{KeyFile, LockWait},
    backup::is_encrypted,
    memory::not_deployed,
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
    twin::{
        backup::{BackupError, BackupReader, Header, Line, Object},
        store::Store,
    },
    ui::{Diagnostic, Exit, PlanView, Ui, Verb, counted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl restore prod twin.jsonl --dry-run       Show what would be written
  twinctl restore prod twin.jsonl                 Keep conversations that differ from the backup
  twinctl restore prod twin.jsonl --overwrite     Replace them with those of the backup";

/// Restore a twin from a file of `backup`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Restore {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// File of `twinctl backup`
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

/// Number of objects that are compared or written in parallel.
const CONCURRENCY: usize = 16;

pub(super) async fn run(options: &Options, args: &Restore, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    let key = if is_encrypted(&args.file) {
        data_key::find(args.key.key_file.as_deref(), ui)?.map(Some).ok_or_else(|| {
            Diagnostic::new(Exit::Access, "the backup is encrypted, and there is no key")
                .hint("set DATA_KEY, or name the key file with `--key-file`")
        })?
    } else {
        None
    };
    on_target!(environment, run_on(options, args, key.as_ref(), environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    args: &Restore,
    key: Option<&Key>,
    environment: Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let backup = BackupFile { args, key };
    let store = T::memory(options, &environment, ui).await?;
    let session = Session::<T>::open(options, environment, Part::Data, Choices::default(), ui).await?;
    session.caution(ui);
    check_deployed(&session)?;
    let memory = MemoryTarget::list(store.as_ref(), args).await?;
    // The whole file is read and compared before anything is written.
    let (header, data, found) = backup.compare(&memory).await?;
    ui.say(&format!("backup of `{}` of {}, made at {}", header.environment, header.project, header.at));
    found.print(args, ui);
    let files = restore_data(&session, data, args, !found.writes_nothing(args), ui).await?;
    if args.dry_run {
        ui.object("restore", found.json(false, files));
        return Ok(Exit::Done);
    }
    let written = backup.write(&memory).await?;
    let question = "unanswered question";
    let restored = format!(
        "restored {} and {}",
        counted(written.conversations, "conversation"),
        counted(written.questions, question)
    );
    ui.say(&restored);
    ui.object("restore", found.json(true, files));
    Ok(Exit::Done)
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
    let command = format!("twinctl restore {} {}", args.environment, args.file.display());
    session.observe(&command).await?;
    let observed_at = Instant::now();
    let files = PreparedFiles::new(data, args.file.display().to_string(), false);
    let wanted = if files.is_empty() { DesiredFiles::NoChange } else { DesiredFiles::Files(Arc::new(files)) };
    session.set_sources(T::with_data(T::Sources::default(), wanted));
    let plan = session.engine.plan();
    let (took, title) = (begun.elapsed(), session.title());
    ui.plan(&PlanView { title, plan: &plan, notes: Vec::new(), took, verb: Verb::Upload, details: false });
    check_refusals(&plan, &command)?;
    let pending = plan.changes_anything();
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

/// The file of a backup. It is read twice, so that it need not fit into memory.
struct BackupFile<'a> {
    args: &'a Restore,
    key: Option<&'a Key>,
}

impl BackupFile<'_> {
    fn open(&self) -> Result<(BackupReader<Box<dyn BufRead>>, Header), Diagnostic> {
        let file = File::open(&self.args.file).map_err(|error| {
            Diagnostic::unexpected(&format!("{} could not be read", self.args.file.display()), &error)
        })?;
        let file = BufReader::new(file);
        let input: Box<dyn BufRead> = match self.key {
            Some(key) => {
                let decrypted = decrypt_from(file, key)
                    .map_err(|error| Diagnostic::new(Exit::Access, error.to_string()).hint(error.hint()))?;
                Box::new(BufReader::new(decrypted))
            }
            None => Box::new(file),
        };
        BackupReader::new(input).map_err(|error| damaged(&error))
    }

    /// Reads the whole file. Returns its data files, and how its conversations and questions compare with the stored ones.
    async fn compare(&self, memory: &MemoryTarget<'_>) -> Result<(Header, Files, Comparison), Diagnostic> {
        let (mut reader, header) = self.open()?;
        let mut data = Files::default();
        let mut found = Comparison::default();
        loop {
            let batch = batch(&mut reader, &mut data).map_err(|error| damaged(&error))?;
            if batch.is_empty() {
                return Ok((header, data, found));
            }
            let compared = stream::iter(batch).map(|object| memory.compare(object)).buffered(CONCURRENCY);
            let compared: Vec<_> = compared.collect().await;
            for compared in compared {
                let compared = compared?;
                found.add(&compared.object.key, &compared.status);
            }
        }
    }

    /// Writes the conversations and questions that are missing, and with `--overwrite` those that differ.
    async fn write(&self, memory: &MemoryTarget<'_>) -> Result<Written, Diagnostic> {
        let (mut reader, _) = self.open()?;
        let (mut data, mut written) = (Files::default(), Written::default());
        loop {
            let batch = batch(&mut reader, &mut data).map_err(|error| damaged(&error))?;
            if batch.is_empty() {
                return Ok(written);
            }
            let writes = stream::iter(batch).map(|object| memory.restore(object, self.args.overwrite));
            let writes: Vec<_> = writes.buffered(CONCURRENCY).collect().await;
            for write in writes {
                match write? {
                    Some(key) if is_question(&key) => written.questions += 1,
                    Some(_) => written.conversations += 1,
                    None => {}
                }
            }
        }
    }
}

/// Reads the next conversations and questions, and the data files before them. Returns none at the end.
fn batch<R: BufRead>(reader: &mut BackupReader<R>, data: &mut Files) -> Result<Vec<Object>, BackupError> {
    let mut batch = Vec::new();
    while batch.len() < CONCURRENCY {
        match reader.next()? {
            Some(Line::Data(object)) => data.insert(object.key.clone(), object.bytes()?),
            Some(Line::Memory(object)) => batch.push(object),
            _ => break,
        }
    }
    Ok(batch)
}

#[derive(Debug, Default)]
struct Written {
    conversations: usize,
    questions: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Status {
    Missing,
    Same,
    /// The stored object differs. `None` if the conversation is stored in the other form.
    Differs(Option<Vec<u8>>),
}

struct Compared {
    object: Object,
    bytes: Vec<u8>,
    status: Status,
}

/// How the conversations and questions of a backup compare with the stored ones.
#[derive(Debug, Default)]
struct Comparison {
    missing: usize,
    same: usize,
    differing: Vec<String>,
}

impl Comparison {
    fn add(&mut self, key: &str, status: &Status) {
        match status {
            Status::Missing => self.missing += 1,
            Status::Same => self.same += 1,
            Status::Differs(_) => self.differing.push(key.to_owned()),
        }
    }

    fn writes_nothing(&self, args: &Restore) -> bool {
        self.missing == 0 && (self.differing.is_empty() || !args.overwrite)
    }

    fn print(&self, args: &Restore, ui: &Ui) {
        for key in &self.differing {
            ui.data(key);
        }
        let (missing, same, differing) = (self.missing, self.same, self.differing.len());
        ui.say(&format!("of the conversations and questions, {missing} are missing, {same} are the same, {differing} differ"));
        if differing > 0 {
            ui.say(if args.overwrite {
                "those that differ are replaced"
            } else {
                "those that differ are kept, because they may be newer; `--overwrite` replaces them"
            });
        }
    }

    fn json(&self, is_written: bool, data_files_changed: bool) -> serde_json::Value {
        json!({
            "written": is_written,
            "missing": self.missing,
            "same": self.same,
            "differing": self.differing,
            "data_files_changed": data_files_changed,
        })
    }
}

/// The stored conversations and questions.
struct MemoryTarget<'a> {
    store: &'a dyn Store,
    listed: BTreeSet<String>,
}

impl<'a> MemoryTarget<'a> {
    async fn list(store: &'a dyn Store, args: &Restore) -> Result<Self, Diagnostic> {
        let listed = store.list("").await.map_err(|fault| failed(&fault))?;
        let listed = listed.ok_or_else(|| not_deployed(&args.environment))?;
        Ok(Self { store, listed: listed.into_iter().map(|entry| entry.key).collect() })
    }

    async fn compare(&self, object: Object) -> Result<Compared, Diagnostic> {
        let bytes = object.bytes().map_err(|error| damaged(&error))?;
        let status = self.status(&object.key, &bytes).await.map_err(|fault| failed(&fault))?;
        Ok(Compared { object, bytes, status })
    }

    async fn status(&self, key: &str, bytes: &[u8]) -> Result<Status, Fault> {
        let stored = if self.listed.contains(key) { self.store.read(key).await? } else { None };
        Ok(match stored {
            Some(stored) if stored == bytes => Status::Same,
            Some(stored) => Status::Differs(Some(stored)),
            // The twin would read one of the two forms only.
            None if self.other_form(key).is_some() => Status::Differs(None),
            None => Status::Missing,
        })
    }

    /// Returns the key of the same conversation in the other form, if it is stored.
    fn other_form(&self, key: &str) -> Option<String> {
        let (form, id) = Form::parse(key)?;
        let other = Form::ALL.into_iter().find(|other| *other != form)?.key(id);
        self.listed.contains(&other).then_some(other)
    }

    /// Writes one object. Returns its key if it was written.
    async fn restore(&self, object: Object, overwrite: bool) -> Result<Option<String>, Diagnostic> {
        let Compared { object, bytes, status } = self.compare(object).await?;
        let expected = match status {
            Status::Same => return Ok(None),
            Status::Differs(_) if !overwrite => return Ok(None),
            Status::Missing | Status::Differs(None) => None,
            Status::Differs(Some(stored)) => Some(stored),
        };
        let written = self.store.write(&object.key, &bytes, expected.as_deref()).await;
        if !written.map_err(|fault| failed(&fault))? {
            let message = format!("`{}` was changed meanwhile", object.key);
            return Err(Diagnostic::new(Exit::Failed, message).hint("run the command again to continue"));
        }
        if let Some(other) = self.other_form(&object.key) {
            self.store.erase(&other).await.map_err(|fault| failed(&fault))?;
        }
        Ok(Some(object.key))
    }
}

fn failed(fault: &Fault) -> Diagnostic {
    Diagnostic::fault("the backup could not be restored completely; run the command again to continue", fault)
}

fn damaged(error: &BackupError) -> Diagnostic {
    Diagnostic::unexpected("the backup could not be read; nothing else was written", error)
        .hint("copy the file again; a complete one ends with a line of the kind `end`")
}
