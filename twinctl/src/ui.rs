//! The one place that prints: data on standard output, everything for people on standard error.

mod api_error;
mod ask;
mod board;
mod diagnostic;
mod exit;
pub(crate) mod github;
mod job;
mod json;
mod lines;
mod live;
mod palette;
#[cfg(test)]
pub(crate) mod paper;
mod plain;
mod plan_text;
mod secret;
mod shorten;
mod stream;
mod words;

use std::{
    fmt,
    io::{IsTerminal as _, Read as _, Write as _},
    sync::Arc,
    time::Duration,
};

use persona::SecretString;
use reconcile::Observer;
use serde_json::Value;
use tokio::sync::{Notify, mpsc::UnboundedReceiver};

pub use api_error::ApiError;
pub use ask::Answer;
pub(crate) use diagnostic::longer_credentials;
pub use diagnostic::{Diagnostic, Spot};
pub use exit::{EXIT_CODES, Exit};
pub(crate) use plain::{plain, plain_json};
pub(crate) use plan_text::{Fitted, markdown};
pub use plan_text::{PlanView, Verb, render};
pub(crate) use words::done;

use crate::{
    system::{clock, host},
    ui::github::summary::Summary,
};
use job::Job;
use palette::YELLOW;
use stream::Stream;

/// When to use colors and animations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Moving lines on a terminal.
    Live,
    /// Plain lines, one after the other.
    Lines,
    /// One JSON object a line on standard output.
    Json,
}

/// Shows a run while it goes on.
trait Show: Observer {
    /// A line for people, between whatever moves.
    fn say(&self, text: &str);

    /// Takes away what moves, so that the terminal is clean.
    fn clear(&self) {}

    /// What was begun and never ended is forgotten.
    fn rest(&self) {}

    /// Called again and again, at this interval.
    fn tick(&self) -> Option<Duration> {
        None
    }
}

/// Talks to whoever runs the command. Cheap to clone.
#[derive(Clone)]
pub struct Ui {
    mode: Mode,
    people: Arc<Stream>,
    data: Arc<Stream>,
    show: Arc<dyn Show>,
    job: Option<Arc<Job>>,
    color: bool,
    abandoned: Arc<Notify>,
}

impl fmt::Debug for Ui {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ui").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Ui {
    pub fn new(color: Color, json: bool) -> Self {
        Self::on(mode(color, json), Stream::stderr(color), Stream::stdout(), Summary::of_job())
    }

    fn on(mode: Mode, people: Stream, data: Stream, page: Option<Arc<Summary>>) -> Self {
        let (people, data) = (Arc::new(people), Arc::new(data));
        let show: Arc<dyn Show> = match mode {
            Mode::Live => Arc::new(live::Live::new(Arc::clone(&people))),
            Mode::Lines => Arc::new(lines::Lines::new(Arc::clone(&people))),
            Mode::Json => Arc::new(json::Json::new(Arc::clone(&data))),
        };
        let color = people.coloured();
        let job = Job::of(&people, page);
        Self { mode, people, data, show, job, color, abandoned: Arc::default() }
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether people get to see colours.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Whoever runs the command does not want to wait for its end.
    pub fn abandon(&self) {
        self.abandoned.notify_one();
    }

    /// What the engine reports to.
    pub fn observer(&self) -> Arc<dyn Observer> {
        let show = Arc::clone(&self.show);
        match &self.job {
            Some(job) => job.beside(show),
            None => show,
        }
    }

    /// Shows a plan: to people, or as one object.
    pub fn plan(&self, view: &PlanView<'_>) {
        self.show.clear();
        if let Some(job) = &self.job {
            job.plan(view);
        }
        match self.mode {
            Mode::Json => self.object("plan", json::plan(view)),
            Mode::Live | Mode::Lines => self.people.paragraph(render(view).trim_end()),
        }
    }

    /// A line for people; not with `--json`.
    pub fn say(&self, text: &str) {
        self.show.say(text);
    }

    /// A line for people that is worth their attention.
    pub fn warn(&self, text: &str) {
        match &self.job {
            Some(job) => job.warning(text),
            None => self.show.say(&format!("{YELLOW}warning{YELLOW:#}: {text}")),
        }
        self.object("warning", serde_json::json!({ "message": text }));
    }

    /// Nothing is going on any more, however it ended: nothing moves, and nobody is told that it takes long.
    pub fn rest(&self) {
        self.show.rest();
    }

    /// The answer of the command, alone on its line of standard output; with `--json` it belongs in an object.
    pub fn data(&self, text: &str) {
        self.show.clear();
        if self.mode != Mode::Json {
            self.data.line(text);
        }
    }

    /// Where visitors reach the twin, as the command's answer.
    pub fn address(&self, url: &str) {
        if let Some(job) = &self.job {
            job.address(url);
        }
        self.data(url);
    }

    /// The command has ended like this: what it amounts to goes to the page of the job.
    pub fn ended(&self, exit: Exit) {
        if let Some(job) = &self.job {
            job.ended(exit);
        }
    }

    /// A piece of the command's answer, as it comes; with `--json` it belongs in an object.
    pub fn part(&self, text: &str) {
        self.show.clear();
        if self.mode != Mode::Json {
            self.data.part(text);
        }
    }

    /// A line of standard output that is what it is, with and without `--json`.
    pub fn raw(&self, line: &str) {
        self.data.line(line);
    }

    /// Bytes for standard output, as they are.
    pub fn bytes(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut output = std::io::stdout().lock();
        output.write_all(bytes)?;
        output.flush()
    }

    /// Nobody reads standard output any more.
    pub fn unread(&self) -> bool {
        self.data.broken()
    }

    /// For what is on the way to a command's one answer: also with `--json` it is told to people alone.
    #[must_use]
    pub fn aside(&self) -> Self {
        if self.mode != Mode::Json {
            return self.clone();
        }
        let show = Arc::new(lines::Lines::new(Arc::clone(&self.people)));
        Self { mode: Mode::Lines, show, ..self.clone() }
    }

    /// One object on standard output with `--json`, nothing without.
    pub fn object(&self, kind: &str, fields: Value) {
        if self.mode == Mode::Json {
            self.data.line(&json::object(kind, fields));
        }
    }

    /// What went wrong, for people, and with `--json` for machines too.
    pub fn error(&self, diagnostic: &Diagnostic) {
        self.show.clear();
        self.people.paragraph(&diagnostic.render());
        if let Some(job) = &self.job {
            job.error(diagnostic);
        }
        self.object("error", json::error(diagnostic));
    }

    /// Asks for a yes. Blocks until a line is typed.
    pub fn ask(&self, question: &str) -> Answer {
        self.ask_for(&format!("{question} [y/N]"))
            .map_or(Answer::NobodyThere, |text| Answer::from_typed(&text))
    }

    /// Asks for confirmation. `command` names the command that does the same with `--yes`.
    pub fn confirm(&self, question: &str, declined: &str, command: &str) -> Result<(), Diagnostic> {
        match self.ask(question) {
            Answer::Yes => Ok(()),
            Answer::No => Err(Diagnostic::new(Exit::Interrupted, declined)),
            Answer::NobodyThere => {
                Err(Diagnostic::new(Exit::Usage, "cannot ask for confirmation: there is no terminal")
                    .hint(format!("run `{command} --yes` to skip the prompt")))
            }
        }
    }

    /// Whether somebody sits there who could answer.
    pub fn can_ask(&self) -> bool {
        self.mode != Mode::Json && self.keyboard()
    }

    /// Asks for a text; `None` when nobody is there. Blocks until a line is typed.
    pub fn ask_for(&self, prompt: &str) -> Option<String> {
        if !self.can_ask() {
            return None;
        }
        self.prompt(prompt);
        ask::typed(std::io::stdin().lock())
    }

    /// Asks for a text that nobody is to see; `None` when nobody may be asked. Blocks until a line is typed.
    pub fn ask_secret(&self, prompt: &str) -> Option<SecretString> {
        if !self.can_ask() {
            return None;
        }
        secret::typed(std::io::stdin().lock(), || self.prompt(prompt))
    }

    /// Whether somebody sits at the keyboard.
    pub fn keyboard(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    /// Says whose turn it is; what is typed comes from `typed`.
    pub fn prompt(&self, text: &str) {
        self.show.clear();
        self.people.prompt(text);
    }

    /// What is typed from now on, line by line, until the end of the input.
    pub fn typed(&self) -> UnboundedReceiver<String> {
        ask::lines()
    }

    /// All that is piped in, or the beginning of it where it is longer than `most` bytes.
    pub fn piped(&self, most: u64) -> std::io::Result<String> {
        let mut bytes = Vec::new();
        std::io::stdin().take(most).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Keeps what moves moving, and breaks long silences. Ends only when the command is abandoned: select on it while
    /// work goes on.
    pub async fn ticking(&self) {
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

#[cfg(test)]
mod tests;
