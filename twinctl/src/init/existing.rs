//! Detection of an existing twin in a folder.
//! Long because one value may stand in several places of a twin, and the places are compared.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    found_value::Candidates,
    pipeline::Pipeline,
    python_prompt::PythonPrompt,
    terraform::{self, Terraform},
};
use crate::{spec::Region, ui::counted};

/// Possible folders of the data files. The first one that contains any is used.
const DATA: [&str; 10] = [
    "backend/data",
    "backend/personal_data",
    "data",
    "personal_data",
    "me",
    "backend/me",
    "backend/data-encrypted",
    "data-encrypted",
    "api/data",
    "backend",
];
/// A subfolder that the backend reads too.
const INSIDE: &str = "personal_data";
/// Possible folders of conversations. The first one that contains any is used.
const MEMORY: [&str; 6] =
    ["backend/memory", "memory", "backend/history", "history", "backend/local_storage", "local_storage"];
/// Possible folders of a built page.
const PAGES: [&str; 6] = ["frontend/out", "frontend/dist", "frontend/build", "out", "dist", "build"];
/// Possible folders of Terraform files. The first one that contains known settings is used.
const TERRAFORM: [&str; 4] = ["terraform", "infra", "infrastructure", "infra/terraform"];

/// The names of files, without endings, that do not describe the owner.
const NOT_KNOWLEDGE: [&str; 7] =
    ["README", "critical_rules", "requirements", "requirements-dev", "robots", "style", "system_prompt"];
/// Folders of package managers.
const PACKAGES: [&str; 4] = ["node_modules", "site-packages", "target", "venv"];
/// How many subfolders of a repository are searched for a twin.
const MOST_FOLDERS: usize = 500;
/// The endings of encrypted files. Files that are not encrypted have none.
const ENCRYPTED: [&str; 3] = ["", ".age", ".encrypted"];

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
    /// Other folders with conversations.
    pub more_memory: Vec<Memory>,
    pub terraform: Option<Terraform>,
    pub pipeline: Pipeline,
    pub projects: Candidates,
    pub regions: Candidates,
    /// A built page of another backend.
    pub page: Option<PathBuf>,
    pub prompt: Option<PythonPrompt>,
}

/// Existing data files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Data {
    pub folder: PathBuf,
    pub files: Vec<String>,
    /// Other texts in the folder, which become notes.
    pub notes: Vec<(String, String)>,
    /// Other files in the folder, which are not taken over.
    pub unread: Vec<String>,
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
        let mut memories = MEMORY.iter().filter_map(|folder| memory(root, Path::new(folder)));
        let terraform = TERRAFORM.iter().find_map(|folder| terraform::read(root, Path::new(folder)));
        let pipeline = Pipeline::read(root);
        Self {
            data: DATA.iter().find_map(|folder| data(root, Path::new(folder))),
            memory: memories.next(),
            more_memory: memories.collect(),
            projects: projects(terraform.as_ref(), &pipeline),
            regions: regions(terraform.as_ref(), &pipeline),
            terraform,
            pipeline,
            page: PAGES.iter().map(PathBuf::from).find(|page| root.join(page).join("index.html").is_file()),
            prompt: PythonPrompt::find(root),
        }
    }

    /// Returns the subfolder of a repository that contains a twin, with data files or conversations.
    pub(crate) fn elsewhere(root: &Path) -> Option<PathBuf> {
        let top = subfolders(root, Path::new(""));
        let below: Vec<PathBuf> = top.iter().flat_map(|folder| subfolders(root, folder)).collect();
        let mut all = top.into_iter().chain(below).take(MOST_FOLDERS);
        all.find(|folder| {
            let found = Self::detect(&root.join(folder));
            found.can_be_taken_over() && found.has_content()
        })
    }

    /// Whether data files or conversations were found, and not only files that apply Terraform.
    pub(crate) fn has_content(&self) -> bool {
        self.data.is_some() || self.memory.is_some()
    }

    /// Drops everything except data files in the default folder, which twinctl reads anyway.
    pub(crate) fn fresh(self) -> Self {
        Self { data: self.data.filter(Data::is_default_folder), ..Self::default() }
    }

    /// Whether anything was found that must be written to a new environment file.
    pub(crate) fn can_be_taken_over(&self) -> bool {
        let is_elsewhere = self.data.as_ref().is_some_and(|data| !data.is_default_folder());
        is_elsewhere || self.memory.is_some() || self.terraform.is_some() || !self.pipeline.files.is_empty()
    }

    /// Whether conversations exist in a folder, or may exist in a bucket that Terraform created.
    pub(super) fn may_have_conversations(&self) -> bool {
        self.memory.is_some() || self.terraform.is_some()
    }

    /// Returns a setting of all environments. Project and region are unknown if files contradict each other.
    pub(super) fn setting(&self, path: &str) -> Option<&str> {
        match self.candidates(path) {
            Some(candidates) => candidates.agreed().map(|found| found.value.as_str()),
            None => self.terraform.as_ref()?.base.get(path).map(String::as_str),
        }
    }

    /// Returns the values of a setting that several files may contain.
    pub(super) fn candidates(&self, path: &str) -> Option<&Candidates> {
        let candidates = match path {
            "project" => &self.projects,
            "region" => &self.regions,
            _ => return None,
        };
        Some(candidates).filter(|candidates| !candidates.is_empty())
    }

    /// Describes how files contradict each other about a setting.
    pub(crate) fn conflict(&self, path: &str) -> Option<String> {
        self.candidates(path)?.conflict()
    }

    /// Returns where a setting comes from, for a question.
    pub(super) fn origin(&self, path: &str) -> String {
        let found = self.candidates(path).and_then(Candidates::agreed);
        found.map(|found| format!(", from {}", found.file.display())).unwrap_or_default()
    }

    /// Returns the settings of all environments, by the file that they come from.
    fn settings(&self) -> BTreeMap<PathBuf, Vec<String>> {
        let terraform = self.terraform.iter().flat_map(|terraform| {
            let others = terraform.base.iter().filter(|(path, _)| self.candidates(path).is_none());
            others.filter_map(|(path, value)| {
                Some((terraform.origins.get(path)?.clone(), format!("{path} {value}")))
            })
        });
        let candidates = ["project", "region"].into_iter().flat_map(|path| {
            let found = self.candidates(path).into_iter().flat_map(Candidates::iter);
            found.map(move |found| (found.file.clone(), format!("{path} {}", found.value)))
        });
        let mut files = BTreeMap::<PathBuf, Vec<String>>::new();
        for (file, setting) in terraform.chain(candidates) {
            files.entry(file).or_default().push(setting);
        }
        files
    }

    /// Returns one line for each item that was found.
    pub(crate) fn lines(&self) -> Vec<String> {
        let files = |data: &Data| {
            let notes = data.notes.iter().map(|(name, _)| name);
            data.files.iter().chain(notes).cloned().collect::<Vec<_>>().join(", ")
        };
        let data = self.data.iter().map(|data| (data.folder.display().to_string(), files(data)));
        let memory = self.memory.iter().map(|memory| (memory.folder.display().to_string(), memory.text()));
        let memory = memory
            .chain(self.more_memory.iter().map(|more| (more.folder.display().to_string(), more.text())));
        let of_environments = self.terraform.iter().flat_map(|terraform| &terraform.files);
        let of_environments = of_environments
            .map(|file| (file.display().to_string(), "settings of one environment".to_owned()));
        let settings = self.settings().into_iter();
        let settings = settings.map(|(file, settings)| (file.display().to_string(), settings.join(", ")));
        let pipeline = self.pipeline.files.iter();
        let pipeline = pipeline.map(|file| (file.display().to_string(), "applies Terraform".to_owned()));
        let page = self.page.iter().map(|page| (page.display().to_string(), "a built page".to_owned()));
        let prompt = self.prompt.iter();
        let prompt = prompt.map(|prompt| (prompt.file.display().to_string(), "a system prompt".to_owned()));
        let found = data
            .chain(prompt)
            .chain(memory)
            .chain(settings)
            .chain(of_environments)
            .chain(pipeline)
            .chain(page);
        found.map(|(path, what)| format!("{path}: {what}")).collect()
    }
}

/// Returns the projects in scripts, which override those in Terraform's files, or else the latter.
fn projects(terraform: Option<&Terraform>, pipeline: &Pipeline) -> Candidates {
    let passed = Candidates::new(pipeline.projects.iter().cloned());
    if !passed.is_empty() {
        return passed;
    }
    Candidates::new(terraform.and_then(|terraform| terraform.found("project")))
}

fn regions(terraform: Option<&Terraform>, pipeline: &Pipeline) -> Candidates {
    let provider =
        terraform.and_then(|terraform| terraform.region.clone().or_else(|| terraform.found("region")));
    let all = provider.into_iter().chain(pipeline.regions.iter().cloned());
    let found = Candidates::new(all.filter(|found| found.value.parse::<Region>().is_ok()));
    if !found.is_empty() {
        return found;
    }
    // Most states are in the region of the resources.
    Candidates::new(terraform.and_then(|terraform| terraform.backend_region.clone()))
}

/// Returns the folders in a folder, without hidden folders and folders of package managers.
fn subfolders(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(".").join(root).join(folder)).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let is_wanted = |name: &String| !name.starts_with('.') && !PACKAGES.contains(&name.as_str());
    let mut found: Vec<PathBuf> = names.filter(is_wanted).map(|name| folder.join(name)).collect();
    found.sort();
    found
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
    let names = places.iter().flat_map(|place| ABOUT_THE_OWNER.iter().map(move |name| (place, name)));
    let names = names.flat_map(|(place, name)| ENCRYPTED.map(|ending| place.join(format!("{name}{ending}"))));
    let files: Vec<PathBuf> = names.filter(|name| root.join(folder).join(name).is_file()).collect();
    let facts = files.iter().find(|file| file.ends_with("facts.json"));
    let name = facts.and_then(|facts| name_in(&root.join(folder).join(facts)));
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let unread = unread(&root.join(folder));
    let (notes, unread) = notes(&root.join(folder), unread);
    (!files.is_empty()).then(|| Data { folder: folder.to_owned(), files, notes, unread, name })
}

/// Separates the texts that become notes from other files. Texts beside a program may belong to it.
fn notes(folder: &Path, unread: Vec<String>) -> (Vec<(String, String)>, Vec<String>) {
    let has_program = persona::contains_program(folder);
    let (mut notes, mut others) = (Vec::new(), Vec::new());
    for name in unread {
        let is_text = !has_program && Path::new(&name).extension().is_none_or(|ending| ending != "pdf");
        match is_text.then(|| terraform::text(&folder.join(&name))).flatten() {
            Some(text) => notes.push((name, text)),
            None => others.push(name),
        }
    }
    (notes, others)
}

/// Returns the texts in a folder whose names a twin does not read.
fn unread(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).into_iter().flatten();
    let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_unread = |name: &String| {
        let (stem, ending) = name.rsplit_once('.').unwrap_or_default();
        let is_known = ABOUT_THE_OWNER.contains(&name.as_str()) || NOT_KNOWLEDGE.contains(&stem);
        ["txt", "md", "pdf"].contains(&ending) && !is_known && !stem.ends_with("_template")
    };
    let mut unread: Vec<String> = names.filter(is_unread).collect();
    unread.sort();
    unread
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
    fn the_settings_of_scripts_and_of_the_provider_are_found_with_their_files() {
        let found = detect(&[
            (
                "terraform/main.tf",
                "provider \"aws\" {\n  region = var.region\n}\nvariable \"region\" {\n  default = \"ap-northeast-1\"\n}\n",
            ),
            ("terraform/terraform.tfvars", "project_name = \"loom\"\n"),
            ("scripts/deploy.sh", "P=${2:-weaver}\nterraform apply -var=\"project_name=$P\"\n"),
        ]);
        assert_eq!(
            (found.setting("project"), found.setting("region")),
            (Some("weaver"), Some("ap-northeast-1"))
        );
        insta::assert_snapshot!(found.lines().join("\n"), @"
        scripts/deploy.sh: project weaver
        terraform/main.tf: region ap-northeast-1
        scripts/deploy.sh: applies Terraform
        ");
    }

    #[test]
    fn files_that_contradict_each_other_decide_nothing() {
        let found = detect(&[
            ("terraform/main.tf", "provider \"aws\" {\n  region = \"ap-northeast-1\"\n}\n"),
            (".github/workflows/ship.yml", "- with:\n    aws-region: eu-west-1\n- run: terraform apply\n"),
        ]);
        assert_eq!(found.setting("region"), None);
        let expected = "ap-northeast-1 in terraform/main.tf, eu-west-1 in .github/workflows/ship.yml";
        assert_eq!(found.conflict("region").as_deref(), Some(expected));
    }

    #[test]
    fn the_region_of_the_backend_is_used_if_no_other_file_has_one() {
        let backend = "terraform {\n  backend \"s3\" {\n    region = \"eu-west-3\"\n  }\n}\n";
        let found = detect(&[("terraform/backend.tf", backend)]);
        assert_eq!(found.setting("region"), Some("eu-west-3"));
        let provider = ("terraform/main.tf", "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n");
        assert_eq!(
            detect(&[("terraform/backend.tf", backend), provider]).setting("region"),
            Some("eu-west-1")
        );
    }

    #[test]
    fn a_twin_in_a_subfolder_of_a_repository_is_found() {
        let root = tempfile::tempdir().unwrap();
        for path in ["apps/twin/backend/data", "apps/node_modules/x/memory", "docs"] {
            fs::create_dir_all(root.path().join(path)).unwrap();
        }
        fs::write(root.path().join("apps/node_modules/x/memory/a.json"), "[]").unwrap();
        assert_eq!(Existing::elsewhere(root.path()), None);
        fs::create_dir(root.path().join("apps/shop")).unwrap();
        fs::write(root.path().join("apps/shop/deploy.sh"), "terraform apply\n").unwrap();
        fs::write(root.path().join("apps/twin/backend/data/me.txt"), "I am.").unwrap();
        assert_eq!(Existing::elsewhere(root.path()), Some(PathBuf::from("apps/twin")));
    }

    #[test]
    fn encrypted_files_and_several_memory_folders_are_found() {
        let found = detect(&[
            ("backend/data-encrypted/facts.json.encrypted", "x"),
            ("backend/data-encrypted/github.txt", "x"),
            ("memory/a.json", "[]"),
            ("history/b.json", "[]"),
        ]);
        let data = found.data.as_ref().unwrap();
        assert_eq!(data.folder, Path::new("backend/data-encrypted"));
        assert_eq!(
            (&data.files[..], &data.notes[..]),
            (&["facts.json.encrypted".to_owned()][..], &[("github.txt".to_owned(), "x".to_owned())][..])
        );
        assert_eq!(found.memory.unwrap().folder, Path::new("memory"));
        assert_eq!(found.more_memory[0].folder, Path::new("history"));
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
