//! A passphrase that is typed at a terminal, where nobody gets to see it.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::Folder;

const QUESTIONS: [&[u8]; 2] = [b" files: ", b" passphrase: "];

/// The two ends of a terminal: where it is typed, and what a program reads from.
fn terminal() -> (File, File) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let program = OpenOptions::new().read(true).write(true).open(Path::new(name.to_str().unwrap())).unwrap();
    (keyboard.into(), program)
}

/// Types an answer at every question; says what the terminal showed, and what was said on standard error.
fn talk(mut command: Command, answers: &[&str]) -> (String, String) {
    let (mut keyboard, program) = terminal();
    let mut child = command.stdin(program).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let (mut said, mut byte) = (Vec::new(), [0]);
    let mut answers = answers.iter();
    while stderr.read(&mut byte).unwrap() > 0 {
        said.extend(byte);
        if QUESTIONS.iter().any(|question| said.ends_with(question)) {
            writeln!(keyboard, "{}", answers.next().unwrap_or(&"")).unwrap();
        }
    }
    child.wait().unwrap();
    // What was shown waits in the terminal: the end of a line for each answer at least.
    let mut shown = [0; 4096];
    let length = keyboard.read(&mut shown).unwrap_or_default();
    (String::from_utf8_lossy(&shown[..length]).into_owned(), String::from_utf8(said).unwrap())
}

#[test]
fn a_passphrase_is_asked_for_and_never_shown() {
    let folder = Folder::new();
    let encrypt = folder.command("", &["data", "encrypt", "data/facts.json"]);
    let (shown, said) = talk(encrypt, &["horse staple", "horse staple"]);
    assert!(folder.path("data/facts.json.age").exists(), "{said}");
    assert!(!shown.contains("horse") && !said.contains("horse"), "{shown}{said}");
    fs::remove_file(folder.path("data/facts.json")).unwrap();
    talk(folder.command("", &["data", "decrypt", "data/facts.json.age"]), &["horse staple"]);
    assert_eq!(fs::read(folder.path("data/facts.json")).unwrap(), b"{\"name\": \"Ada\"}");
}

#[test]
fn two_passphrases_are_none() {
    let folder = Folder::new();
    let encrypt = folder.command("", &["data", "encrypt", "data/facts.json"]);
    let (_, said) = talk(encrypt, &["horse", "staple"]);
    assert!(said.contains("the passphrases do not match"), "{said}");
    assert!(!folder.path("data/facts.json.age").exists());
}
