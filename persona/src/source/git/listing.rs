//! The files of a commit, as git lists them.

/// A line of `ls-tree -l`.
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) size: u64,
    /// The path, with replacement characters for invalid UTF-8.
    pub(super) path: String,
    pub(super) is_utf8: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Link,
    Submodule,
}

impl Entry {
    /// Parses `MODE TYPE ID SIZE\tPATH`.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        let (metadata, path) = (std::str::from_utf8(&line[..tab]).ok()?, &line[tab + 1..]);
        let mut words = metadata.split_ascii_whitespace();
        let kind = match words.next()? {
            "120000" => Kind::Link,
            "160000" => Kind::Submodule,
            _ => Kind::File,
        };
        let (id, size) = (words.nth(1)?.to_owned(), words.next()?.parse().unwrap_or_default());
        let is_utf8 = std::str::from_utf8(path).is_ok();
        Some(Self { kind, id, size, path: String::from_utf8_lossy(path).into_owned(), is_utf8 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_parsed() {
        let entry = Entry::read(b"100644 blob 0123abcd      42\tdata/my notes.md").unwrap();
        assert_eq!((entry.kind, entry.id.as_str(), entry.size), (Kind::File, "0123abcd", 42));
        assert_eq!((entry.path.as_str(), entry.is_utf8), ("data/my notes.md", true));
        let module = Entry::read(b"160000 commit 0123abcd       -\tdata/module").unwrap();
        assert_eq!((module.kind, module.size), (Kind::Submodule, 0));
        assert!(!Entry::read(b"120000 blob 0123abcd 3\tna\xefve").unwrap().is_utf8);
        assert!(Entry::read(b"").is_none());
    }
}
