//! The owner's files on their way online: where they come from, what is wrong with them, what of them goes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use persona::{
    Allow, CollectOptions, Collected, FileHashes, Finding, HashedFiles, Prompt, Severity, Source,
    SourceOptions, collect, fingerprint, has_files, hash_files, prepare,
};

use super::{Brought, Checked, Files, History, There, Work, notes};
use crate::{
    artifacts::{data_key, on_thread},
    spec::Options,
    spec::{DataSource, Environment, Model},
    system::host::variable,
    ui::{Diagnostic, Ui},
};

/// The source of the data files, if not the one in the environment file.
#[derive(Debug, Clone, Default)]
pub struct OwnFiles {
    pub use_local: bool,
    pub key_file: Option<PathBuf>,
}

/// The files before anybody has looked at them.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    source: Source,
    /// What paths in the environment's file begin at.
    root: PathBuf,
    allow: Allow,
    key_file: Option<PathBuf>,
    model: Option<notes::Paid>,
    is_wanted: bool,
}

/// The files as they were found, before anybody has looked at what is in them.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// For people.
    pub(crate) from: String,
    /// There is something, and it is the owner's.
    pub(crate) is_own: bool,
    stamp: String,
    /// `None` after a glance, which is all that is needed where nothing has changed.
    held: Option<Collected>,
}

impl Gathered {
    /// What was found when these very files were brought; `None` where anything has changed since, here or there.
    pub(crate) fn found_before<'t>(&self, there: &'t There) -> Option<&'t Checked> {
        let History { checked, .. } = &there.history;
        let newest = there.history.newest()?;
        let is_whole = Work::new(&newest.files, there) == Work::default();
        checked.as_ref().filter(|checked| is_whole && checked.stamp == self.stamp)
    }
}

impl Own {
    /// `from` is what the command line says, which is meant from where it is said.
    pub(crate) fn of(
        options: &Options,
        environment: &Environment,
        said: &OwnFiles,
        from: Option<&str>,
    ) -> Result<Self, Diagnostic> {
        let data = &environment.data;
        let key_file = said.key_file.clone().or_else(|| data.key_file.clone());
        let source = source(&data.from, said.use_local, from)?;
        let root = match source {
            // Named by the file or the command line, it has been seen from the right place already.
            Source::Folder(_) => PathBuf::new(),
            Source::Default | Source::Git(_) => {
                options.environments.parent().unwrap_or(Path::new("")).to_owned()
            }
        };
        Ok(Self {
            source,
            root,
            allow: data.allow.clone(),
            key_file,
            model: paid(environment),
            is_wanted: data.upload_on_deploy,
        })
    }

    /// Whether a deploy will have something to bring, as far as a glance tells.
    pub(crate) fn is_expected(&self) -> bool {
        self.is_wanted && has_files(&self.source, &self.root)
    }

    pub(crate) async fn bring(&self, ui: &Ui) -> Result<Arc<Brought>, Diagnostic> {
        let (own, ui) = (self.clone(), ui.clone());
        on_thread(move || own.prepared(own.collected(&ui)?)).await.map(Arc::new)
    }

    pub(crate) async fn gather(&self, ui: &Ui) -> Result<Gathered, Diagnostic> {
        let (own, ui) = (self.clone(), ui.clone());
        on_thread(move || match hash_files(&own.source, &own.root) {
            Some(HashedFiles { from, hashes }) => {
                Ok(Gathered { from, is_own: true, stamp: own.stamp(&hashes), held: None })
            }
            None => own.collected(&ui).map(|collected| Gathered {
                from: collected.from.clone(),
                is_own: !collected.is_sample && !collected.files.is_empty(),
                stamp: own.stamp(&collected.hashes),
                held: Some(collected),
            }),
        })
        .await
    }

    pub(crate) async fn prepare(&self, gathered: Gathered, ui: &Ui) -> Result<Arc<Brought>, Diagnostic> {
        let (own, ui) = (self.clone(), ui.clone());
        let held = gathered.held;
        on_thread(move || own.prepared(held.map_or_else(|| own.collected(&ui), Ok)?)).await.map(Arc::new)
    }

    fn stamp(&self, hashes: &FileHashes) -> String {
        let reader = self.model.as_ref().map(ToString::to_string).unwrap_or_default();
        fingerprint(hashes, &self.allow, &reader)
    }

    fn collected(&self, ui: &Ui) -> Result<Collected, Diagnostic> {
        let options = CollectOptions {
            root: &self.root,
            token: variable("PRIVATE_DATA_PAT").map(Into::into),
            prompt: if ui.can_ask() { Prompt::Allowed } else { Prompt::Forbidden },
            key: Box::new(|| data_key::find(self.key_file.as_deref(), ui)),
        };
        Ok(collect(&self.source, options)?)
    }

    /// All errors are reported at once, before anything is touched.
    fn prepared(&self, collected: Collected) -> Result<Brought, Diagnostic> {
        let stamp = self.stamp(&collected.hashes);
        if collected.files.is_empty() {
            return Ok(Brought::new(collected.files, collected.from, true));
        }
        let mut prepared = prepare(collected.files, &self.allow);
        prepared.findings.extend(self.model.as_ref().and_then(|model| model.too_large(prepared.tokens)));
        let is_error = |finding: &Finding| finding.severity == Severity::Error;
        if prepared.findings.iter().any(is_error) {
            let message = format!("nothing was changed: the files of {} cannot go online so", collected.from);
            // What is wrong first: a warning alone would not be in the way.
            prepared.findings.sort_by_key(|finding| !is_error(finding));
            return Err(Diagnostic::data_files(&message, &prepared.findings));
        }
        let notes = notes::of(&prepared, self.model.as_ref());
        let is_all = prepared.redactions.is_empty() && prepared.withheld.is_empty();
        let brought = Brought::new(prepared.files, collected.from, collected.is_sample);
        Ok(brought.noted(notes, prepared.redactions, is_all.then_some(stamp)))
    }
}

/// What would go online of the files in a folder, as far as that can be told without a question.
pub(crate) fn as_online(environment: &Environment, folder: &Path) -> Files {
    let data = &environment.data;
    let options = CollectOptions {
        root: Path::new(""),
        token: None,
        prompt: Prompt::Forbidden,
        key: Box::new(|| data_key::said(data.key_file.as_deref())),
    };
    match collect(&Source::Folder(folder.to_owned()), options) {
        Ok(collected) if !collected.is_sample => {
            let prepared = prepare(collected.files, &data.allow);
            Brought::new(prepared.files, collected.from, false).prints().clone()
        }
        _ => Files::new(),
    }
}

/// Where on this machine the owner's files lie; `None` where they come from elsewhere.
pub(crate) fn own_folder(environment: &Environment) -> Result<Option<PathBuf>, Diagnostic> {
    let from = &environment.data.from;
    let is_elsewhere = matches!(source(from, false, None)?, Source::Git(_));
    Ok(if is_elsewhere { None } else { from.folder() })
}

fn source(spec: &DataSource, use_local: bool, from: Option<&str>) -> Result<Source, Diagnostic> {
    let repository = variable("PRIVATE_DATA_REPO");
    let options = SourceOptions { from, spec: None, private_repository: repository.as_deref(), use_local };
    Ok(match (from, spec) {
        (None, DataSource::Folder(folder)) => Source::Folder(folder.clone()),
        (None, DataSource::Git(address)) => SourceOptions { spec: Some(address), ..options }.source()?,
        (Some(_), _) | (None, DataSource::Default(_)) => options.source()?,
    })
}

/// The model that is paid for by what it reads.
fn paid(environment: &Environment) -> Option<notes::Paid> {
    match &environment.model {
        Model::Bedrock(_) => environment.model.full_id(&environment.region).map(notes::Paid::bedrock),
        Model::OpenAi { id, base_url: None } => Some(notes::Paid::openai(id.clone())),
        Model::OpenAi { .. } | Model::Builtin => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::artifacts::data::{Set, Wanted};

    fn files(text: &str) -> persona::Files {
        let mut files = persona::Files::default();
        files.insert("me.txt", text.as_bytes().to_vec());
        files
    }

    fn brought(text: &str, stamp: Option<&str>) -> Wanted {
        let brought = Brought::new(files(text), String::new(), false);
        Wanted::Files(Arc::new(brought.noted(
            vec!["a note".to_owned()],
            vec![],
            stamp.map(ToOwned::to_owned),
        )))
    }

    /// What is there after all of it was brought, one after the other.
    fn after(all: &[Wanted]) -> There {
        let mut there = There::default();
        for (number, wanted) in all.iter().enumerate() {
            let aim = wanted.aim(&there).unwrap();
            let set = Set::new(&number.to_string(), &aim, wanted, Timestamp::UNIX_EPOCH, String::new());
            there.history = there.history.with_wanted(set, wanted, there.ours());
            there.files = aim.files;
        }
        there
    }

    #[test]
    fn only_the_very_same_files_need_no_second_look() {
        let gathered = Gathered { from: String::new(), is_own: true, stamp: "one".to_owned(), held: None };
        let found = |there: &There| gathered.found_before(there).map(|checked| checked.notes.clone());
        let one = || brought("I am.", Some("one"));
        assert_eq!(found(&after(&[one()])), Some(vec!["a note".to_owned()]));
        assert_eq!(found(&There::default()), None);
        assert_eq!(found(&after(&[brought("I was.", Some("two"))])), None);
        assert_eq!(found(&after(&[brought("I am.", None)])), None);
        assert_eq!(
            found(&after(&[one(), brought("I was.", Some("two")), Wanted::Set("0".to_owned())])),
            None
        );
        let mut missing = after(&[one()]);
        missing.files.clear();
        assert_eq!(found(&missing), None);
    }
}
