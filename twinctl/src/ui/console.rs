//! The output and input of a command: results on stdout, messages for people on stderr.

use std::{
    collections::BTreeSet,
    fmt,
    io::{IsTerminal as _, Read as _, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use persona::SecretString;
use reconcile::{Event, Observer};
use serde_json::Value;
use tokio::sync::{Notify, mpsc::UnboundedReceiver};

use super::{
    ask::{self, Answer},
    diagnostic::Diagnostic,
    exit::Exit,
    job::Job,
    json, lines, live,
    palette::YELLOW,
    plan_text::{PlanView, render},
    secret,
    show::{CallLog, Color, Mode, Show, Verbosity},
    stream::Stream,
    summary::Summary,
};
use crate::system::{clock, host};

/// Prints nothing.
struct Silent;

impl Observer for Silent {
    fn on(&self, _: Event) {}
}

impl Show for Silent {
    fn say(&self, _: &str) {}
}

/// The output and input of a command. Cheap to clone.
#[derive(Clone)]
pub struct Ui {
    mode: Mode,
    people: Arc<Stream>,
    data: Arc<Stream>,
    show: Arc<dyn Show>,
    job: Option<Arc<Job>>,
    color: bool,
    verbosity: Verbosity,
    /// The rendered plan that a quiet run has not printed.
    unprinted: Arc<Mutex<Option<String>>>,
    abandoned: Arc<Notify>,
    /// The messages that a command prints only once.
    said_once: Arc<Mutex<BTreeSet<String>>>,
}

impl fmt::Debug for Ui {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ui").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Ui {
    pub fn new(color: Color, json: bool, verbosity: Verbosity) -> Self {
        let ui = Self::on(mode(color, json), Stream::stderr(color), Stream::stdout(), Summary::of_job());
        ui.with(verbosity)
    }

    fn with(mut self, verbosity: Verbosity) -> Self {
        self.verbosity = verbosity;
        if verbosity == Verbosity::Quiet && self.mode != Mode::Json {
            self.show = Arc::new(Silent);
        }
        self
    }

    /// Returns a copy for a short command: it prints no progress if there is no terminal.
    #[must_use]
    pub fn brief(&self) -> Self {
        if self.mode != Mode::Lines || self.verbosity == Verbosity::Quiet {
            return self.clone();
        }
        Self { show: Arc::new(lines::Lines::without_progress(Arc::clone(&self.people))), ..self.clone() }
    }

    pub(super) fn on(mode: Mode, people: Stream, data: Stream, page: Option<Arc<Summary>>) -> Self {
        let (people, data) = (Arc::new(people), Arc::new(data));
        let show: Arc<dyn Show> = match mode {
            Mode::Live => Arc::new(live::Live::new(Arc::clone(&people))),
            Mode::Lines => Arc::new(lines::Lines::new(Arc::clone(&people))),
            Mode::Json => Arc::new(json::Json::new(Arc::clone(&data))),
        };
        let color = people.is_colored();
        let job = Job::of(&people, page);
        Self {
            mode,
            people,
            data,
            show,
            job,
            color,
            verbosity: Verbosity::Normal,
            unprinted: Arc::default(),
            abandoned: Arc::default(),
            said_once: Arc::default(),
        }
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether messages are in color.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Ends [`show_progress`](Self::show_progress), because the user does not want to wait.
    pub fn abandon(&self) {
        self.abandoned.notify_one();
    }

    pub fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// Returns where AWS calls are logged, if the user asked for them.
    pub fn call_log(&self) -> Option<CallLog> {
        let (people, show) = (Arc::clone(&self.people), Arc::clone(&self.show));
        let json = self.mode == Mode::Json;
        let log: CallLog = Arc::new(move |line| if json { people.line(line) } else { show.say(line) });
        self.is_verbose().then_some(log)
    }

    /// Returns the observer that the engine reports to.
    pub fn observer(&self) -> Arc<dyn Observer> {
        let show = Arc::clone(&self.show);
        match &self.job {
            Some(job) => job.beside(show),
            None => show,
        }
    }

    /// Prints a plan. A quiet run prints it only before a question, or if the plan is the result.
    pub fn plan(&self, view: &PlanView<'_>) {
        self.show.clear();
        if let Some(job) = &self.job {
            job.plan(view);
        }
        match self.mode {
            Mode::Json => self.object("plan", json::plan(view)),
            Mode::Live | Mode::Lines if self.verbosity == Verbosity::Quiet => {
                *self.unprinted() = Some(render(view));
            }
            Mode::Live | Mode::Lines => self.people.paragraph(render(view).trim_end()),
        }
    }

    /// Prints the plan that a quiet run has held back.
    pub fn print_plan(&self) {
        if let Some(plan) = self.unprinted().take() {
            self.people.paragraph(plan.trim_end());
        }
    }

    fn unprinted(&self) -> MutexGuard<'_, Option<String>> {
        self.unprinted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a message. Not with `--json`.
    pub fn say(&self, text: &str) {
        self.show.say(text);
    }

    /// Like [`say`](Self::say), but prints a message only once, even if the command repeats its steps.
    pub(crate) fn say_once(&self, text: &str) {
        let mut said = self.said_once.lock().unwrap_or_else(PoisonError::into_inner);
        if said.insert(text.to_owned()) {
            self.say(text);
        }
    }

    /// Prints a warning.
    pub fn warn(&self, text: &str) {
        match &self.job {
            Some(job) => job.warning(text),
            None => self.show.say(&format!("{YELLOW}warning{YELLOW:#}: {text}")),
        }
        self.object("warning", serde_json::json!({ "message": text }));
    }

    /// Stops spinners and slow-operation notices.
    pub fn stop_progress(&self) {
        self.show.stop_progress();
    }

    /// Prints the result of the command on stdout. With `--json`, use [`object`](Self::object).
    pub fn data(&self, text: &str) {
        self.show.clear();
        if self.mode != Mode::Json {
            self.data.line(text);
        }
    }

    /// Prints the address of the twin as the result.
    pub fn address(&self, url: &str) {
        if let Some(job) = &self.job {
            job.address(url);
        }
        self.data(url);
    }

    /// Writes the job summary at the end of the command.
    pub fn write_summary(&self, exit: Exit) {
        if let Some(job) = &self.job {
            job.write_summary(exit);
        }
    }

    /// Prints a chunk of the result. Not with `--json`.
    pub fn chunk(&self, text: &str) {
        self.show.clear();
        if self.mode != Mode::Json {
            self.data.chunk(text);
        }
    }

    /// Prints a line on stdout, with and without `--json`.
    pub fn raw(&self, line: &str) {
        self.data.line(line);
    }

    /// Writes bytes to stdout unchanged.
    pub fn bytes(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut output = std::io::stdout().lock();
        output.write_all(bytes)?;
        output.flush()
    }

    /// Whether the reader has closed stdout.
    pub fn stdout_closed(&self) -> bool {
        self.data.is_closed()
    }

    /// Returns a copy for the steps before the result of a command: with `--json` it prints them on stderr only.
    #[must_use]
    pub fn on_stderr(&self) -> Self {
        if self.mode != Mode::Json {
            return self.clone();
        }
        let show = Arc::new(lines::Lines::new(Arc::clone(&self.people)));
        Self { mode: Mode::Lines, show, ..self.clone() }
    }

    /// Prints an object on stdout with `--json`, nothing without.
    pub fn object(&self, kind: &str, fields: Value) {
        if self.mode == Mode::Json {
            self.data.line(&json::object(kind, fields));
        }
    }

    /// Prints an error on stderr, and with `--json` on stdout too.
    pub fn error(&self, diagnostic: &Diagnostic) {
        self.show.clear();
        self.people.paragraph(&diagnostic.render());
        if let Some(job) = &self.job {
            job.error(diagnostic);
        }
        self.object("error", json::error(diagnostic));
    }

    /// Asks a yes/no question. Blocks until the user enters a line.
    pub fn ask(&self, question: &str) -> Answer {
        self.ask_for_approval(&format!("{question} [y/N]"))
            .map_or(Answer::NoTerminal, |text| Answer::from_typed(&text))
    }

    /// Asks for confirmation. `command` names the command that does the same with `--yes`.
    pub fn confirm(&self, question: &str, declined: &str, command: &str) -> Result<(), Diagnostic> {
        match self.ask(question) {
            Answer::Yes => Ok(()),
            Answer::No => Err(Diagnostic::new(Exit::Interrupted, declined)),
            Answer::NoTerminal => {
                Err(Diagnostic::new(Exit::Usage, "cannot ask for confirmation: there is no terminal")
                    .hint(format!("run `{command} --yes` to skip the prompt")))
            }
        }
    }

    /// Whether a question can be asked.
    pub fn can_ask(&self) -> bool {
        self.mode != Mode::Json && self.stdin_is_terminal()
    }

    /// Asks for a line of text. Returns `None` if there is no terminal.
    pub fn ask_for(&self, prompt: &str) -> Option<String> {
        if !self.can_ask() {
            return None;
        }
        self.print_plan();
        self.prompt(prompt);
        ask::typed(std::io::stdin().lock())
    }

    /// Asks for a line of text that approves what was printed. Ignores what was typed before that.
    pub fn ask_for_approval(&self, prompt: &str) -> Option<String> {
        if self.can_ask() {
            self.print_plan();
            ask::discard_type_ahead();
        }
        self.ask_for(prompt)
    }

    /// Asks for a secret without echoing it. Returns `None` if there is no terminal.
    pub fn ask_secret(&self, prompt: &str) -> Option<SecretString> {
        if !self.can_ask() {
            return None;
        }
        secret::typed(std::io::stdin().lock(), || self.prompt(prompt))
    }

    /// Whether the result is read by a person.
    pub(crate) fn stdout_is_terminal(&self) -> bool {
        self.mode != Mode::Json && std::io::stdout().is_terminal()
    }

    pub fn stdin_is_terminal(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    /// Prints a prompt. Read the input with [`typed_lines`](Self::typed_lines).
    pub fn prompt(&self, text: &str) {
        self.show.clear();
        self.people.prompt(text);
    }

    /// Returns the lines that the user types from now on.
    pub fn typed_lines(&self) -> UnboundedReceiver<String> {
        ask::lines()
    }

    /// Reads stdin to its end, up to `most` bytes.
    pub fn read_stdin(&self, most: u64) -> std::io::Result<String> {
        let mut bytes = Vec::new();
        std::io::stdin().take(most).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Updates animations and prints slow-operation notices. Returns only after [`abandon`](Self::abandon).
    pub async fn show_progress(&self) {
        let tick = async {
            while let Some(interval) = self.show.tick() {
                clock::sleep(interval).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = tick => {}
            () = self.abandoned.notified() => self.show.clear(),
        }
    }
}

fn mode(color: Color, json: bool) -> Mode {
    let dumb = host::variable("TERM").is_none_or(|term| term == "dumb");
    let moving = std::io::stderr().is_terminal() && !dumb && !host::in_ci() && color != Color::Never;
    match (json, moving) {
        (true, _) => Mode::Json,
        (false, true) => Mode::Live,
        (false, false) => Mode::Lines,
    }
}
