//! The owner's files on their way online: where they come from, what is wrong with them, what of them goes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use persona::{Allow, Asking, Gravity, Means, Mistake, Said, Source, collect, is_there, prepare};

use super::{Brought, notes};
use crate::{
    bundle::on_thread,
    cli::{Global, OwnFiles},
    data_key,
    diagnostic::Diagnostic,
    spec::{DataSource, Environment, Model},
    surroundings::variable,
    ui::Ui,
};

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

impl Own {
    /// `from` is what the command line says, which is meant from where it is said.
    pub(crate) fn of(
        global: &Global,
        environment: &Environment,
        said: &OwnFiles,
        from: Option<&str>,
    ) -> Result<Self, Diagnostic> {
        let data = &environment.data;
        let key_file = said.key.key_file.clone().or_else(|| data.key_file.clone());
        let source = source(&data.from, said.use_local, from)?;
        let root = match source {
            // Named by the file or the command line, it has been seen from the right place already.
            Source::Folder(_) => PathBuf::new(),
            Source::Usual | Source::Git(_) => {
                global.environments.parent().unwrap_or(Path::new("")).to_owned()
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
        self.is_wanted && is_there(&self.source, &self.root)
    }

    pub(crate) async fn collect(&self, ui: &Ui) -> Result<Arc<Brought>, Diagnostic> {
        let (own, ui) = (self.clone(), ui.clone());
        on_thread(move || own.bring(&ui)).await.map(Arc::new)
    }

    /// All mistakes are told at once, before anything is touched.
    fn bring(&self, ui: &Ui) -> Result<Brought, Diagnostic> {
        let means = Means {
            root: &self.root,
            token: variable("PRIVATE_DATA_PAT").map(Into::into),
            asking: if ui.can_ask() { Asking::Allowed } else { Asking::Forbidden },
            key: Box::new(|| data_key::find(self.key_file.as_deref(), ui)),
        };
        let collected = collect(&self.source, means)?;
        if collected.files.is_empty() {
            return Ok(Brought::new(collected.files, collected.from, true));
        }
        let mut prepared = prepare(collected.files, &self.allow);
        prepared.mistakes.extend(self.model.as_ref().and_then(|model| model.too_large(prepared.tokens)));
        let is_error = |mistake: &Mistake| mistake.gravity == Gravity::Error;
        if prepared.mistakes.iter().any(is_error) {
            let message = format!("nothing was changed: the files of {} cannot go online so", collected.from);
            return Err(Diagnostic::owners_files(&message, &prepared.mistakes));
        }
        let notes = notes::of(&prepared, self.model.as_ref());
        Ok(Brought::new(prepared.files, collected.from, collected.is_sample).with_notes(notes))
    }
}

fn source(spec: &DataSource, use_local: bool, from: Option<&str>) -> Result<Source, Diagnostic> {
    let repository = variable("PRIVATE_DATA_REPO");
    let said = Said { from, spec: None, private_repository: repository.as_deref(), use_local };
    Ok(match (from, spec) {
        (None, DataSource::Folder(folder)) => Source::Folder(folder.clone()),
        (None, DataSource::Git(address)) => Said { spec: Some(address), ..said }.source()?,
        (Some(_), _) | (None, DataSource::Usual(_)) => said.source()?,
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
