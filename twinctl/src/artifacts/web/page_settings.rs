//! Settings of the distribution that depend on the page: hashes of inline scripts, and exceptions to the path rule.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{PageSources, WebBundle};

/// Settings of the distribution that depend on the page. Each release records them, for runs without the page's
/// files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSettings {
    /// Hashes of the inline scripts.
    pub script_hashes: Vec<String>,
    /// Where the page loads files from, besides its own files and scripts.
    #[serde(default, skip_serializing_if = "PageSources::is_empty")]
    pub sources: PageSources,
    /// The exceptions to the path rule; see [`exceptions`].
    pub paths: BTreeMap<String, String>,
}

impl PageSettings {
    pub fn of(web: &WebBundle) -> Self {
        let keys = web.files().iter().map(|file| file.key.as_str());
        Self { script_hashes: web.inline_script_hashes(), sources: web.sources(), paths: exceptions(keys) }
    }
}

/// Returns the paths that the rule of the paths function would map to the wrong file. These are folder pages
/// requested without the trailing slash, and files without an extension. Keys have no leading slash.
pub fn exceptions<'a>(files: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let files: BTreeSet<&str> = files.into_iter().collect();
    let mut exceptions = BTreeMap::new();
    for file in &files {
        if let Some(folder) = file.strip_suffix("/index.html") {
            if !files.contains(format!("{folder}.html").as_str()) && !files.contains(folder) {
                exceptions.insert(format!("/{folder}"), format!("/{file}"));
            }
        } else if !file.rsplit('/').next().unwrap_or(file).contains('.') {
            exceptions.insert(format!("/{file}"), format!("/{file}"));
        }
    }
    exceptions
}

#[cfg(test)]
mod tests {
    use super::exceptions;

    #[test]
    fn only_paths_that_the_rule_maps_wrongly_are_listed() {
        let files =
            ["index.html", "about.html", "docs/index.html", "both.html", "both/index.html", "LICENSE"];
        let found: Vec<_> = exceptions(files).into_iter().collect();
        let expected = [("/LICENSE", "/LICENSE"), ("/docs", "/docs/index.html")];
        assert_eq!(found, expected.map(|(path, file)| (path.to_owned(), file.to_owned())));
    }
}
