//! Tests with programs that contain files.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Embedded, EmbeddedFiles, MARK, append};
use crate::artifacts::Architecture::{Arm64, X86_64};
use crate::artifacts::{BundleError, Content};

const PROGRAM: &[u8] = b"\x7fELF a program";

fn files(functions: &[(super::Architecture, &str)]) -> EmbeddedFiles {
    EmbeddedFiles {
        page: vec![
            ("index.html".to_owned(), Content::InMemory((*b"hello").into())),
            ("assets/a.js".to_owned(), Content::InMemory((*b"").into())),
        ],
        functions: functions.iter().map(|(of, zip)| (*of, zip.as_bytes().to_vec())).collect(),
        backend: None,
    }
}

/// Returns the path of a program with these files.
fn program(folder: &TempDir, files: &EmbeddedFiles) -> PathBuf {
    let (plain, output) = (folder.path().join("plain"), folder.path().join("twinctl"));
    fs::write(&plain, PROGRAM).unwrap();
    append(&plain, files, &output).unwrap();
    output
}

#[test]
fn embedded_files_are_listed_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(&folder, &files(&[(X86_64, "zip")]));
    assert!(fs::read(&path).unwrap().starts_with(PROGRAM));
    let mut embedded = Embedded::of(&path).unwrap().unwrap();
    let listed = embedded.list().unwrap();
    let listed: Vec<_> =
        listed.iter().map(|file| (file.name.as_str(), file.size, &file.sha256[..8])).collect();
    assert_eq!(
        listed,
        [
            ("function-x86_64.zip", 3, "4a70fe9a"),
            ("page/assets/a.js", 0, "e3b0c442"),
            ("page/index.html", 5, "2cf24dba"),
        ]
    );
    let page = embedded.page().unwrap();
    let page: Vec<_> =
        page.iter().map(|(key, content)| (key.as_str(), content.read_blocking().unwrap())).collect();
    assert_eq!(page, [("assets/a.js", vec![]), ("index.html", b"hello".to_vec())]);
    assert_eq!(embedded.function(X86_64).unwrap(), Some(b"zip".to_vec()));
    assert_eq!(embedded.function(Arm64).unwrap(), None);
    assert_eq!(embedded.architectures(), [X86_64]);
}

#[test]
fn a_program_without_embedded_files_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    for content in [PROGRAM, b"", &MARK[1..]] {
        fs::write(&plain, content).unwrap();
        assert!(Embedded::of(&plain).unwrap().is_none());
    }
}

#[test]
fn appending_replaces_the_files_and_is_reproducible() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(&[(Arm64, "arm"), (X86_64, "zip")]);
    let path = program(&folder, &files);
    let again = folder.path().join("again");
    append(&path, &files, &again).unwrap();
    assert_eq!(fs::read(&path).unwrap(), fs::read(&again).unwrap());
}

#[test]
fn a_damaged_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(&folder, &files(&[(X86_64, "content")]));
    let mut bytes = fs::read(&path).unwrap();
    let place = bytes.windows(7).position(|bytes| bytes == b"content").unwrap();
    bytes[place] = b'k';
    fs::write(&path, &bytes).unwrap();
    let error = Embedded::of(&path).unwrap().unwrap().function(X86_64).unwrap_err();
    assert!(matches!(error, BundleError::Embedded(_)), "{error}");
    assert_eq!(error.hint().unwrap(), "install twinctl again");
}
