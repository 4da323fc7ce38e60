//! Compatibility with the programs `age` and `openssl`.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

use std::{fs, path::Path, process::Command};

use persona::{Encryption, Key, KeyPair, Recipients};
use testbed::Folder;

const PASSPHRASE: &str = "correct horse battery staple";

fn main() -> std::process::ExitCode {
    testbed::harness::main()
}

fn run(folder: &Folder, program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(args).current_dir(folder.path()).env("DATA_KEY", PASSPHRASE).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[testbed::test(age)]
fn files_are_compatible_with_age() {
    let folder = Folder::new();
    let plain = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/summary.txt")).unwrap();
    let pair = KeyPair::generate();
    let public = pair.public();
    folder.write("key.txt", pair.file().as_bytes());
    folder.write("plain", &plain);
    let recipients = Recipients::from_public_keys([public.as_str()]).unwrap();
    folder.write("binary.age", recipients.encrypt(&plain).unwrap());
    folder.write("armored.age", recipients.encrypt_armored(&plain).unwrap());
    for file in ["binary.age", "armored.age"] {
        assert_eq!(run(&folder, "age", &["-d", "-i", "key.txt", file]).as_bytes(), plain);
    }
    assert_eq!(run(&folder, "age-keygen", &["-y", "key.txt"]).trim(), public);
    let key = Key::from_file(&folder.join("key.txt")).unwrap();
    for (name, format) in [("theirs.age", "--encrypt"), ("theirs.txt.age", "--armor")] {
        run(&folder, "age", &[format, "-r", &public, "-o", name, "plain"]);
        let bytes = fs::read(folder.join(name)).unwrap();
        assert_eq!(Encryption::Age.decrypt(&bytes, "plain", &key).unwrap(), plain);
    }
    run(&folder, "age-keygen", &["-o", "theirs.key"]);
    let theirs = Key::from_file(&folder.join("theirs.key")).unwrap();
    folder.write("for-them.age", Recipients::from_key(&theirs).encrypt(&plain).unwrap());
    assert_eq!(run(&folder, "age", &["-d", "-i", "theirs.key", "for-them.age"]).as_bytes(), plain);
}

#[testbed::test(openssl)]
fn files_of_openssl_are_decrypted() {
    let folder = Folder::new();
    let key = Key::from_text(PASSPHRASE.to_owned().into()).unwrap();
    for size in [0, 1, 15, 16, 17, 5000] {
        let plain = "Ada ".repeat(size).into_bytes()[..size].to_vec();
        folder.write("plain.txt", &plain);
        for format in [None, Some("-a"), Some("-base64")] {
            let args = ["enc", "-aes-256-cbc", "-salt", "-pbkdf2", "-pass", "env:DATA_KEY"];
            let files = ["-in", "plain.txt", "-out", "encrypted"];
            let args: Vec<_> = args.into_iter().chain(files).chain(format).collect();
            run(&folder, "openssl", &args);
            let encrypted = fs::read(folder.join("encrypted")).unwrap();
            assert_eq!(
                Encryption::Openssl.decrypt(&encrypted, "plain.txt", &key).as_deref(),
                Ok(plain.as_slice())
            );
        }
    }
}
