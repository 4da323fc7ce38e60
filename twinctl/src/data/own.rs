//! Where the owner's files come from, as the environment and the command line say.

use std::sync::Arc;

use super::Brought;
use crate::{
    bundle::on_thread,
    diagnostic::Diagnostic,
    exit::Exit,
    spec::{DataSource, Environment},
};

/// The files before anybody has looked at them.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    from: DataSource,
    is_wanted: bool,
}

impl Own {
    /// For a deploy.
    pub(crate) fn of(environment: &Environment) -> Self {
        Self { from: environment.data.from.clone(), is_wanted: environment.data.upload_on_deploy }
    }

    /// Whether there will be something to bring, as far as a glance tells.
    pub(crate) fn is_expected(&self) -> bool {
        self.is_wanted
            && match &self.from {
                DataSource::Folder(folder) => Brought::load(folder).is_ok_and(|brought| brought.is_own()),
                DataSource::Git(_) => true,
            }
    }

    pub(crate) async fn collect(&self) -> Result<Arc<Brought>, Diagnostic> {
        match &self.from {
            DataSource::Folder(folder) => {
                let folder = folder.clone();
                Ok(Arc::new(on_thread(move || Brought::load(&folder)).await?))
            }
            DataSource::Git(repository) => {
                Err(Diagnostic::new(Exit::Environment, format!("`{repository}` cannot be read yet"))
                    .hint("name a folder with `data:`"))
            }
        }
    }
}
