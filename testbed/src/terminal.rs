//! Runs programs at a terminal, and answers their questions.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    process::{Command, Stdio},
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// The output of a program at a terminal.
#[derive(Debug)]
pub struct Conversation {
    /// The text on the terminal, including echoed answers.
    pub shown: String,
    pub stderr: String,
    /// Whether the program succeeded.
    pub is_success: bool,
}

/// Runs `command` at a terminal and types the next answer whenever its standard error ends with one of `questions`.
pub fn answer(command: Command, questions: &[&str], answers: &[&str]) -> Conversation {
    answer_after("", command, questions, answers)
}

/// Like [`answer`], but types `ahead` before the program starts.
pub fn answer_after(ahead: &str, mut command: Command, questions: &[&str], answers: &[&str]) -> Conversation {
    let (mut keyboard, program) = open();
    keyboard.write_all(ahead.as_bytes()).unwrap();
    let mut child = command.stdin(program).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It holds the program's end, without which the terminal ends.
    drop(command);
    let mut stderr = child.stderr.take().unwrap();
    let (mut printed, mut byte) = (Vec::new(), [0]);
    let mut answers = answers.iter();
    while stderr.read(&mut byte).unwrap() > 0 {
        printed.extend(byte);
        if questions.iter().any(|question| printed.ends_with(question.as_bytes())) {
            writeln!(keyboard, "{}", answers.next().unwrap_or(&"")).unwrap();
        }
    }
    let is_success = child.wait().unwrap().success();
    // Read the rest of the terminal's buffered output: at least a line break for each answer.
    let mut shown = [0; 4096];
    let length = keyboard.read(&mut shown).unwrap_or_default();
    let shown = String::from_utf8_lossy(&shown[..length]).into_owned();
    Conversation { shown, stderr: String::from_utf8(printed).unwrap(), is_success }
}

/// Opens a terminal. Returns its two ends: the keyboard's and the program's.
fn open() -> (File, File) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let program = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (keyboard.into(), program)
}
