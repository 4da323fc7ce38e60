//! The environment files of this repository. `init` writes them with the twin's own settings. Without any environment
//! file, those of the environment `local` are used as they are.

use std::path::Path;

use super::folder::yaml_files;

/// The default directory of environment files.
pub(crate) const DEFAULT_ENVIRONMENTS: &str = "environments";

macro_rules! shipped {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../../../environments/", $name, ".yaml")))),+]
    };
}

/// Names without the extension, and contents.
pub(crate) const SHIPPED: [(&str, &str); 5] = shipped!("base", "local", "dev", "test", "prod");

/// The environment that needs no file.
const BUILT_IN: &str = "local";

/// Returns whether the built-in environment is used: the default directory contains no environment file. Another
/// directory is an option of the user, who expects files there.
pub(crate) fn is_built_in(dir: &Path, name: &str) -> bool {
    name == BUILT_IN && dir == Path::new(DEFAULT_ENVIRONMENTS) && yaml_files(dir).is_empty()
}

/// Returns the text of a built-in file, if the built-in environment is used.
pub(super) fn text(path: &Path) -> Option<&'static str> {
    if !is_built_in(path.parent()?, BUILT_IN) {
        return None;
    }
    let (_, text) =
        SHIPPED.into_iter().find(|(name, _)| path.file_stem().is_some_and(|stem| stem == *name))?;
    Some(text)
}
