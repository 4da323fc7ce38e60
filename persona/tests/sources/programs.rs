//! The programs that others encrypt with, in both directions.

use std::{path::Path, process::Command};

use persona::{Key, KeyPair, Recipients, Seal};

use super::desk::{Desk, PASSPHRASE, vector};

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
fn age_reads_what_is_written_here_and_the_other_way_round() {
    let desk = Desk::new(&[]);
    let plain = vector("summary.txt");
    let pair = KeyPair::generate();
    let public = pair.public();
    desk.write("key.txt", pair.file().as_bytes());
    desk.write("plain", &plain);
    let recipients = Recipients::keys([public.as_str()]).unwrap();
    desk.write("binary.age", recipients.encrypt(&plain).unwrap());
    desk.write("armored.age", recipients.encrypt_armored(&plain).unwrap());
    let age = |words: &[&str]| run(desk.path(), "age", words);
    if age(&["--version"]).is_none() {
        return;
    }
    for file in ["binary.age", "armored.age"] {
        assert_eq!(age(&["-d", "-i", "key.txt", file]).unwrap().as_bytes(), plain);
    }
    assert_eq!(run(desk.path(), "age-keygen", &["-y", "key.txt"]).unwrap().trim(), public);
    let key = Key::from_file(&desk.path().join("key.txt")).unwrap();
    for (name, format) in [("theirs.age", "--encrypt"), ("theirs.txt.age", "--armor")] {
        age(&[format, "-r", &public, "-o", name, "plain"]);
        let bytes = std::fs::read(desk.path().join(name)).unwrap();
        assert_eq!(Seal::Age.open(&bytes, "plain", &key).unwrap(), plain);
    }
    run(desk.path(), "age-keygen", &["-o", "theirs.key"]);
    let theirs = Key::from_file(&desk.path().join("theirs.key")).unwrap();
    desk.write("for-them.age", Recipients::holders_of(&theirs).encrypt(&plain).unwrap());
    assert_eq!(age(&["-d", "-i", "theirs.key", "for-them.age"]).unwrap().as_bytes(), plain);
}

#[test]
fn what_openssl_writes_is_read_here() {
    let desk = Desk::new(&[]);
    let key = Key::from_text(PASSPHRASE.to_owned().into()).unwrap();
    for size in [0, 1, 15, 16, 17, 5000] {
        let plain = "Ada ".repeat(size).into_bytes()[..size].to_vec();
        desk.write("plain.txt", &plain);
        for format in [None, Some("-a"), Some("-base64")] {
            let words = ["enc", "-aes-256-cbc", "-salt", "-pbkdf2", "-pass", "env:DATA_KEY"];
            let files = ["-in", "plain.txt", "-out", "sealed"];
            let words: Vec<_> = words.into_iter().chain(files).chain(format).collect();
            if run(desk.path(), "openssl", &words).is_none() {
                return;
            }
            let sealed = std::fs::read(desk.path().join("sealed")).unwrap();
            assert_eq!(Seal::Openssl.open(&sealed, "plain.txt", &key).as_deref(), Ok(plain.as_slice()));
        }
    }
}
