//! The files of a new twin, in the order in which they are printed.

use std::fs;
use std::path::{Path, PathBuf};

use super::answers::Answers;
use super::environments;
use super::existing::Existing;
use super::files::{Content, Draft};
use super::{ignored, persona, yaml};
use crate::spec;

/// The folders of a twin's files.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    /// The value of `--environments`.
    pub environments: PathBuf,
}

impl Folders {
    /// Returns the folder that contains `environments/`; empty for the current one.
    pub(crate) fn root(&self) -> &Path {
        self.environments.parent().unwrap_or(Path::new(""))
    }

    pub(crate) fn environment(&self, name: &str) -> PathBuf {
        self.environments.join(format!("{name}.yaml"))
    }

    /// Whether the file of an environment does not exist yet.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        self.environment(name).symlink_metadata().is_err()
    }

    /// Detects an existing twin.
    pub(crate) fn existing(&self) -> Existing {
        let base = fs::read_to_string(self.environment("base")).ok();
        let data = base
            .map(|base| yaml::get(&base, "data").unwrap_or_default().trim_matches(['"', '\'']).to_owned());
        Existing::detect(self.root(), data.as_deref().map(Path::new))
    }
}

pub(crate) fn all(folders: &Folders, answers: &Answers, found: &Existing) -> Vec<Draft> {
    let new = |path: PathBuf, text: String| Draft { path, content: Content::New(text) };
    let mut drafts: Vec<Draft> = environments::all(answers, found)
        .into_iter()
        .map(|file| new(folders.environment(file.name), file.text))
        .collect();
    drafts.push(new(folders.environments.join("schema.json"), spec::schema()));
    if found.data.is_none() {
        let data = folders.root().join("data");
        drafts.extend(
            persona::files(&answers.owner).into_iter().map(|(name, text)| new(data.join(name), text)),
        );
    }
    drafts.extend(prompt(folders.root(), found).map(|(path, text)| new(path, text)));
    drafts.extend(notes(folders.root(), found).map(|(path, text)| new(path, text)));
    drafts.extend(gitignore(folders.root(), found));
    drafts
}

/// Returns copies of texts with names of their own, in the folder from which the twin reads any text.
fn notes<'f>(root: &'f Path, found: &'f Existing) -> impl Iterator<Item = (PathBuf, String)> + 'f {
    // A folder of twinctl's own is not taken over.
    found.data.iter().filter(|_| found.can_be_taken_over()).flat_map(move |data| {
        let folder = root.join(&data.notes_folder);
        data.notes.iter().map(move |(name, text)| (folder.join(name), text.clone()))
    })
}

/// Returns the path and the text of the system prompt that was converted.
fn prompt(root: &Path, found: &Existing) -> Option<(PathBuf, String)> {
    let text = found.prompt.as_ref()?.template.as_ref().ok()?.clone();
    let data = found.data.as_ref().map_or(Path::new("data"), |data| &data.folder);
    Some((root.join(data).join("prompts/system_prompt.txt"), text))
}

fn gitignore(root: &Path, found: &Existing) -> Option<Draft> {
    let path = root.join(".gitignore");
    let (before, content): (_, fn(String) -> Content) = match fs::read_to_string(&path) {
        Ok(text) => (text, Content::Added),
        Err(_) => (String::new(), Content::New),
    };
    ignored::missing(&before, found.memory_folders()).map(|lines| Draft { path, content: content(lines) })
}
