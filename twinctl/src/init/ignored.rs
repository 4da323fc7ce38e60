//! The lines of `.gitignore` that exclude data files, conversations, backups and keys.

use std::path::Path;

/// Each line with its equivalent spellings.
const IGNORED: [(&str, &[&str]); 5] = [
    ("/data/*\n!/data/*_template.*", &["/data/*", "/data/", "/data", "data/*", "data/", "data"]),
    ("/.twinctl", &["/.twinctl", "/.twinctl/", ".twinctl", ".twinctl/"]),
    ("/conversations/", &["/conversations/", "/conversations", "conversations/", "conversations"]),
    // Backups: encrypted ones and incomplete ones, too.
    ("*.jsonl*", &["*.jsonl*"]),
    (".env", &[".env", "/.env", ".env*", "*.env"]),
];

pub(super) fn is_in_a_repository(root: &Path) -> bool {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    root.ancestors().any(|folder| folder.join(".git").exists())
}

/// Returns the lines that `gitignore` lacks; `None` if it contains them all.
pub(super) fn missing(gitignore: &str) -> Option<String> {
    let has = |spellings: &[&str]| gitignore.lines().any(|line| spellings.contains(&line.trim_end()));
    let lines: Vec<&str> =
        IGNORED.iter().filter(|(_, spellings)| !has(spellings)).map(|(line, _)| *line).collect();
    (!lines.is_empty()).then(|| lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_once() {
        let all = missing("/target\n").unwrap();
        insta::assert_snapshot!(all, @r"
        /data/*
        !/data/*_template.*
        /.twinctl
        /conversations/
        *.jsonl*
        .env
        ");
        assert_eq!(missing(&all), None);
        assert_eq!(missing("data/\r\n.env\r\n").as_deref(), Some("/.twinctl\n/conversations/\n*.jsonl*\n"));
        assert_eq!(missing(include_str!("../../../.gitignore")), None);
    }
}
