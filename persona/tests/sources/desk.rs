//! A project folder for one test, and collecting from it.

use std::{fs, path::Path};

use persona::{Asking, CollectError, Collected, Key, Means, Source, collect};
use tempfile::TempDir;

pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            desk.write(name, text);
        }
        desk
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn collect(&self, source: &str) -> Result<Collected, CollectError> {
        self.collect_with(source, None, None)
    }

    /// No text is the usual source.
    pub(crate) fn collect_with(
        &self,
        source: &str,
        key: Option<&str>,
        token: Option<&str>,
    ) -> Result<Collected, CollectError> {
        let source = if source.is_empty() { Source::Usual } else { source.parse().unwrap() };
        let means = Means {
            root: self.path(),
            token: token.map(|token| token.to_owned().into()),
            asking: Asking::Forbidden,
            key: Box::new(|| key.map(|key| Key::from_text(key.to_owned().into())).transpose()),
        };
        collect(&source, means)
    }
}

pub(crate) fn vector(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)).unwrap()
}

/// The throw-away key that the vectors are encrypted for.
pub(crate) fn key() -> String {
    String::from_utf8(vector("key.txt")).unwrap()
}

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// Names and sizes, in one line.
pub(crate) fn listing(collected: &Collected) -> String {
    let names: Vec<_> = collected.files.iter().map(|(name, _)| name).collect();
    let sample = if collected.is_sample { " (sample)" } else { "" };
    format!("{}{sample}: {}", collected.from, names.join(", "))
}

/// As people read it: all mistakes, or what failed with its causes and the next step.
pub(crate) fn told(error: &CollectError) -> String {
    if let CollectError::Mistakes(mistakes) = error {
        let lines: Vec<_> = mistakes
            .iter()
            .map(|mistake| format!("{mistake}\n  hint: {}", mistake.hint.as_deref().unwrap_or("none")))
            .collect();
        return lines.join("\n");
    }
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    let lines = std::iter::once(error.to_string()).chain(causes.map(|cause| format!("  {cause}")));
    let hint = format!("  hint: {}", error.hint().as_deref().unwrap_or("none"));
    lines.chain([hint]).collect::<Vec<_>>().join("\n")
}
