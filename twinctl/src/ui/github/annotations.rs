//! Annotations (workflow commands of GitHub Actions), and escaping of other text, so that it is not read as a command.

use std::path::{Path, PathBuf};

use crate::{system::host, ui::location::Location};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warning,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Whether twinctl runs in GitHub Actions, so that the runner parses its output.
pub(crate) fn in_github_actions() -> bool {
    host::variable("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Formats an annotation of the run.
pub(crate) fn annotation(level: Level, message: &str) -> String {
    format!("::{} title=twinctl::{}", level.word(), escape_data(message))
}

/// Formats an annotation of a line in a file of the repository.
pub(crate) fn annotation_at(level: Level, location: &Location) -> String {
    let Location { path, line, column, message } = location;
    let path = escape_property(&in_repository(path).display().to_string());
    let level = level.word();
    format!("::{level} file={path},line={line},col={column},title=twinctl::{}", escape_data(message))
}

/// Escapes workflow commands. The runner recognizes `::` at the start of a line, and `##[` anywhere.
pub(crate) fn without_commands(text: &str) -> String {
    let text = text.replace("##[", "#\u{200b}#[");
    let line = |line: &str| {
        let content = line.trim_start();
        let indent = &line[..line.len() - content.len()];
        if content.starts_with("::") { format!("{indent}\u{200b}{content}") } else { line.to_owned() }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Makes a path relative to the root of the repository, as GitHub expects it.
pub(crate) fn in_repository(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let root = host::variable("GITHUB_WORKSPACE");
    root.and_then(|root| whole.strip_prefix(root).ok().map(ToOwned::to_owned)).unwrap_or(path.to_owned())
}

fn escape_data(text: &str) -> String {
    without_commands(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_escaped() {
        let location = Location {
            path: PathBuf::from("environments/a,b:c%.yaml"),
            line: 3,
            column: 5,
            message: "100% of\r\n`a::b, c`".to_owned(),
        };
        assert_eq!(
            annotation_at(Level::Error, &location),
            "::error file=environments/a%2Cb%3Ac%25.yaml,line=3,col=5,title=twinctl::100%25 of%0D%0A`a::b, c`"
        );
        assert_eq!(annotation(Level::Warning, "one\ntwo"), "::warning title=twinctl::one%0Atwo");
    }

    #[test]
    fn workflow_commands_in_text_are_escaped() {
        let cases = [
            ("::add-mask::a", "\u{200b}::add-mask::a"),
            ("a\n  ::error::b", "a\n  \u{200b}::error::b"),
            ("note: ##[group]x", "note: #\u{200b}#[group]x"),
            ("a::b ## [c]", "a::b ## [c]"),
        ];
        for (text, escaped) in cases {
            assert_eq!(without_commands(text), escaped);
        }
    }
}
