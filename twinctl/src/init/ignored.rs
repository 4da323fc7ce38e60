//! The lines of `.gitignore` that exclude data files, conversations, backups and keys.

use std::path::{Path, PathBuf};

/// Each line with its equivalent spellings.
const IGNORED: [(&str, &[&str]); 5] = [
    ("/data/*\n!/data/*_template.*", &["/data/*", "/data/", "/data", "data/*", "data/", "data"]),
    ("/.twinctl", &["/.twinctl", "/.twinctl/", ".twinctl", ".twinctl/"]),
    ("/conversations/", &["/conversations/", "/conversations", "conversations/", "conversations"]),
    // Backups: encrypted ones and incomplete ones, too.
    ("*.jsonl*", &["*.jsonl*"]),
    (".env", &[".env", "/.env", ".env*", "*.env"]),
];

/// Returns the repository that contains a folder, and the path of the folder in it.
pub(super) fn repository(root: &Path) -> Option<(PathBuf, PathBuf)> {
    let root = Path::new(".").join(root);
    let root = root.canonicalize().unwrap_or(root);
    let repository = root.ancestors().find(|folder| folder.join(".git").exists())?;
    Some((repository.to_owned(), root.strip_prefix(repository).ok()?.to_owned()))
}

/// Returns the lines that `gitignore` lacks; `None` if it contains them all. `memories` are folders with conversations.
pub(super) fn missing<'m>(gitignore: &str, memories: impl Iterator<Item = &'m Path>) -> Option<String> {
    let has = |spellings: &[&str]| gitignore.lines().any(|line| spellings.contains(&line.trim_end()));
    let lines = IGNORED.iter().filter(|(_, spellings)| !has(spellings)).map(|(line, _)| (*line).to_owned());
    let is_ignored = |folder: &String| {
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let mut lines = gitignore.lines().map(|line| line.trim_end().trim_end_matches('/'));
        // A line without a slash matches in every folder.
        lines.any(|line| line == name || line.trim_start_matches('/') == folder)
    };
    let memories = memories.filter_map(contract::key::of_path).filter(|folder| !is_ignored(folder));
    let lines: Vec<String> = lines.chain(memories.map(|folder| format!("/{folder}/"))).collect();
    (!lines.is_empty()).then(|| lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_once() {
        let missing = |text: &str| missing(text, [].into_iter());
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

    #[test]
    fn folders_with_conversations_are_added() {
        let all = missing("", [].into_iter()).unwrap();
        let memories = ["backend/memory", "history"];
        let added = |before: &str| missing(&format!("{all}{before}"), memories.iter().map(Path::new));
        assert_eq!(added("").as_deref(), Some("/backend/memory/\n/history/\n"));
        assert_eq!(added("memory/\n").as_deref(), Some("/history/\n"));
        assert_eq!(added("/backend/memory\nhistory\n"), None);
    }
}
