//! `cargo xtask bench answers`: how well the built-in model answers questions about invented people.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use testbed::http;

use super::binaries;
use super::statistics::median;

/// Longest acceptable answer, in characters.
const MAX_ANSWER: usize = 500;

/// Ask the built-in model questions about invented people, and count the right answers
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Use this twin-lambda instead of building one
    #[arg(long, value_name = "FILE")]
    twin_lambda: Option<PathBuf>,

    /// Ask only about this person
    #[arg(long, value_name = "NAME")]
    person: Option<String>,

    /// Print wrong answers about unseen people, too, which then no longer are unseen
    #[arg(long)]
    unseen_failures: bool,
}

/// A question of `questions.yaml`. Texts are compared without regard to case; `a|b` means one of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    ask: String,
    /// Texts that the answer must contain.
    #[serde(default)]
    all: Vec<String>,
    /// Texts that the answer must not contain.
    #[serde(default)]
    none: Vec<String>,
    /// Whether the notes have no answer.
    #[serde(default)]
    unknown: bool,
    /// Questions of the same conversation before this one.
    #[serde(default)]
    after: Vec<String>,
}

#[derive(Debug, Default)]
struct Results {
    questions: usize,
    right: usize,
    /// Questions whose answer is in the notes, but was denied.
    denials: usize,
    longest: usize,
    ms: Vec<f64>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let binary = binaries::twin_lambda(args.twin_lambda.as_deref())?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench/answers");
    println!(
        "{:<24}{:>10}{:>8}{:>10}{:>10}{:>12}",
        "person", "questions", "right", "denials", "longest", "median ms"
    );
    for half in ["seen", "unseen"] {
        let mut total = Results::default();
        for person in people(&folder.join(half), args.person.as_deref())? {
            let prints = half == "seen" || args.unseen_failures;
            let results = ask_all(&binary, &person, prints)?;
            let name = person.file_name().unwrap_or_default().to_string_lossy().into_owned();
            println!("{}", line(&name, &results));
            total.add(results);
        }
        if total.questions > 0 {
            println!("{}\n", line(&format!("{half}, all"), &total));
        }
    }
    println!(
        "Goals: 85 % right about unseen people, no denial, at most {MAX_ANSWER} characters, median at most 3 ms"
    );
    Ok(())
}

fn people(half: &Path, only: Option<&str>) -> Result<Vec<PathBuf>> {
    if !half.exists() {
        return Ok(Vec::new());
    }
    let mut people: Vec<PathBuf> =
        fs::read_dir(half)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    people.retain(|path| path.is_dir() && only.is_none_or(|name| path.ends_with(name)));
    people.sort();
    Ok(people)
}

impl Results {
    fn add(&mut self, other: Self) {
        self.questions += other.questions;
        self.right += other.right;
        self.denials += other.denials;
        self.longest = self.longest.max(other.longest);
        self.ms.extend(other.ms);
    }
}

fn line(name: &str, results: &Results) -> String {
    let percent = results.right * 100 / results.questions.max(1);
    let (questions, denials, longest) = (results.questions, results.denials, results.longest);
    format!(
        "{name:<24}{questions:>10}{percent:>6} %{denials:>10}{longest:>10}{:>12.2}",
        median(results.ms.clone())
    )
}

fn ask_all(binary: &Path, person: &Path, prints: bool) -> Result<Results> {
    let file = person.join("questions.yaml");
    let text = fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
    let questions: Vec<Question> =
        serde_saphyr::from_str(&text).with_context(|| format!("failed to parse {}", file.display()))?;
    let twin = Twin::start(binary, &person.join("data"))?;
    let mut results = Results { questions: questions.len(), ..Results::default() };
    for (number, question) in questions.iter().enumerate() {
        let session = format!("visitor-{number}");
        for before in &question.after {
            twin.ask(before, &session)?;
        }
        let known = twin.unanswered()?;
        let started = Instant::now();
        let answer = twin.ask(&question.ask, &session)?;
        results.ms.push(started.elapsed().as_secs_f64() * 1000.0);
        let is_denied = twin.unanswered()? > known;
        let is_right = is_right(question, &answer, is_denied);
        results.longest = results.longest.max(answer.chars().count());
        results.right += usize::from(is_right);
        results.denials += usize::from(is_denied && !question.unknown);
        if prints && !is_right {
            println!("  {}\n    expected: {:?}\n    {answer}", question.ask, (&question.all, &question.none));
        }
    }
    Ok(results)
}

fn is_right(question: &Question, answer: &str, is_denied: bool) -> bool {
    let answer = answer.to_lowercase();
    let contains = |text: &String| text.split('|').any(|text| answer.contains(&text.to_lowercase()));
    is_denied == question.unknown && question.all.iter().all(contains) && !question.none.iter().any(contains)
}

/// A running twin with a memory of its own, stopped when dropped.
struct Twin {
    child: Child,
    address: String,
    memory: TempDir,
}

impl Twin {
    fn start(binary: &Path, data: &Path) -> Result<Self> {
        let memory = TempDir::with_prefix("twin-answers-")?;
        let mut child = Command::new(binary)
            .args(["serve", "--port", "0", "--with-parent"])
            .env_clear()
            .env("AI_PROVIDER", "builtin")
            .env("DATA_DIR", data)
            .env("MEMORY_DIR", memory.path())
            .env("TURNS_PER_MINUTE", "0")
            .current_dir(memory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("failed to start {}", binary.display()))?;
        let mut log = BufReader::new(child.stdout.take().context("no output")?);
        let mut twin = Self { child, address: String::new(), memory };
        let mut line = String::new();
        while twin.address.is_empty() {
            line.clear();
            if log.read_line(&mut line)? == 0 {
                anyhow::bail!("twin-lambda did not start");
            }
            if let Some((_, rest)) = line.split_once("http://") {
                rest.split('"').next().unwrap_or_default().clone_into(&mut twin.address);
            }
        }
        // The log must be read, or the twin would wait.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Ok(twin)
    }

    fn ask(&self, question: &str, session: &str) -> Result<String> {
        let body = json!({"message": question, "session_id": session}).to_string();
        let headers = [("content-type", "application/json")];
        let response = http::send(&self.address, &self.address, "POST /api/chat", &headers, &body)?;
        let answer: Value = serde_json::from_str(&response.body)?;
        let text = answer["response"].as_str();
        text.map(ToOwned::to_owned).with_context(|| format!("no answer to {question:?}: {answer}"))
    }

    /// Returns how many questions the twin could not answer.
    fn unanswered(&self) -> Result<usize> {
        let folder = self.memory.path().join("questions");
        Ok(if folder.exists() { fs::read_dir(folder)?.count() } else { 0 })
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        // It may have exited already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_compared_with_what_they_must_contain() {
        let question: Question = serde_json::from_value(json!({
            "ask": "Where?", "all": ["Graz|Linz", "austria"], "none": ["moon"],
        }))
        .unwrap();
        assert!(is_right(&question, "In LINZ, Austria", false));
        assert!(!is_right(&question, "In Linz", false));
        assert!(!is_right(&question, "In Linz, Austria, on the Moon", false));
        assert!(!is_right(&question, "In Linz, Austria", true));
    }

    #[test]
    fn every_person_has_forty_questions() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bench/answers/seen");
        let people = people(&folder, None).unwrap();
        assert_eq!(people.len(), 34);
        for person in people {
            let text = fs::read_to_string(person.join("questions.yaml")).unwrap();
            let questions: Vec<Question> = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(questions.len(), 40, "{}", person.display());
        }
    }
}
