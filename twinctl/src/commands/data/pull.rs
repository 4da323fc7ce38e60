//! `twinctl data pull`: downloads the data files of a twin. Overwrites local files only with `--force`.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use persona::{ENCRYPTED_EXTENSIONS, decrypted_name};
use serde_json::json;

use crate::{
    artifacts::data::{
        Files, Fingerprint, Layout, StoredFiles, folder_rank, local_data_folder, uploadable_files,
    },
    run::session::Session,
    system::files,
    targets::Target,
    ui::{Diagnostic, Exit, Ui, counted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl data pull prod             Download them to the folder that `data:` names
  twinctl data pull prod ./saved     Download them to another folder
  twinctl data pull prod --force     Overwrite files that differ";

/// Download the data files of a twin
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Pull {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Folder to write to [default: the folder that `data:` names]
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Overwrite files that differ, and keep the old ones as `NAME~`
    #[arg(long)]
    pub(crate) force: bool,
}

const AT_ONCE: usize = 32;

/// An uploaded file and its local path.
struct Pulled {
    key: String,
    path: PathBuf,
    status: PullStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PullStatus {
    /// The local file is what was uploaded, possibly with parts that are never uploaded.
    Same,
    Written,
    /// The local file differs and is kept.
    Differs,
}

/// The local folder, and whether files in it may be overwritten.
struct LocalFolder<'h> {
    folder: &'h Path,
    /// Fingerprints of the local files as they would be uploaded.
    online: Files,
    force: bool,
}

pub(super) async fn pull<T: Target>(
    session: &Session<T>,
    there: &StoredFiles,
    args: &Pull,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => local_data_folder(&session.environment)?.ok_or_else(|| {
            let message = "your data files come from a git repository; nothing was downloaded";
            Diagnostic::new(Exit::Usage, message)
                .hint(format!("name a folder: `twinctl data pull {} DIR`", session.environment.name))
        })?,
    };
    let places = places(there, &folder)?;
    let online = uploadable_files(&session.environment, &folder);
    let local = LocalFolder { folder: &folder, online, force: args.force };
    let pulls = places.into_iter().map(|(key, print, name)| one(session, &local, key, print, name));
    let pulled: Vec<_> = stream::iter(pulls).buffer_unordered(AT_ONCE).try_collect().await?;
    print_result(&pulled, &folder, ui)
}

/// Returns the local path of each file: its existing path, under any of the names that the twin accepts, else the
/// default. If two uploaded files have the same path, returns the one that the twin reads.
fn places(there: &StoredFiles, folder: &Path) -> Result<Vec<(String, Fingerprint, String)>, Diagnostic> {
    let here = names(folder);
    let layout = Layout::of(here.iter().map(String::as_str));
    let place = |(key, print): (String, Fingerprint)| {
        let name = layout.place(persona::without_folder(&key));
        if name.split('/').any(|part| matches!(part, "" | "." | "..")) || name.contains('\\') {
            let message = format!("`{key}` is not a valid file name here; nothing was downloaded");
            return Err(Diagnostic::new(Exit::Environment, message).hint("rename the object"));
        }
        Ok((key, print, name))
    };
    let mut ours: Vec<_> = there.managed().into_iter().collect();
    ours.sort_by_key(|(key, _)| folder_rank(key));
    let mut places = BTreeMap::new();
    for placed in ours.into_iter().map(place) {
        let (key, print, name) = placed?;
        places.entry(name).or_insert((key, print));
    }
    Ok(places.into_iter().map(|(name, (key, print))| (key, print, name)).collect())
}

fn names(folder: &Path) -> Vec<String> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build().flatten();
    let files = walk.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let inside = |path: &Path| {
        let name = path.strip_prefix(folder).ok()?.to_str()?;
        Some(decrypted_name(name).map_or(name, |(inner, _)| inner).to_owned())
    };
    files.filter_map(|entry| inside(entry.path())).collect()
}

async fn one<T: Target>(
    session: &Session<T>,
    local: &LocalFolder<'_>,
    key: String,
    print: Fingerprint,
    name: String,
) -> Result<Pulled, Diagnostic> {
    let path = local.folder.join(&name);
    let found = match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Diagnostic::unexpected(&format!("could not read {}", path.display()), &error));
        }
    };
    let is_same = found.as_deref().map(Fingerprint::of).into_iter().chain(local.online.get(&name).cloned());
    let is_same = is_same.into_iter().any(|found| found.matches(&print));
    let encrypted = ENCRYPTED_EXTENSIONS
        .iter()
        .map(|end| local.folder.join(format!("{name}{end}")))
        .find(|path| path.is_file());
    let status = match (&found, encrypted) {
        _ if is_same => PullStatus::Same,
        // A decrypted file next to the encrypted one could contradict it.
        (None, Some(encrypted)) => return Ok(Pulled { key, path: encrypted, status: PullStatus::Differs }),
        (Some(_), _) if !local.force => PullStatus::Differs,
        _ => {
            let bytes = session.target.read_data_file(&key).await;
            let bytes =
                bytes.map_err(|fault| Diagnostic::fault(&format!("could not read `{key}`"), &fault))?;
            let bytes = bytes.ok_or_else(|| {
                Diagnostic::new(Exit::Failed, format!("`{key}` was deleted meanwhile")).hint("run it again")
            })?;
            if let Some(found) = found {
                write(&backup_path(&path), &found)?;
            }
            write(&path, &bytes)?;
            PullStatus::Written
        }
    };
    Ok(Pulled { key, path, status })
}

/// Returns an unused backup path. Names that end in `~` are never uploaded.
fn backup_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    loop {
        name.push("~");
        if !Path::new(&name).exists() {
            return PathBuf::from(name);
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder).and_then(|()| files::replace(path, bytes));
    written.map_err(|error| Diagnostic::unexpected(&format!("could not write {}", path.display()), &error))
}

fn print_result(pulled: &[Pulled], folder: &Path, ui: &Ui) -> Result<(), Diagnostic> {
    let of = |status| pulled.iter().filter(move |pulled| pulled.status == status);
    for written in of(PullStatus::Written) {
        ui.data(&written.path.display().to_string());
    }
    let keys = |status| of(status).map(|pulled| &pulled.key).collect::<Vec<_>>();
    ui.object(
        "pulled",
        json!({ "folder": folder, "written": keys(PullStatus::Written), "same": keys(PullStatus::Same), "different": keys(PullStatus::Differs) }),
    );
    let (written, same) = (of(PullStatus::Written).count(), of(PullStatus::Same).count());
    ui.say(&format!("{} written, {same} unchanged", counted(written, "file")));
    let differing: Vec<_> = of(PullStatus::Differs).map(|pulled| pulled.path.display().to_string()).collect();
    if differing.is_empty() {
        return Ok(());
    }
    let message = "local files that differ were not overwritten";
    let diagnostic = differing.into_iter().fold(Diagnostic::new(Exit::Failed, message), Diagnostic::cause);
    Err(diagnostic.hint(
        "download to another folder to compare them; `--force` overwrites unencrypted files and keeps the old ones as `NAME~`",
    ))
}
