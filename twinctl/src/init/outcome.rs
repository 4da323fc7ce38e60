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
        let (written, added) = if self.is_dry_run {
            ("Would be written:", "Would get more lines:")
        } else {
            ("Written:", "Existing files with added lines:")
        };
        let sections = [
            (written, self.paths(WriteStatus::Written)),
            (added, self.paths(WriteStatus::Added)),
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
            .chain(self.models())
            .chain(self.prompts())
            .chain(self.other_files())
            .chain(self.pipeline())
            .collect()
    }

    fn retired(&self) -> Vec<String> {
        self.retired.iter().map(|file| file.display().to_string()).collect()
    }

    /// Returns the models of the program, which the environment files do not name.
    fn models(&self) -> Vec<String> {
        let terraform = self.found.terraform.as_ref();
        let openai = terraform.and_then(|terraform| terraform.openai.as_deref());
        let has_id = self.found.setting("model.id").is_some();
        let lost = self.found.models.iter().filter(|model| {
            let is_listed = openai == Some(model.id.as_str());
            !(is_listed || model.is_bedrock() && has_id)
        });
        lost.map(|model| model.text(&self.folders.environment("base"))).collect()
    }

    fn prompts(&self) -> Vec<String> {
        let how = "write it to prompts/system_prompt.txt in your data folder";
        let prompt = self.found.prompt.iter().filter_map(|prompt| {
            let why = prompt.template.as_ref().err()?;
            Some(format!("the system prompt in {}: {why}; {how}", prompt.file.display()))
        });
        let others = self
            .found
            .other_prompts
            .iter()
            .map(|file| format!("the prompt in {}: if your twin needs it, {how}", file.display()));
        prompt.chain(others).collect()
    }

    /// Returns files of the former twin that the new one does not read.
    fn other_files(&self) -> Vec<String> {
        let found = &self.found;
        let unread = found.data.iter().flat_map(|data| {
            data.unread.iter().map(move |name| {
                format!(
                    "{}: a twin reads no file of this name; copy a CV to cv.pdf, or write its text to a file in {}/",
                    data.folder.join(name).display(),
                    data.notes_folder.display()
                )
            })
        });
        let elsewhere = found.data.iter().flat_map(|data| {
            data.elsewhere.iter().map(move |file| {
                format!(
                    "{}: your data folder is {}; copy there what your twin should know",
                    file.display(),
                    data.folder.display()
                )
            })
        });
        let memories = found.more_memory.iter().filter_map(|more| {
            let (folder, target) = (more.folder.display(), found.memory.as_ref()?.folder.display());
            Some(format!(
                "the conversations in {folder}: a local twin has one folder; copy them with `cp -Rn {folder}/. {target}/`"
            ))
        });
        unread.chain(elsewhere).chain(memories).collect()
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
        let line = match &self.found.unbuilt_page {
            Some(page) => format!(
                "your page: build it (`npm run build` in {}), then set `web.bundle` to the folder that it writes, probably {}",
                page.source.display(),
                page.target.display()
            ),
            None => {
                "the page: copy twin-web/dist of twinctl's repository here, or set `web.bundle` to its folder"
                    .to_owned()
            }
        };
        // Until `web.bundle` is set, a deploy publishes the page in twinctl instead of the owner's.
        let is_embedded = || matches!(Embedded::open(), Ok(Some(_)));
        let exists = is_built || (self.found.unbuilt_page.is_none() && is_embedded());
        // An existing file may already set `web.bundle`.
        let is_new = self
            .paths(WriteStatus::Written)
            .contains(&self.folders.environment("base").display().to_string());
        if exists || !is_new { Vec::new() } else { vec![line] }
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
        let local = format!("`twinctl deploy local{adopt}{elsewhere}` starts your twin on this machine");
        let aws = self.answers.wants_aws.then(|| {
            let base = self.folders.environment("base");
            [
                format!("{}: set `account` to your AWS account number, in quotes", base.display()),
                "`aws login` or `aws sso login` logs in to AWS".to_owned(),
                format!("`twinctl deploy dev{elsewhere}` deploys your twin to AWS"),
            ]
        });
        [local, about].into_iter().chain(aws.into_iter().flatten()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::answers::Owner;

    #[test]
    fn the_steps_on_aws_are_listed_if_the_user_wants_them() {
        let next = |wants_aws| {
            let answers =
                Answers { owner: Owner::default(), project: None, model: None, region: None, wants_aws };
            let outcome = Outcome {
                folders: Folders { environments: "environments".into() },
                answers,
                found: Existing::default(),
                drafts: Vec::new(),
                statuses: Vec::new(),
                retired: Vec::new(),
                is_dry_run: false,
            };
            outcome.next().join("\n")
        };
        let steps = next(true);
        assert!(steps.contains("environments/base.yaml: set `account`"), "{steps}");
        assert!(steps.ends_with("`twinctl deploy dev` deploys your twin to AWS"), "{steps}");
        assert!(!next(false).contains("aws"));
    }
}
