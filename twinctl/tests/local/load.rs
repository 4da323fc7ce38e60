//! Ten thousand questions: all are stored, and the processes do not grow.

use std::{fs, path::Path, thread};

use serde_json::Value;
use testbed::process::resident_kb;

use super::twin::{ENVIRONMENT_FILE, Twin, try_chat};

const AT_ONCE: usize = 50;
/// Number of turns in each conversation. twin-lambda's limit is this many in a minute.
const TURNS: usize = 5;
const MOST_GROWTH_KB: u64 = 16 * 1024;

#[testbed::test]
fn ten_thousand_questions_from_fifty_visitors_are_all_stored() {
    let twin = Twin::new();
    twin.replace(ENVIRONMENT_FILE, "1000", "10000");
    let url = twin.deploy().exits_with(0).url().to_owned();
    let status = twin.status();
    let pids = [&status["gateway"]["pid"], &status["backend"]["phase"]["pid"]];
    let pids = pids.map(|pid| u32::try_from(pid.as_u64().unwrap()).unwrap());
    ask(&url, "early", 2_000);
    let early = pids.map(resident_kb);
    ask(&url, "late", 8_000);
    for (pid, early) in pids.into_iter().zip(early) {
        let late = resident_kb(pid);
        assert!(late < early + MOST_GROWTH_KB, "process {pid} grew from {early} to {late} kB");
    }
    assert_eq!(messages(&twin.place().join("memory")), 2 * 10_000);
    assert_eq!(twin.status()["backend"]["restarts"], 0);
}

fn ask(url: &str, who: &str, questions: usize) {
    thread::scope(|scope| {
        for visitor in 0..AT_ONCE {
            scope.spawn(move || {
                for turn in 0..questions / AT_ONCE {
                    let session = format!("{who}-{visitor}-{}", turn / TURNS);
                    let answer = try_chat(url, "What is your email?", Some(&session)).expect("an answer");
                    assert_eq!(answer.status, 200, "{answer:?}");
                }
            });
        }
    });
}

fn messages(folder: &Path) -> usize {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let conversation = |path: &std::path::PathBuf| {
        let hidden = path.file_name().unwrap().to_str().unwrap().starts_with('.');
        !hidden && path.extension().is_some_and(|ending| ending == "json")
    };
    let output = |path: std::path::PathBuf| {
        serde_json::from_slice::<Vec<Value>>(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.filter(conversation).map(|path| output(path).len()).sum()
}
