//! `twinctl data keygen`, `encrypt` and `decrypt`.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use testbed::{Folder, terminal};

use super::{command, transcript};

/// Creates a folder with a key and two data files.
fn folder() -> Folder {
    let folder = Folder::new();
    assert!(run(&folder, "", &["data", "keygen", "-o", KEY]).ends_with("exit 0\n"));
    folder.write("data/facts.json", "{\"name\": \"Ada\"}");
    folder.write("data/cv.pdf", b"%PDF-1.7 \x1b[31m \xff\x00");
    folder
}

fn names(folder: &Folder) -> String {
    let entries = fs::read_dir(folder.join("data")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.join(" ")
}

fn with_key(folder: &Folder, key: &str, args: &[&str]) -> Command {
    let mut command = command(folder.path(), args);
    if !key.is_empty() {
        command.env("DATA_KEY", key);
    }
    command
}

fn run(folder: &Folder, key: &str, args: &[&str]) -> String {
    transcript(with_key(folder, key, args))
}

const KEY: &str = "keys/data.key";

#[testbed::test]
fn a_key_file_is_private_and_never_overwritten() {
    let folder = folder();
    let key = fs::read_to_string(folder.join(KEY)).unwrap();
    assert_eq!(fs::metadata(folder.join(KEY)).unwrap().permissions().mode() & 0o777, 0o600);
    insta::assert_snapshot!(run(&folder, "", &["data", "keygen", "-o", KEY]), @r"
    $ twinctl data keygen -o keys/data.key
    error: keys/data.key already exists, and keys are never overwritten

    hint: choose another file; files encrypted with the old key need the old key
    exit 2
    ");
    assert_eq!(fs::read_to_string(folder.join(KEY)).unwrap(), key);
    let printed = run(&folder, "", &["data", "keygen"]);
    assert!(printed.contains("\nAGE-SECRET-KEY-1"), "{printed}");
    let json = run(&folder, "", &["data", "keygen", "--json", "-o", "other.key"]);
    assert!(json.contains("\"public_key\":\"age1") && !json.contains("AGE-SECRET-KEY"), "{json}");
}

#[testbed::test]
fn files_are_encrypted_and_decrypted() {
    let folder = folder();
    let output = [
        run(&folder, KEY, &["data", "encrypt", "data/facts.json", "data/cv.pdf", "--dry-run"]),
        run(&folder, KEY, &["data", "encrypt", "data/facts.json", "data/cv.pdf", "--remove"]),
        run(&folder, KEY, &["data", "decrypt", "data/facts.json.age", "-o", "-"]),
        run(&folder, KEY, &["data", "decrypt", "data/facts.json.age", "data/cv.pdf.age"]),
        run(&folder, KEY, &["data", "encrypt", "data/facts.json", "--json", "--force"]),
    ];
    insta::assert_snapshot!(output.join("\n"));
    assert_eq!(names(&folder), "cv.pdf cv.pdf.age facts.json facts.json.age");
    assert_eq!(fs::read(folder.join("data/cv.pdf")).unwrap(), b"%PDF-1.7 \x1b[31m \xff\x00");
    let bytes = with_key(&folder, KEY, &["data", "decrypt", "data/cv.pdf.age", "-o", "-"]).output().unwrap();
    assert_eq!(bytes.stdout, b"%PDF-1.7 \x1b[31m \xff\x00");
}

#[testbed::test]
fn all_errors_are_reported_before_any_file_is_changed() {
    let folder = folder();
    fs::write(folder.join("data/cv.pdf.age"), "mine").unwrap();
    fs::write(folder.join("data/me.txt.encrypted"), "Salted__01234567").unwrap();
    let facts = "data/facts.json";
    let output = [
        run(&folder, "", &["data", "encrypt", facts]),
        run(
            &folder,
            KEY,
            &["data", "encrypt", facts, "data/cv.pdf", "data/nowhere", "data/me.txt.encrypted"],
        ),
        run(&folder, "", &["data", "encrypt", facts, "--to", "age1bogus"]),
        run(&folder, "", &["data", "decrypt", "data/me.txt.encrypted"]),
        run(&folder, KEY, &["data", "decrypt", facts, "data/cv.pdf.age", "--force"]),
        run(&folder, KEY, &["data", "decrypt", "data/me.txt.encrypted", "data/cv.pdf.age", "--force"]),
        run(&folder, KEY, &["data", "decrypt", "data/me.txt.encrypted", "-o", "-", "--json"]),
        run(&folder, KEY, &["data", "decrypt", "data/me.txt.encrypted", "data/cv.pdf.age", "-o", "x"]),
        run(&folder, "", &["data", "encrypt", facts, "--key-file", "nowhere.key"]),
        run(&folder, KEY, &["data", "encrypt", KEY]),
        run(&folder, "keys/missing.key", &["data", "encrypt", facts]),
    ];
    insta::assert_snapshot!(output.join("\n"));
    assert_eq!(names(&folder), "cv.pdf cv.pdf.age facts.json me.txt.encrypted");
}

#[testbed::test]
fn a_plain_file_is_kept_if_the_key_cannot_decrypt_the_new_one() {
    let folder = folder();
    let other = run(&folder, "", &["data", "keygen"]);
    let public = other.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    let to = ["data", "encrypt", "data/facts.json", "--remove", "--to", public];
    let output = run(&folder, KEY, &to);
    assert!(
        output.contains("`--remove` needs a key that decrypts the new files") && output.ends_with("exit 2\n")
    );
    assert_eq!(names(&folder), "cv.pdf facts.json");
    let own = run(&folder, "", &["data", "encrypt", "data/facts.json", "--to", public]);
    assert!(own.ends_with("exit 0\n"), "{own}");
}

const QUESTIONS: [&str; 2] = [" files: ", " passphrase: "];

#[testbed::test]
fn a_passphrase_is_asked_for_and_never_shown() {
    let folder = folder();
    let encrypt = with_key(&folder, "", &["data", "encrypt", "data/facts.json"]);
    let answered = terminal::answer(encrypt, &QUESTIONS, &["horse staple", "horse staple"]);
    assert!(folder.join("data/facts.json.age").exists(), "{answered:?}");
    assert!(!format!("{answered:?}").contains("horse"), "{answered:?}");
    folder.remove("data/facts.json");
    let decrypt = with_key(&folder, "", &["data", "decrypt", "data/facts.json.age"]);
    terminal::answer(decrypt, &QUESTIONS, &["horse staple"]);
    assert_eq!(folder.read("data/facts.json"), "{\"name\": \"Ada\"}");
}

#[testbed::test]
fn two_different_passphrases_are_rejected() {
    let folder = folder();
    let encrypt = with_key(&folder, "", &["data", "encrypt", "data/facts.json"]);
    let answered = terminal::answer(encrypt, &QUESTIONS, &["horse", "staple"]);
    assert!(answered.stderr.contains("the passphrases do not match"), "{answered:?}");
    assert!(!folder.join("data/facts.json.age").exists());
}
