//! Detection of an existing twin in a folder.
//! Long because one value may stand in several places of a twin, and the places are compared.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    data_files::Data,
    found_value::{Candidates, FoundValue},
    pipeline::Pipeline,
    program_model::ProgramModel,
    python_files,
    python_prompt::{self, PythonPrompt},
    subfolders::subfolders,
    terraform::{self, Terraform},
};
use crate::{spec::Region, ui::counted};

/// Possible folders of conversations. The first one that contains any is used.
const MEMORY: [&str; 6] =
    ["backend/memory", "memory", "backend/history", "history", "backend/local_storage", "local_storage"];
/// Possible folders of a built page.
const PAGES: [&str; 6] = ["frontend/out", "frontend/dist", "frontend/build", "out", "dist", "build"];
/// Possible folders of Terraform files. The first one that contains known settings is used.
const TERRAFORM: [&str; 4] = ["terraform", "infra", "infrastructure", "infra/terraform"];
/// How many subfolders of a repository are searched for a twin.
const MOST_FOLDERS: usize = 500;

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
    /// Other Python files that contain a prompt.
    pub other_prompts: Vec<PathBuf>,
    /// The models in the Python files.
    pub models: Vec<ProgramModel>,
    /// The source of a page that is not built.
    pub unbuilt_page: Option<UnbuiltPage>,
}

/// The folder of a page that must be built, and the folder to which its build writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnbuiltPage {
    pub source: PathBuf,
    pub target: PathBuf,
}

/// Stored conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    pub folder: PathBuf,
    pub conversations: usize,
}

impl Existing {
    /// `data` is the data folder of an environment file, if there is one already.
    pub(crate) fn detect(root: &Path, data: Option<&Path>) -> Self {
        let found = Self::without_program(root, data);
        let prompt = PythonPrompt::find(root);
        let python = python_files::all(root);
        let mut other_prompts = python_prompt::files_with_prompts(&python);
        other_prompts.retain(|file| prompt.as_ref().is_none_or(|prompt| prompt.file != *file));
        let unbuilt_page = if found.page.is_none() { unbuilt_page(root) } else { None };
        Self { prompt, other_prompts, models: ProgramModel::all(&python), unbuilt_page, ..found }
    }

    /// Finds everything except what is read from the program.
    fn without_program(root: &Path, data: Option<&Path>) -> Self {
        let mut memories = MEMORY.iter().filter_map(|folder| memory(root, Path::new(folder)));
        let terraform = TERRAFORM.iter().find_map(|folder| terraform::read(root, Path::new(folder)));
        let pipeline = Pipeline::read(root);
        Self {
            data: Data::find(root, data),
            memory: memories.next(),
            more_memory: memories.collect(),
            projects: projects(terraform.as_ref(), &pipeline),
            regions: regions(terraform.as_ref(), &pipeline),
            terraform,
            pipeline,
            page: PAGES.iter().map(PathBuf::from).find(|page| root.join(page).join("index.html").is_file()),
            ..Self::default()
        }
    }

    /// Returns the subfolder of a repository that contains a twin, with data files or conversations.
    pub(crate) fn elsewhere(root: &Path) -> Option<PathBuf> {
        let top = subfolders(root, Path::new(""));
        let below: Vec<PathBuf> = top.iter().flat_map(|folder| subfolders(root, folder)).collect();
        let mut all = top.into_iter().chain(below).take(MOST_FOLDERS);
        all.find(|folder| {
            let found = Self::without_program(&root.join(folder), None);
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

    /// Returns all folders with conversations.
    pub(crate) fn memory_folders(&self) -> impl Iterator<Item = &Path> {
        self.memory.iter().chain(&self.more_memory).map(|memory| memory.folder.as_path())
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
    let valid = |found: &FoundValue| found.value.parse::<Region>().is_ok();
    let provider = terraform.and_then(|terraform| terraform.region.clone()).filter(valid);
    // Terraform creates the resources there, whatever the region of the script that runs it. A variable may get another value.
    if terraform.is_some_and(|terraform| terraform.is_region_fixed) && provider.is_some() {
        return Candidates::new(provider);
    }
    let provider = provider.or_else(|| terraform?.found("region"));
    let all = provider.into_iter().chain(pipeline.regions.iter().cloned());
    let found = Candidates::new(all.filter(valid));
    if !found.is_empty() {
        return found;
    }
    // Most states are in the region of the resources.
    Candidates::new(terraform.and_then(|terraform| terraform.backend_region.clone()))
}

impl Memory {
    fn text(&self) -> String {
        counted(self.conversations, "conversation")
    }
}

/// Returns the folder with the source of a page, and the folder to which its tool writes.
fn unbuilt_page(root: &Path) -> Option<UnbuiltPage> {
    let source = PathBuf::from("frontend");
    let package = terraform::text(&root.join(&source).join("package.json"))?;
    let uses = |name: &str| package.contains(&format!("\"{name}\""));
    let target = if uses("next") {
        "out"
    } else if uses("react-scripts") {
        "build"
    } else {
        "dist"
    };
    Some(UnbuiltPage { target: source.join(target), source })
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
        Existing::detect(root.path(), None)
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
            ("scripts/deploy.sh", "AWS_REGION=ap-northeast-1\nterraform apply\n"),
            (".github/workflows/ship.yml", "- with:\n    aws-region: eu-west-1\n- run: terraform apply\n"),
        ]);
        assert_eq!(found.setting("region"), None);
        let expected = "ap-northeast-1 in scripts/deploy.sh, eu-west-1 in .github/workflows/ship.yml";
        assert_eq!(found.conflict("region").as_deref(), Some(expected));
    }

    #[test]
    fn the_region_of_the_provider_overrides_scripts() {
        let found = detect(&[
            ("terraform/main.tf", "provider \"aws\" {\n  region = \"ap-northeast-1\"\n}\n"),
            (".github/workflows/ship.yml", "- with:\n    aws-region: eu-west-1\n- run: terraform apply\n"),
        ]);
        assert_eq!((found.setting("region"), found.conflict("region")), (Some("ap-northeast-1"), None));
    }

    #[test]
    fn the_default_of_a_variable_does_not_override_scripts() {
        let main = "provider \"aws\" {\n  region = var.aws_region\n}\nvariable \"aws_region\" {\n  default = \"us-east-1\"\n}\n";
        let found = detect(&[
            ("terraform/main.tf", main),
            (".github/workflows/ship.yml", "env:\n  TF_VAR_aws_region: eu-west-1\n- run: terraform apply\n"),
        ]);
        assert_eq!(found.setting("region"), None);
        let expected = "us-east-1 in terraform/main.tf, eu-west-1 in .github/workflows/ship.yml";
        assert_eq!(found.conflict("region").as_deref(), Some(expected));
    }

    #[test]
    fn a_page_that_is_not_built_is_found() {
        let unbuilt = |files: &[(&str, &str)]| detect(files).unbuilt_page.map(|page| page.target);
        let next = ("frontend/package.json", "{\"dependencies\": {\"next\": \"16\"}}");
        assert_eq!(unbuilt(&[next]), Some("frontend/out".into()));
        assert_eq!(unbuilt(&[("frontend/package.json", "{}")]), Some("frontend/dist".into()));
        assert_eq!(unbuilt(&[next, ("frontend/out/index.html", "<!doctype html>")]), None);
    }

    #[test]
    fn prompts_and_models_in_other_files_are_found() {
        let found = detect(&[
            ("backend/context.py", "x = 1\n"),
            ("backend/main/context.py", "instructions = f\"You are acting as {name}.\"\n"),
            ("backend/server.py", "reply = client.create(model=\"gpt-4o-mini\")\n"),
        ]);
        assert_eq!(found.other_prompts, [PathBuf::from("backend/main/context.py")]);
        assert_eq!(found.models[0].file, Path::new("backend/server.py"));
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
}
