//! Compatibility with the programs `age` and `openssl`.

use std::{path::Path, process::Command};

use persona::{Encryption, Key, KeyPair, Recipients};

use super::project::{PASSPHRASE, Project, vector};

/// Set by `cargo xtask test --fast`.
const SKIP: &str = "TWINCTL_SKIP_EMULATORS";

#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the one switch that `--fast` hands to the test binaries"
)]
fn run(folder: &Path, program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).current_dir(folder).env("DATA_KEY", PASSPHRASE).output();
    if output.is_err() && std::env::var_os(SKIP).is_some() {
        eprintln!("left out because {SKIP} is set, and {program} is not here");
        return None;
    }
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask test` installs it"));
    assert!(output.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn files_are_compatible_with_age() {
    let project = Project::new(&[]);
    let plain = vector("summary.txt");
    let pair = KeyPair::generate();
    let public = pair.public();
    project.write("key.txt", pair.file().as_bytes());
    project.write("plain", &plain);
    let recipients = Recipients::from_public_keys([public.as_str()]).unwrap();
    project.write("binary.age", recipients.encrypt(&plain).unwrap());
    project.write("armored.age", recipients.encrypt_armored(&plain).unwrap());
    let age = |words: &[&str]| run(project.path(), "age", words);
    if age(&["--version"]).is_none() {
        return;
    }
    for file in ["binary.age", "armored.age"] {
        assert_eq!(age(&["-d", "-i", "key.txt", file]).unwrap().as_bytes(), plain);
    }
    assert_eq!(run(project.path(), "age-keygen", &["-y", "key.txt"]).unwrap().trim(), public);
    let key = Key::from_file(&project.path().join("key.txt")).unwrap();
    for (name, format) in [("theirs.age", "--encrypt"), ("theirs.txt.age", "--armor")] {
        age(&[format, "-r", &public, "-o", name, "plain"]);
        let bytes = std::fs::read(project.path().join(name)).unwrap();
        assert_eq!(Encryption::Age.decrypt(&bytes, "plain", &key).unwrap(), plain);
    }
    run(project.path(), "age-keygen", &["-o", "theirs.key"]);
    let theirs = Key::from_file(&project.path().join("theirs.key")).unwrap();
    project.write("for-them.age", Recipients::from_key(&theirs).encrypt(&plain).unwrap());
    assert_eq!(age(&["-d", "-i", "theirs.key", "for-them.age"]).unwrap().as_bytes(), plain);
}

#[test]
fn files_of_openssl_are_decrypted() {
    let project = Project::new(&[]);
    let key = Key::from_text(PASSPHRASE.to_owned().into()).unwrap();
    for size in [0, 1, 15, 16, 17, 5000] {
        let plain = "Ada ".repeat(size).into_bytes()[..size].to_vec();
        project.write("plain.txt", &plain);
        for format in [None, Some("-a"), Some("-base64")] {
            let words = ["enc", "-aes-256-cbc", "-salt", "-pbkdf2", "-pass", "env:DATA_KEY"];
            let files = ["-in", "plain.txt", "-out", "encrypted"];
            let words: Vec<_> = words.into_iter().chain(files).chain(format).collect();
            if run(project.path(), "openssl", &words).is_none() {
                return;
            }
            let encrypted = std::fs::read(project.path().join("encrypted")).unwrap();
            assert_eq!(
                Encryption::Openssl.decrypt(&encrypted, "plain.txt", &key).as_deref(),
                Ok(plain.as_slice())
            );
        }
    }
}
