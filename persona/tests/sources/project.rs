//! A project folder for one test.

use std::{fs, path::Path};

use persona::{CollectError, CollectOptions, Collected, Key, Prompt, Source, collect};
use tempfile::TempDir;

pub(crate) struct Project(TempDir);

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            project.write(name, text);
        }
        project
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

    /// Collects the files of `source`. An empty one selects the default folders.
    pub(crate) fn collect_with(
        &self,
        source: &str,
        key: Option<&str>,
        token: Option<&str>,
    ) -> Result<Collected, CollectError> {
        let source = if source.is_empty() { Source::Default } else { source.parse().unwrap() };
        let options = CollectOptions {
            root: self.path(),
            token: token.map(|token| token.to_owned().into()),
            prompt: Prompt::Forbidden,
            key: Box::new(|| key.map(|key| Key::from_text(key.to_owned().into())).transpose()),
        };
        collect(&source, options)
    }
}

pub(crate) fn vector(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)).unwrap()
}

/// The key for the files in `vectors`, which is used for nothing else.
pub(crate) fn key() -> String {
    String::from_utf8(vector("key.txt")).unwrap()
}

pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// Returns the source and the names of the files in one line.
pub(crate) fn listing(collected: &Collected) -> String {
    let names: Vec<_> = collected.files.iter().map(|(name, _)| name).collect();
    let sample = if collected.is_sample { " (sample)" } else { "" };
    format!("{}{sample}: {}", collected.from, names.join(", "))
}

/// Formats all errors of the files, or the error with its causes and hint.
pub(crate) fn printed(error: &CollectError) -> String {
    if let CollectError::Files(findings) = error {
        let lines: Vec<_> = findings
            .iter()
            .map(|finding| format!("{finding}\n  hint: {}", finding.hint.as_deref().unwrap_or("none")))
            .collect();
        return lines.join("\n");
    }
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    let lines = std::iter::once(error.to_string()).chain(causes.map(|cause| format!("  {cause}")));
    let hint = format!("  hint: {}", error.hint().as_deref().unwrap_or("none"));
    lines.chain([hint]).collect::<Vec<_>>().join("\n")
}
