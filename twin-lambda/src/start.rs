//! The command line, and the composition of a twin from its settings.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use contract::limits::QUESTION_TIMEOUT;
use serde_json::json;
use tokio::sync::oneshot;

use crate::aws::Aws;
use crate::aws::secret::Secret;
use crate::budget::{Budget, Spending, Table};
use crate::chat::Twin;
use crate::client::{CertificateError, HttpClient};
use crate::clock::Deadline;
use crate::config::{
    Config, DailyLimits, Expiry, InvokeMode, KeySource, Location, ModelChoice, UsageLocation,
};
use crate::http::Api;
use crate::loader::PersonaLoader;
use crate::log::{Level, Log, error_chain};
use crate::memory::Memory;
use crate::model::{Bedrock, Builtin, Key, Model, OpenAi};
use crate::questions::Questions;
use crate::runtime::Runtime;
use crate::server;
use crate::store::{Bucket, Folder, Store};

const USAGE: &str = "\
twin-lambda: the chat backend of a personal AI twin

usage: twin-lambda serve [--port 8000] [--host 127.0.0.1] [--with-parent]
       twin-lambda ask

serve: answer visitors. --with-parent: exit when standard input is closed, for example because the parent process exited.
ask: answer one question that is not saved, and print a report as JSON.

In AWS Lambda it takes no arguments. Settings are environment variables. `serve` and `ask` also read them from a .env file
in the current folder.
";

const PREPARE_TIMEOUT: Duration = Duration::from_secs(3);

/// How the twin runs.
#[derive(Debug, PartialEq, Eq)]
enum Mode {
    Lambda { runtime_api: String },
    Serve { host: Ipv4Addr, port: u16, lifetime: Lifetime },
    Ask,
}

/// When a server stops by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lifetime {
    UntilStopped,
    /// When standard input is closed, which its parent process holds open.
    Parent,
}

pub fn run(arguments: &[String], mut environment: BTreeMap<String, String>) -> ExitCode {
    let Some(mode) = mode(arguments, &environment) else {
        drop(std::io::stderr().write_all(USAGE.as_bytes()));
        return ExitCode::from(2);
    };
    if matches!(mode, Mode::Serve { .. } | Mode::Ask) {
        add_dotenv(&mut environment);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(start(mode, &environment)),
        Err(_) => ExitCode::FAILURE,
    }
}

fn mode(arguments: &[String], environment: &BTreeMap<String, String>) -> Option<Mode> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => environment.get("AWS_LAMBDA_RUNTIME_API").map(|api| Mode::Lambda { runtime_api: api.clone() }),
        ["serve", options @ ..] => serve_mode(options),
        ["ask"] => Some(Mode::Ask),
        _ => None,
    }
}

fn serve_mode(options: &[&str]) -> Option<Mode> {
    let (mut host, mut port, mut lifetime) = (Ipv4Addr::LOCALHOST, 8000, Lifetime::UntilStopped);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "--port" => port = options.next()?.parse().ok()?,
            "--host" => host = options.next()?.parse().ok()?,
            "--with-parent" => lifetime = Lifetime::Parent,
            _ => return None,
        }
    }
    Some(Mode::Serve { host, port, lifetime })
}

/// Adds the settings of a `.env` file. Environment variables take precedence.
fn add_dotenv(environment: &mut BTreeMap<String, String>) {
    let file = std::fs::read_to_string(".env").unwrap_or_default();
    for (name, value) in file.lines().filter_map(parse_dotenv_line) {
        environment.entry(name).or_insert(value);
    }
}

/// Parses a line of a `.env` file: `NAME=value`, optionally with `export` and quotes, or a comment.
fn parse_dotenv_line(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let value = value.trim().trim_matches(['"', '\'']);
    (!name.starts_with('#')).then(|| (name.trim().to_owned(), value.to_owned()))
}

async fn start(mode: Mode, environment: &BTreeMap<String, String>) -> ExitCode {
    let config = match Config::read(environment) {
        Ok(config) => config,
        Err(errors) => return fail(mode, &errors.to_string()).await,
    };
    let log = Log::stdout(config.log_level, &config.environment);
    let invoke_mode = config.invoke_mode;
    if let (Mode::Serve { .. }, Location::Folder(path)) = (&mode, &config.memory) {
        tokio::spawn(sweep(Folder::new(path, Expiry::Off), log.clone()));
    }
    let twin = match twin(&config, &log) {
        Ok(twin) => twin,
        Err(error) => return fail(mode, &error_chain(&error)).await,
    };
    let api = Arc::new(Api::new(config, twin, log.clone()));
    match mode {
        Mode::Lambda { runtime_api } => serve_lambda(api, &runtime_api, invoke_mode, &log).await,
        Mode::Serve { host, port, lifetime } => serve_http(api, host, port, lifetime, log).await,
        Mode::Ask => {
            let report = api.question(Deadline::after(QUESTION_TIMEOUT)).await;
            // Without a reader, nobody needs the report.
            drop(writeln!(std::io::stdout(), "{report}"));
            ExitCode::SUCCESS
        }
    }
}

/// Removes the drafts of killed processes from the memory, while requests are served already.
async fn sweep(memory: Folder, log: Log) {
    if let Err(error) = memory.sweep().await {
        log.event(Level::Warn, "drafts of conversations could not be removed", &error_chain(&error).into());
    }
}

/// Reports why the twin cannot start.
async fn fail(mode: Mode, reason: &str) -> ExitCode {
    drop(writeln!(std::io::stderr(), "twin-lambda cannot start: {reason}"));
    if let Mode::Lambda { runtime_api } = mode {
        // Lambda notices the exit anyway, but only the report contains the reason.
        drop(Runtime::new(&runtime_api).report_init_error(reason).await);
    }
    ExitCode::from(3)
}

/// Composes a twin from its settings.
pub fn twin(config: &Config, log: &Log) -> Result<Twin, CertificateError> {
    let client = HttpClient::new(config.ca_bundle.as_deref())?;
    let aws = Aws::new(client.clone(), config.aws.clone());
    let (memory, folder) = store(&config.memory, config.memory_expiry, config.daily_limits, &aws, log);
    let budget = config.budget.clone().and_then(|settings| {
        let usage = match &settings.usage {
            UsageLocation::Table(name) => Spending::Table(Box::new(Table::new(aws.clone(), name.clone()))),
            UsageLocation::Folder => Spending::Folder(folder?),
        };
        Some(Budget::new(settings, usage))
    });
    Ok(Twin {
        persona: PersonaLoader::new(
            store(&config.persona, Expiry::Off, DailyLimits::default(), &aws, log).0,
            cache_time(&config.persona),
            config.scope,
            log.clone(),
        ),
        memory: Memory::new(Arc::clone(&memory)),
        questions: Questions::new(memory),
        model: model(&config.model, client, &aws),
        budget,
        turns_per_minute: config.turns_per_minute,
    })
}

/// Returns a store and, if it is a folder, another handle to it. Both handles share one queue of writes.
fn store(
    location: &Location,
    expiry: Expiry,
    limits: DailyLimits,
    aws: &Aws,
    log: &Log,
) -> (Arc<dyn Store>, Option<Folder>) {
    match location {
        Location::Folder(path) => {
            let folder = Folder::new(path, expiry).with_limits(limits);
            (Arc::new(folder.clone()), Some(folder))
        }
        Location::Bucket(name) => {
            (Arc::new(Bucket::new(aws.clone(), name.clone(), expiry, log.clone())), None)
        }
    }
}

/// Returns how long data files are cached. A visitor waits while a bucket is listed; a folder is listed at once.
fn cache_time(location: &Location) -> Duration {
    match location {
        Location::Folder(_) => Duration::from_secs(1),
        Location::Bucket(_) => Duration::from_mins(1),
    }
}

fn model(choice: &ModelChoice, client: HttpClient, aws: &Aws) -> Box<dyn Model> {
    match choice {
        ModelChoice::Builtin => Box::<Builtin>::default(),
        ModelChoice::Bedrock { model } => Box::new(Bedrock::new(aws.clone(), model.clone())),
        ModelChoice::OpenAi { model, base_url, key } => {
            let key = match key {
                KeySource::None => Key::None,
                KeySource::Plain(key) => Key::Plain(key.clone()),
                KeySource::Secret(id) => Key::Secret(Box::new(Secret::new(aws.clone(), id.clone()))),
            };
            Box::new(OpenAi::new(client, base_url.clone(), model.clone(), key))
        }
    }
}

async fn serve_lambda(api: Arc<Api>, runtime_api: &str, mode: InvokeMode, log: &Log) -> ExitCode {
    // A bucket that does not respond must not prevent the start.
    drop(tokio::time::timeout(PREPARE_TIMEOUT, api.prepare()).await);
    match Runtime::new(runtime_api).run(api, mode).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log.event(
                Level::Error,
                "failed to communicate with the Runtime API",
                &error_chain(&error).into(),
            );
            ExitCode::FAILURE
        }
    }
}

async fn serve_http(api: Arc<Api>, host: Ipv4Addr, port: u16, lifetime: Lifetime, log: Log) -> ExitCode {
    let listener = match server::bind(host, port).await {
        Ok(listener) => listener,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "twin-lambda cannot listen on {host}:{port}: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let address = listener.local_addr().map(|address| format!("http://{address}")).unwrap_or_default();
    log.announce(Level::Info, "listening", &json!({"url": address, "version": env!("CARGO_PKG_VERSION")}));
    tokio::select! {
        () = server::serve(api, listener, log) => {}
        () = stop_signal() => {}
        () = parent_exit(lifetime) => {}
    }
    ExitCode::SUCCESS
}

/// Waits until standard input is closed. It is read on a thread, for which the process does not wait when it exits.
async fn parent_exit(lifetime: Lifetime) {
    if lifetime == Lifetime::UntilStopped {
        return std::future::pending().await;
    }
    let (sender, closed) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        drop(sender);
    });
    drop(closed.await);
}

async fn stop_signal() {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
    }
}

async fn terminated() {
    #[cfg(unix)]
    if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        signal.recv().await;
        return;
    }
    std::future::pending::<()>().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_parsed() {
        let serve =
            |host: [u8; 4], port, lifetime| Some(Mode::Serve { host: Ipv4Addr::from(host), port, lifetime });
        let cases: [(&[&str], Option<Mode>); 11] = [
            (&["ask"], Some(Mode::Ask)),
            (&["ask", "me"], None),
            (&["serve"], serve([127, 0, 0, 1], 8000, Lifetime::UntilStopped)),
            (&["serve", "--port", "0"], serve([127, 0, 0, 1], 0, Lifetime::UntilStopped)),
            (
                &["serve", "--host", "0.0.0.0", "--port", "80"],
                serve([0, 0, 0, 0], 80, Lifetime::UntilStopped),
            ),
            (&["serve", "--with-parent", "--port", "1"], serve([127, 0, 0, 1], 1, Lifetime::Parent)),
            (&["serve", "--with-parents"], None),
            (&["serve", "--port"], None),
            (&["serve", "--port", "high"], None),
            (&["--help"], None),
            (&[], None),
        ];
        for (arguments, expected) in cases {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            assert_eq!(mode(&arguments, &BTreeMap::new()), expected, "{arguments:?}");
        }
        let lambda = BTreeMap::from([("AWS_LAMBDA_RUNTIME_API".to_owned(), "127.0.0.1:9001".to_owned())]);
        assert_eq!(mode(&[], &lambda), Some(Mode::Lambda { runtime_api: "127.0.0.1:9001".to_owned() }));
    }

    #[test]
    fn dotenv_lines_are_parsed() {
        let cases = [
            ("AI_PROVIDER=openai", Some(("AI_PROVIDER", "openai"))),
            ("  export KEY = \"a=b\" ", Some(("KEY", "a=b"))),
            ("EMPTY=", Some(("EMPTY", ""))),
            ("# KEY=1", None),
            ("nothing", None),
            ("", None),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(parse_dotenv_line(line), expected, "{line}");
        }
    }
}
