//! Files without messages, which deleted conversations leave.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use contract::key::{Form, is_deleted};

use super::draft::none_if_not_found;

/// How long such a file stays. It prevents answers that are still being generated from being saved, and none takes that long.
const KEPT: Duration = Duration::from_hours(24);

/// Removes the files of old deletions. The lock must be held.
pub(super) fn remove_old(root: &Path, now: SystemTime) -> io::Result<()> {
    for entry in fs::read_dir(root)?.flatten() {
        let is_conversation = entry.file_name().to_str().is_some_and(|name| Form::parse(name).is_some());
        let metadata = entry.metadata()?;
        let age = now.duration_since(metadata.modified()?).unwrap_or_default();
        if is_conversation && metadata.is_file() && is_deleted(metadata.len()) && age >= KEPT {
            none_if_not_found(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn only_what_is_left_of_old_deletions_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let deleted = "[".to_owned() + &" ".repeat(26) + "]";
        let write = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
        write("deleted.json", &deleted);
        write("a.json", r#"[{"role":"user","content":"Hello"}]"#);
        write("notes.txt", &deleted);
        write(".lock", "");
        let left = || {
            let names = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        };
        remove_old(root.path(), clock::system_now()).unwrap();
        assert_eq!(left().len(), 4, "a request may still be generating an answer");
        remove_old(root.path(), clock::system_now() + KEPT).unwrap();
        assert_eq!(left(), [".lock", "a.json", "notes.txt"]);
    }
}
