//! The output of `init`: the status of each file, and the next steps.

use std::{fmt::Write as _, fs, path::PathBuf};

use serde_json::{Value, json};

use super::{
    answers::Answers,
    drafts::Folders,
    environments::{self, EnvironmentFile},
    existing::Existing,
    files::{Draft, WriteStatus},
    yaml,
};
use crate::{artifacts::embedded::Embedded, spec::DEFAULT_PAGE};

#[derive(Debug)]
pub(crate) struct Outcome {
    pub folders: Folders,
    pub answers: Answers,
    pub found: Existing,
    pub drafts: Vec<Draft>,
    /// The status of each draft.
    pub statuses: Vec<WriteStatus>,
    /// Scripts and workflows that were disabled, under their new names.
    pub retired: Vec<PathBuf>,
    pub is_dry_run: bool,
}

impl Outcome {
    pub(crate) fn text(&self) -> String {
        let written = if self.is_dry_run { "Would be written:" } else { "Written:" };
        let sections = [
            (written, [self.paths(WriteStatus::Written), self.paths(WriteStatus::Added)].concat()),
            ("Disabled; to use one again, remove `.disabled` from its name:", self.retired()),
            ("Existing files, not changed:", self.paths(WriteStatus::Left)),
            ("Settings that an existing file does not contain; add them yourself:", self.unset_settings()),
            ("Not taken over:", self.not_taken_over()),
            ("Missing:", self.missing()),
            ("Next:", if self.is_dry_run { Vec::new() } else { self.next() }),
        ];
        let mut text = String::new();
        if self.retired.is_empty() && self.statuses.iter().all(|status| *status == WriteStatus::Same) {
            text.push_str("All files exist already, with the same content.\n\n");
        }
        for (title, lines) in sections.iter().filter(|(_, lines)| !lines.is_empty()) {
            let _ = write!(text, "{title}\n  {}\n\n", lines.join("\n  "));
        }
        text
    }

    pub(crate) fn object(&self) -> Value {
        json!({
            "dry_run": self.is_dry_run,
            "written": self.paths(WriteStatus::Written),
            "added_to": self.paths(WriteStatus::Added),
            "left": self.paths(WriteStatus::Left),
            "same": self.paths(WriteStatus::Same),
            "retired": self.retired(),
            "found": self.found.lines(),
            "unsaid": self.unset_settings(),
            "not_taken_over": self.not_taken_over(),
        })
    }

    fn paths(&self, status: WriteStatus) -> Vec<String> {
        let drafts = self.drafts.iter().zip(&self.statuses).filter(|(_, its)| **its == status);
        drafts.map(|(draft, _)| draft.path.display().to_string()).collect()
    }

    /// Returns the settings that existing files lack or set differently.
    fn unset_settings(&self) -> Vec<String> {
        let unset = |file: EnvironmentFile| {
            let path = self.folders.environment(file.name);
            let missing = yaml::missing_settings(&fs::read_to_string(&path).ok()?, &file.settings);
            let fields: Vec<String> =
                missing.iter().map(|(field, value)| format!("{field}: {value}")).collect();
            (!fields.is_empty()).then(|| format!("{}: {}", path.display(), fields.join(", ")))
        };
        environments::all(&self.answers, &self.found).into_iter().filter_map(unset).collect()
    }

    fn not_taken_over(&self) -> Vec<String> {
        let terraform =
            self.found.terraform.iter().flat_map(|terraform| terraform.not_taken_over.iter().cloned());
        let unknown = environments::unknown(&self.found).into_iter().map(|name| {
            format!("the environment `{name}`: copy {}", self.folders.environment("test").display())
        });
        terraform
            .chain(self.region())
            .chain(unknown)
            .chain(self.other_files())
            .chain(self.pipeline())
            .collect()
    }

    fn retired(&self) -> Vec<String> {
        self.retired.iter().map(|file| file.display().to_string()).collect()
    }

    /// Returns files of the former twin that the new one does not read.
    fn other_files(&self) -> Vec<String> {
        let found = &self.found;
        let prompt = found.prompt.iter().filter_map(|prompt| {
            let why = prompt.template.as_ref().err()?;
            Some(format!(
                "the system prompt in {}: {why}; write it to prompts/system_prompt.txt in your data folder",
                prompt.file.display()
            ))
        });
        let unread = found.data.iter().flat_map(|data| {
            // Beside a program, only some subfolders are read.
            let has_program = persona::contains_program(&self.folders.root().join(&data.folder));
            let notes = data.folder.join(if has_program { "personal_data/notes" } else { "notes" });
            data.unread.iter().map(move |name| {
                format!(
                    "{}: a twin reads no file of this name; write its text to a file in {}/",
                    data.folder.join(name).display(),
                    notes.display()
                )
            })
        });
        let memories = found.more_memory.iter().filter_map(|more| {
            let (folder, target) = (more.folder.display(), found.memory.as_ref()?.folder.display());
            Some(format!(
                "the conversations in {folder}: a local twin has one folder; copy them with `cp -Rn {folder}/. {target}/`"
            ))
        });
        prompt.chain(unread).chain(memories).collect()
    }

    /// Returns scripts and workflows that would change the resources of the twin.
    fn pipeline(&self) -> Vec<String> {
        let files: &[PathBuf] =
            if self.retired.is_empty() { self.found.pipeline.files.as_slice() } else { &[] };
        let line = |file: &PathBuf| {
            format!(
                "{}: it applies Terraform, which would undo what twinctl changes; `twinctl init --retire` disables it",
                file.display()
            )
        };
        files.iter().map(line).collect()
    }

    /// Returns a note about the region, which most Terraform files leave to the AWS configuration.
    fn region(&self) -> Option<String> {
        let has_region = self.found.candidates("region").is_some();
        self.found.terraform.as_ref()?;
        let (region, base) = (self.answers.region.as_ref()?, self.folders.environment("base"));
        (!has_region).then(|| {
            format!("the region, which the Terraform files do not specify: {} has {region}", base.display())
        })
    }

    /// Returns what a deploy would still need.
    fn missing(&self) -> Vec<String> {
        let page = self.folders.root().join(DEFAULT_PAGE);
        let is_built = self.found.page.is_some() || page.join("index.html").is_file();
        let exists = is_built || matches!(Embedded::open(), Ok(Some(_)));
        let line =
            "the page: copy twin-web/dist of twinctl's repository here, or set `web.bundle` to its folder";
        // An existing file may already set `web.bundle`.
        let is_new = self
            .paths(WriteStatus::Written)
            .contains(&self.folders.environment("base").display().to_string());
        if exists || !is_new { Vec::new() } else { vec![line.to_owned()] }
    }

    fn next(&self) -> Vec<String> {
        let environments = &self.folders.environments;
        let elsewhere = if environments.as_os_str() == "environments" {
            String::new()
        } else {
            format!(" --environments {}", environments.display())
        };
        let about = match (&self.found.data, &self.answers.owner.name) {
            (Some(data), _) => format!("{}/: what your twin knows; change it at any time", data.folder.display()),
            (None, Some(_)) => "data/: tell your twin more; the files `*_template.*` show how".to_owned(),
            (None, None) => {
                "data/: add files about yourself, as the files `*_template.*` show; until then the sample persona answers"
                    .to_owned()
            }
        };
        // twinctl uses a memory folder that it did not create only with `--adopt`.
        let adopt = if self.found.memory.is_some() { " --adopt" } else { "" };
        vec![format!("`twinctl deploy local{adopt}{elsewhere}` starts your twin on this machine"), about]
    }
}
