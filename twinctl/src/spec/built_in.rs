//! The environment files of this repository. `init` writes them with the twin's own settings. Those of the environment `local` are
//! used as they are if they do not exist.

use std::path::Path;

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
/// Its files.
const FILES: [&str; 2] = ["local.yaml", "base.yaml"];

/// Returns whether the built-in environment is used: the default directory contains none of its files. Files of other
/// environments do not matter: `restore` writes one. Another directory is an option of the user, who expects files there.
pub(crate) fn is_built_in(dir: &Path, name: &str) -> bool {
    let exists = |file: &&str| dir.join(file).exists();
    name == BUILT_IN && dir == Path::new(DEFAULT_ENVIRONMENTS) && !FILES.iter().any(exists)
}

/// Returns the text of a built-in file.
pub(super) fn text(path: &Path) -> Option<&'static str> {
    let is_named = |(name, _): &(&str, &str)| path.file_stem().is_some_and(|stem| stem == *name);
    SHIPPED.into_iter().find(is_named).map(|(_, text)| text)
}
