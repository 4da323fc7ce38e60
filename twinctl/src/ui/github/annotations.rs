//! The lines that a runner of GitHub Actions obeys, and how to say what must not be one.

use std::path::{Path, PathBuf};

use crate::{system::host, ui::Spot};

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

/// Whether a runner of GitHub Actions reads what is printed.
pub(crate) fn is_read() -> bool {
    host::variable("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// A line that the runner shows with the run.
pub(crate) fn annotation(level: Level, message: &str) -> String {
    format!("::{} title=twinctl::{}", level.word(), data(message))
}

/// A line that the runner shows at that line of the repository.
pub(crate) fn annotation_at(level: Level, spot: &Spot) -> String {
    let Spot { path, line, column, message } = spot;
    let path = property(&in_repository(path).display().to_string());
    let level = level.word();
    format!("::{level} file={path},line={line},col={column},title=twinctl::{}", data(message))
}

/// The text with nothing in it that the runner would obey: it looks for `::` where a line begins, and for `##[` all over it.
pub(crate) fn harmless(text: &str) -> String {
    let text = text.replace("##[", "#\u{200b}#[");
    let line = |line: &str| {
        let begins = line.trim_start();
        let indent = &line[..line.len() - begins.len()];
        if begins.starts_with("::") { format!("{indent}\u{200b}{begins}") } else { line.to_owned() }
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// As GitHub knows it, wherever in the repository twinctl was started.
pub(crate) fn in_repository(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let root = host::variable("GITHUB_WORKSPACE");
    root.and_then(|root| whole.strip_prefix(root).ok().map(ToOwned::to_owned)).unwrap_or(path.to_owned())
}

fn data(text: &str) -> String {
    harmless(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let spot = Spot {
            path: PathBuf::from("environments/a,b:c%.yaml"),
            line: 3,
            column: 5,
            message: "100% of\r\n`a::b, c`".to_owned(),
        };
        assert_eq!(
            annotation_at(Level::Error, &spot),
            "::error file=environments/a%2Cb%3Ac%25.yaml,line=3,col=5,title=twinctl::100%25 of%0D%0A`a::b, c`"
        );
        assert_eq!(annotation(Level::Warning, "one\ntwo"), "::warning title=twinctl::one%0Atwo");
    }

    #[test]
    fn no_value_commands_the_runner() {
        let cases = [
            ("::add-mask::a", "\u{200b}::add-mask::a"),
            ("a\n  ::error::b", "a\n  \u{200b}::error::b"),
            ("note: ##[group]x", "note: #\u{200b}#[group]x"),
            ("a::b ## [c]", "a::b ## [c]"),
        ];
        for (text, said) in cases {
            assert_eq!(harmless(text), said);
        }
    }
}
