//! `twinctl data pull`: downloads the files that a twin speaks from, and writes over nothing unless told to.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

use crate::{
    cli::Pull,
    data::{Layout, Print, There},
    diagnostic::Diagnostic,
    exit::Exit,
    session::Session,
    target::Target,
    ui::Ui,
    whole_file,
};

const AT_ONCE: usize = 32;

/// A file that is there, and where it goes here.
struct Pulled {
    key: String,
    path: PathBuf,
    fate: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Same,
    Written,
    /// Another content is here, and stays.
    Differs,
}

pub(super) async fn pull<T: Target>(
    session: &Session<T>,
    there: &There,
    args: &Pull,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let folder = match (&args.folder, session.environment.data.from.folder()) {
        (Some(folder), _) => folder.clone(),
        (None, Some(folder)) => folder,
        (None, None) => {
            return Err(Diagnostic::new(
                Exit::Usage,
                "`data:` names a repository, and nothing was downloaded",
            )
            .hint(format!("name a folder: `twinctl data pull {} DIR`", session.environment.name)));
        }
    };
    let places = places(there, &folder)?;
    let pulls = places.into_iter().map(|(key, print, path)| one(session, args.force, key, print, path));
    let pulled: Vec<_> = stream::iter(pulls).buffer_unordered(AT_ONCE).try_collect().await?;
    tell(&pulled, &folder, ui)
}

/// Where each file goes: to where it lies here already, under any of the names that the twin knows it by.
fn places(there: &There, folder: &Path) -> Result<Vec<(String, Print, PathBuf)>, Diagnostic> {
    let here = names(folder);
    let layout = Layout::of(here.iter().map(String::as_str));
    let place = |(key, print): (String, Print)| {
        let name = layout.place(persona::bare(&key));
        if name.split('/').any(|part| matches!(part, "" | "." | "..")) || name.contains('\\') {
            let message =
                format!("`{key}` has a name that no file here can have, and nothing was downloaded");
            return Err(Diagnostic::new(Exit::Environment, message).hint("rename the object"));
        }
        Ok((key, print, folder.join(name)))
    };
    there.ours().into_iter().map(place).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build().flatten();
    let files = walk.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let inside = |path: &Path| Some(path.strip_prefix(folder).ok()?.to_str()?.to_owned());
    files.filter_map(|entry| inside(entry.path())).collect()
}

async fn one<T: Target>(
    session: &Session<T>,
    force: bool,
    key: String,
    print: Print,
    path: PathBuf,
) -> Result<Pulled, Diagnostic> {
    let here = std::fs::read(&path).ok().map(|bytes| Print::of(&bytes));
    let fate = match here {
        Some(here) if here == print => Fate::Same,
        Some(_) if !force => Fate::Differs,
        _ => {
            let bytes = session.target.data_file(&key).await;
            let bytes =
                bytes.map_err(|fault| Diagnostic::fault(&format!("`{key}` could not be read"), &fault))?;
            write(&path, &bytes.unwrap_or_default())?;
            Fate::Written
        }
    };
    Ok(Pulled { key, path, fate })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder).and_then(|()| whole_file::replace(path, bytes));
    written.map_err(|error| Diagnostic::unexpected(&format!("could not write {}", path.display()), &error))
}

fn tell(pulled: &[Pulled], folder: &Path, ui: &Ui) -> Result<(), Diagnostic> {
    let of = |fate| pulled.iter().filter(move |pulled| pulled.fate == fate);
    for written in of(Fate::Written) {
        ui.data(&written.path.display().to_string());
    }
    let keys = |fate| of(fate).map(|pulled| &pulled.key).collect::<Vec<_>>();
    ui.object(
        "pulled",
        json!({ "folder": folder, "written": keys(Fate::Written), "same": keys(Fate::Same), "different": keys(Fate::Differs) }),
    );
    ui.say(&format!(
        "{} files written, {} the same already",
        of(Fate::Written).count(),
        of(Fate::Same).count()
    ));
    let differing: Vec<_> = of(Fate::Differs).map(|pulled| pulled.path.display().to_string()).collect();
    if differing.is_empty() {
        return Ok(());
    }
    let message = format!("{} are different here, and stay as they are", differing.join(", "));
    Err(Diagnostic::new(Exit::Failed, message)
        .hint("`--force` writes over them; or name another folder to compare them with"))
}
