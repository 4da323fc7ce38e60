//! Detection of an existing twin in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::terraform::{self, Terraform};
use crate::ui::counted;

/// Possible folders of the data files. The first one that contains any is used.
const DATA: [&str; 3] = ["backend/data", "backend/personal_data", "data"];
/// A subfolder that the backend reads too.
const INSIDE: &str = "personal_data";
const MEMORY: [&str; 2] = ["backend/memory", "memory"];
const PAGES: [&str; 1] = ["frontend/out"];
const TERRAFORM: &str = "terraform";

/// The file names that the backend reads.
const ABOUT_THE_OWNER: [&str; 16] = [
    "cv.pdf",
    "cv.txt",
    "education.yml",
    "experience.yml",
    "facts.json",
    "linkedin.pdf",
    "linkedin.txt",
    "me.pdf",
    "me.txt",
    "qna.yaml",
    "qna.yml",
    "resume.md",
    "resume.pdf",
    "resume.txt",
    "skills.yml",
    "summary.txt",
];

/// An existing twin. Paths are relative to the folder that contains `environments/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Existing {
    pub data: Option<Data>,
    pub memory: Option<Memory>,
    pub terraform: Option<Terraform>,
    /// A built page of another backend.
    pub page: Option<PathBuf>,
}

/// Existing data files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Data {
    pub folder: PathBuf,
    pub files: Vec<String>,
    /// The owner's name, if `facts.json` contains it.
    pub name: Option<String>,
}

/// Stored conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    pub folder: PathBuf,
    pub conversations: usize,
}

impl Existing {
    pub(crate) fn detect(root: &Path) -> Self {
        Self {
            data: DATA.iter().find_map(|folder| data(root, Path::new(folder))),
            memory: MEMORY.iter().find_map(|folder| memory(root, Path::new(folder))),
            terraform: terraform::read(root, Path::new(TERRAFORM)),
            page: PAGES.iter().map(PathBuf::from).find(|page| root.join(page).join("index.html").is_file()),
        }
    }

    /// Drops everything except data files in the default folder, which twinctl reads anyway.
    pub(crate) fn fresh(self) -> Self {
        Self { data: self.data.filter(Data::is_default_folder), ..Self::default() }
    }

    /// Whether anything was found that must be written to a new environment file.
    pub(crate) fn can_be_taken_over(&self) -> bool {
        let is_elsewhere = self.data.as_ref().is_some_and(|data| !data.is_default_folder());
        is_elsewhere || self.memory.is_some() || self.terraform.is_some()
    }

    /// Whether conversations exist in a folder, or may exist in a bucket that Terraform created.
    pub(super) fn may_have_conversations(&self) -> bool {
        self.memory.is_some() || self.terraform.is_some()
    }

    /// Returns a setting that Terraform has for all environments.
    pub(super) fn setting(&self, path: &str) -> Option<&str> {
        self.terraform.as_ref()?.base.get(path).map(String::as_str)
    }

    /// Returns one line for each item that was found.
    pub(crate) fn lines(&self) -> Vec<String> {
        let data = self.data.iter().map(|data| (data.folder.display().to_string(), data.files.join(", ")));
        let memory = self.memory.iter().map(|memory| (memory.folder.display().to_string(), memory.text()));
        let terraform = self.terraform.iter().map(|terraform| (shown(&terraform.files), terraform.text()));
        let page = self.page.iter().map(|page| (page.display().to_string(), "a built page".to_owned()));
        let found = data.chain(memory).chain(terraform).chain(page);
        found.map(|(path, what)| format!("{path}: {what}")).collect()
    }
}

fn shown(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl Data {
    /// Whether this is the default folder of data files.
    pub(crate) fn is_default_folder(&self) -> bool {
        self.folder == Path::new("data")
    }
}

impl Memory {
    fn text(&self) -> String {
        counted(self.conversations, "conversation")
    }
}

fn data(root: &Path, folder: &Path) -> Option<Data> {
    let places = [PathBuf::from(INSIDE), PathBuf::new()];
    let names = places.iter().flat_map(|place| ABOUT_THE_OWNER.map(|name| place.join(name)));
    let files: Vec<PathBuf> = names.filter(|name| root.join(folder).join(name).is_file()).collect();
    let facts = files.iter().find(|file| file.ends_with("facts.json"));
    let name = facts.and_then(|facts| name_in(&root.join(folder).join(facts)));
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    (!files.is_empty()).then(|| Data { folder: folder.to_owned(), files, name })
}

fn name_in(facts: &Path) -> Option<String> {
    let facts: Value = serde_json::from_slice(&fs::read(facts).ok()?).ok()?;
    let name = ["full_name", "name"].into_iter().find_map(|key| facts.get(key)?.as_str())?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Finds conversations in both layouts: `ID.json` and `conversations/ID.json`.
fn memory(root: &Path, folder: &Path) -> Option<Memory> {
    let below = [root.join(folder), root.join(folder).join("conversations")];
    let files = below.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
    let is_conversation = |path: &PathBuf| {
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        path.extension().is_some_and(|end| end == "json") && path.is_file() && !is_hidden
    };
    let conversations = files.filter_map(|entry| Some(entry.ok()?.path())).filter(is_conversation).count();
    (conversations > 0).then(|| Memory { folder: folder.to_owned(), conversations })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(files: &[(&str, &str)]) -> Existing {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Existing::detect(root.path())
    }

    #[test]
    fn nothing_is_found_in_an_empty_folder() {
        assert_eq!(detect(&[]), Existing::default());
        assert_eq!(
            detect(&[("data/facts_template.json", "{}"), ("memory/.hidden.json", "")]),
            Existing::default()
        );
        assert!(!Existing::default().can_be_taken_over());
    }

    #[test]
    fn all_parts_of_a_twin_are_found() {
        let found = detect(&[
            ("backend/data/facts.json", "{\"full_name\": \" Ada Example \", \"name\": \"Ada\"}"),
            ("backend/data/summary.txt", "I am."),
            ("backend/data/linkedin.pdf", "%PDF"),
            ("memory/a.json", "[]"),
            ("memory/conversations/b.json", "{}"),
            ("terraform/terraform.tfvars", "project_name = \"ada\"\nlambda_timeout = 20\n"),
            ("frontend/out/index.html", "<!doctype html>"),
        ]);
        assert_eq!(found.data.as_ref().unwrap().name.as_deref(), Some("Ada Example"));
        assert!(found.can_be_taken_over());
        insta::assert_snapshot!(found.lines().join("\n"), @"
        backend/data: facts.json, linkedin.pdf, summary.txt
        memory: 2 conversations
        terraform/terraform.tfvars: lambda.timeout_s 20, project ada
        frontend/out: a built page
        ");
        assert_eq!(found.fresh(), Existing::default());
    }

    #[test]
    fn data_files_are_found_in_every_supported_folder() {
        for folder in DATA {
            let found = detect(&[(&format!("{folder}/me.txt"), "I am."), ("data/qna_template.yml", "")]);
            assert_eq!(found.data.unwrap().folder, Path::new(folder));
        }
        let found = detect(&[("backend/data/personal_data/facts.json", "{\"name\": \"Ada\"}")]).data.unwrap();
        assert_eq!((found.folder.as_path(), found.name.as_deref()), (Path::new("backend/data"), Some("Ada")));
        assert_eq!(found.files, ["personal_data/facts.json"]);
        let found = detect(&[("data/facts.json", "no JSON")]);
        assert!(!found.can_be_taken_over());
        assert_eq!(found.fresh().data.unwrap().name, None);
    }
}
