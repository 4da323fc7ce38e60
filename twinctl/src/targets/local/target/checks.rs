//! The parts of a local twin that `doctor` reads without a session.

use std::path::PathBuf;

use super::{
    Local,
    credentials::{credentials, secrets},
    folders::{check_folders, folders},
    root,
};
use crate::{
    spec::{Environment, Options},
    targets::local::{
        gateway::{Credentials, GatewayError, find_key},
        stack::{DATA_FOLDER, Folders, MEMORY_FOLDER},
    },
    ui::Diagnostic,
};

impl Local {
    /// Returns the folders that the twin writes to, with their names.
    pub(crate) fn written_folders(
        options: &Options,
        environment: &Environment,
    ) -> [(&'static str, PathBuf); 3] {
        let folder = Self::folder(options, environment);
        let Folders { data, memory, .. } = folders(environment, &folder);
        [("twin folder", folder.path().to_owned()), (DATA_FOLDER, data), (MEMORY_FOLDER, memory)]
    }

    /// Checks that the folders of the environment are separate.
    pub(crate) fn check_folders(options: &Options, environment: &Environment) -> Result<(), Diagnostic> {
        check_folders(environment, &folders(environment, &Self::folder(options, environment)))
    }

    /// Returns the API key that a deploy would pass to the backend, if there is one.
    pub(crate) fn api_key(
        options: &Options,
        environment: &Environment,
    ) -> Result<Option<String>, GatewayError> {
        let folder = Self::folder(options, environment);
        let credentials = credentials(options, environment, &folder, &root(options));
        match &credentials {
            Credentials::OpenAiKey { files } => find_key(files, &secrets(&credentials)),
            Credentials::None | Credentials::Aws { .. } => Ok(None),
        }
    }
}
