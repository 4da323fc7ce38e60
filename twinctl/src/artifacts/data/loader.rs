//! Loads the data files: collects them from their source, checks them, and removes private data.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use contract::models::Provider;
use persona::{
    Allow, CollectOptions, Collected, FileHashes, Finding, HashedFiles, Prepared, Prompt, Severity, Source,
    SourceOptions, collect, fingerprint, has_files, hash_files, prepare, too_large,
};

use super::{Checked, FileChanges, Files, History, PreparedFiles, StoredFiles, notes, sample};
use crate::{
    artifacts::{data_key, on_thread},
    spec::Options,
    spec::{DataSource, Environment, Model},
    system::host::variable,
    ui::{Diagnostic, Ui},
};

/// The source of the data files, if not the one in the environment file.
#[derive(Debug, Clone, Default)]
pub struct DataOptions {
    pub use_local: bool,
    pub key_file: Option<PathBuf>,
}

/// The source of the data files, and the settings to load them.
#[derive(Debug, Clone)]
pub(crate) struct DataLoader {
    source: Source,
    /// The base of relative paths in the environment file.
    root: PathBuf,
    allow: Allow,
    key_file: Option<PathBuf>,
    model: Option<notes::Reader>,
    upload_on_deploy: bool,
    /// Whether the sample persona is loaded instead of the source.
    is_sample: bool,
}

/// The source files, before they are checked.
#[derive(Debug)]
pub(crate) struct ScannedFiles {
    /// The source, for messages.
    pub(crate) from: String,
    /// Whether there are files, and they are not the sample persona's.
    pub(crate) is_real: bool,
    /// Fingerprint of the inputs of the checks.
    stamp: String,
    /// `None` if only the hashes were read. They are sufficient if nothing has changed.
    collected: Option<Collected>,
}

impl ScannedFiles {
    /// Returns the result of the last checks. Returns `None` if the source or the stored files have changed since.
    pub(crate) fn last_check<'t>(&self, stored: &'t StoredFiles) -> Option<&'t Checked> {
        let History { checked, .. } = &stored.history;
        let newest = stored.history.newest()?;
        let is_unchanged = FileChanges::new(&newest.files, stored) == FileChanges::default();
        checked.as_ref().filter(|checked| is_unchanged && checked.stamp == self.stamp)
    }
}

impl DataLoader {
    /// `from` is the command-line argument, relative to the current folder.
    pub(crate) fn of(
        options: &Options,
        environment: &Environment,
        data_options: &DataOptions,
        from: Option<&str>,
    ) -> Result<Self, Diagnostic> {
        let data = &environment.data;
        let key_file = data_options.key_file.clone().or_else(|| data.key_file.clone());
        let source = source(&data.from, data_options.use_local, from)?;
        let root = match source {
            // Already relative to the current folder.
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
            model: reader(environment),
            upload_on_deploy: data.upload_on_deploy,
            is_sample: data.from == DataSource::Sample && from.is_none(),
        })
    }

    /// Returns whether a deploy uploads data files, without reading them.
    pub(crate) fn is_expected(&self) -> bool {
        self.upload_on_deploy && (self.is_sample || has_files(&self.source, &self.root))
    }

    /// Returns the folder in which data files are searched.
    pub(crate) fn searched(&self) -> String {
        let folder = match &self.source {
            Source::Default => persona::default_folder(&self.root),
            Source::Folder(path) => self.root.join(path),
            Source::Git(_) => return "the repository".to_owned(),
        };
        std::path::absolute(&folder).unwrap_or(folder).display().to_string()
    }

    /// Collects, checks and prepares the files.
    pub(crate) async fn load(&self, ui: &Ui) -> Result<Arc<PreparedFiles>, Diagnostic> {
        self.prepare_collected(None, ui).await
    }

    /// Reads the hashes of the files, or the files themselves if the hashes are not available without them.
    pub(crate) async fn scan(&self, ui: &Ui) -> Result<ScannedFiles, Diagnostic> {
        let (own, ui) = (self.clone(), ui.clone());
        let hashed = |own: &Self| if own.is_sample { None } else { hash_files(&own.source, &own.root) };
        on_thread(move || match hashed(&own) {
            Some(HashedFiles { from, hashes }) => {
                Ok(ScannedFiles { from, is_real: true, stamp: own.stamp(&hashes), collected: None })
            }
            None => own.collected(&ui).map(|collected| ScannedFiles {
                from: collected.from.clone(),
                is_real: !collected.is_sample && !collected.files.is_empty(),
                stamp: own.stamp(&collected.hashes),
                collected: Some(collected),
            }),
        })
        .await
    }

    /// Checks and prepares the scanned files.
    pub(crate) async fn prepare(
        &self,
        scanned: ScannedFiles,
        ui: &Ui,
    ) -> Result<Arc<PreparedFiles>, Diagnostic> {
        self.prepare_collected(scanned.collected, ui).await
    }

    /// Collects the files, unless they are collected already.
    async fn prepare_collected(
        &self,
        collected: Option<Collected>,
        ui: &Ui,
    ) -> Result<Arc<PreparedFiles>, Diagnostic> {
        let (own, ui, model) = (self.clone(), ui.clone(), self.model_settings().await);
        let prepare = move || own.prepared(collected.map_or_else(|| own.collected(&ui), Ok)?, model.as_ref());
        on_thread(prepare).await.map(Arc::new)
    }

    /// Returns how the model is called, except the built-in one.
    async fn model_settings(&self) -> Option<contract::models::Model> {
        match &self.model {
            Some(model) => Some(model.settings().await),
            None => None,
        }
    }

    fn stamp(&self, hashes: &FileHashes) -> String {
        let model = self.model.as_ref().map(ToString::to_string).unwrap_or_default();
        fingerprint(hashes, &self.allow, &model)
    }

    fn collected(&self, ui: &Ui) -> Result<Collected, Diagnostic> {
        let options = CollectOptions {
            root: &self.root,
            token: variable("PRIVATE_DATA_PAT").map(Into::into),
            prompt: if ui.can_ask() { Prompt::Allowed } else { Prompt::Forbidden },
            key: Box::new(|| data_key::find(self.key_file.as_deref(), ui)),
        };
        if self.is_sample {
            return Ok(sample::collected());
        }
        Ok(sample::complete(collect(&self.source, options)?))
    }

    /// Reports all errors at once, before anything is changed.
    fn prepared(
        &self,
        collected: Collected,
        model: Option<&contract::models::Model>,
    ) -> Result<PreparedFiles, Diagnostic> {
        let stamp = self.stamp(&collected.hashes);
        if collected.files.is_empty() {
            return Ok(PreparedFiles::new(collected.files, collected.from, true));
        }
        let mut prepared = prepare(collected.files, &self.allow);
        prepared.findings.extend(model.and_then(|model| too_large(model, prepared.tokens)));
        let is_error = |finding: &Finding| finding.severity == Severity::Error;
        if prepared.findings.iter().any(is_error) {
            let message = format!("nothing was changed: the data files in {} have errors", collected.from);
            // Errors first: warnings do not block the upload.
            prepared.findings.sort_by_key(|finding| !is_error(finding));
            return Err(Diagnostic::data_files(&message, &prepared.findings));
        }
        let notes = notes::of(&prepared, self.model.as_ref());
        let is_complete = prepared.redactions.is_empty() && prepared.withheld.is_empty();
        let mut files = PreparedFiles::new(prepared.files, collected.from, collected.is_sample);
        files.tokens = Some(prepared.tokens);
        Ok(files.with_notes(notes, prepared.redactions, is_complete.then_some(stamp)))
    }
}

/// Returns the files in a folder as they would be uploaded. Does not ask for a key; without it, encrypted files are
/// an error, and the result is empty.
pub(crate) fn uploadable_files(environment: &Environment, folder: &Path) -> Files {
    let prepared = prepared_without_prompt(environment, folder);
    let files = prepared.map(|(prepared, from)| PreparedFiles::new(prepared.files, from, false));
    files.map(|files| files.fingerprints().clone()).unwrap_or_default()
}

/// Returns the data files of a folder, checked and redacted, and the source for messages.
fn prepared_without_prompt(environment: &Environment, folder: &Path) -> Option<(Prepared, String)> {
    let data = &environment.data;
    let options = CollectOptions {
        root: Path::new(""),
        token: None,
        prompt: Prompt::Forbidden,
        key: Box::new(|| data_key::find_without_prompt(data.key_file.as_deref())),
    };
    let collected = collect(&Source::Folder(folder.to_owned()), options).ok()?;
    let is_real = !collected.is_sample && !collected.files.is_empty();
    is_real.then(|| (prepare(collected.files, &data.allow), collected.from))
}

/// Returns the number of tokens in the data files of a local folder. Returns `None` if there are none, if they come from a
/// repository, or if they cannot be read without asking for a key.
pub(crate) fn data_tokens(environment: &Environment) -> Option<usize> {
    let folder = local_data_folder(environment).ok()??;
    let (prepared, _) = prepared_without_prompt(environment, &folder)?;
    Some(prepared.tokens)
}

/// Returns the local folder of the data files; `None` if they come from a repository.
pub(crate) fn local_data_folder(environment: &Environment) -> Result<Option<PathBuf>, Diagnostic> {
    let from = &environment.data.from;
    let is_remote = matches!(source(from, false, None)?, Source::Git(_));
    Ok(if is_remote { None } else { from.folder() })
}

fn source(spec: &DataSource, use_local: bool, from: Option<&str>) -> Result<Source, Diagnostic> {
    let repository = variable("PRIVATE_DATA_REPO");
    let options = SourceOptions { from, spec: None, private_repository: repository.as_deref(), use_local };
    Ok(match (from, spec) {
        (None, DataSource::Folder(folder)) => Source::Folder(folder.clone()),
        (None, DataSource::Git(address)) => SourceOptions { spec: Some(address), ..options }.source()?,
        (Some(_), _) | (None, DataSource::Default(_) | DataSource::Sample) => options.source()?,
    })
}

/// Returns the model that reads the data files, except the built-in one, which has no limit.
fn reader(environment: &Environment) -> Option<notes::Reader> {
    match &environment.model {
        Model::Builtin => None,
        Model::Bedrock(id) => {
            let model = id.full(&environment.region);
            Some(notes::Reader { provider: Provider::Bedrock, model, base_url: None })
        }
        Model::OpenAi { id, base_url } => {
            let base_url = base_url.as_ref().map(ToString::to_string);
            let provider = base_url.as_deref().map_or(Provider::OpenAi, Provider::at);
            Some(notes::Reader { provider, model: id.clone(), base_url })
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::artifacts::data::DesiredFiles;

    fn files(text: &str) -> persona::Files {
        let mut files = persona::Files::default();
        files.insert("me.txt", text.as_bytes().to_vec());
        files
    }

    fn prepared(text: &str, stamp: Option<&str>) -> DesiredFiles {
        let prepared = PreparedFiles::new(files(text), String::new(), false);
        DesiredFiles::Files(Arc::new(prepared.with_notes(
            vec!["a note".to_owned()],
            vec![],
            stamp.map(ToOwned::to_owned),
        )))
    }

    /// Returns the stored files after these uploads.
    fn after(all: &[DesiredFiles]) -> StoredFiles {
        let mut stored = StoredFiles::default();
        for (number, desired) in all.iter().enumerate() {
            let resolved = desired.resolve(&stored).unwrap();
            let (id, at) = (number.to_string(), Timestamp::UNIX_EPOCH);
            stored.history =
                desired.record(&stored.history, &id, &resolved, at, String::new(), stored.managed());
            stored.files = resolved.files;
        }
        stored
    }

    #[test]
    fn the_last_check_is_valid_only_for_unchanged_files() {
        let scanned =
            ScannedFiles { from: String::new(), is_real: true, stamp: "one".to_owned(), collected: None };
        let found = |stored: &StoredFiles| scanned.last_check(stored).map(|checked| checked.notes.clone());
        let one = || prepared("I am.", Some("one"));
        assert_eq!(found(&after(&[one()])), Some(vec!["a note".to_owned()]));
        assert_eq!(found(&StoredFiles::default()), None);
        assert_eq!(found(&after(&[prepared("I was.", Some("two"))])), None);
        assert_eq!(found(&after(&[prepared("I am.", None)])), None);
        assert_eq!(
            found(&after(&[one(), prepared("I was.", Some("two")), DesiredFiles::Set("0".to_owned())])),
            None
        );
        let mut missing = after(&[one()]);
        missing.files.clear();
        assert_eq!(found(&missing), None);
    }
}
