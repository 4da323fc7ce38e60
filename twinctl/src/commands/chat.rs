//! `twinctl chat`: asks a twin one question, or holds a conversation on the terminal.

use clap::Args;
use reconcile::Choices;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    run::session::{self, Session},
    spec::{self, Environment, Options},
    system::{clock, host},
    targets::{Part, Target, on_target},
    twin::{
        chat::{ChatError, Conversation, Notice, Reply, SessionId},
        endpoint::Endpoint,
    },
    ui::{Diagnostic, Exit, Mode, Ui, plain},
};

const EXAMPLES: &str = "\
Examples:
  twinctl chat dev \"Who are you?\"                  Ask one question; the answer goes to stdout
  twinctl chat dev                                 Start a conversation
  twinctl chat dev --session ID \"And before?\"      Continue a conversation
  git log -5 | twinctl chat dev                    Read the question from stdin
  twinctl chat dev --json \"Who are you?\" | jq -r .response";

/// Ask the twin a question, or start a conversation
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Chat {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Question [default: read from stdin, or start a conversation on a terminal]
    pub(crate) question: Option<String>,
    /// Continue this conversation
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<SessionId>,
}

/// Maximum size of a question on stdin; far above the limit of the twin itself.
const LONGEST_PIPED: u64 = 1 << 20;

pub(super) async fn run(options: &Options, args: &Chat, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui);
    let environment =
        environment.map_err(|diagnostic| with_forgotten_environment(diagnostic, options, args))?;
    let question = question(args, ui)?;
    let name = environment.name.to_string();
    let endpoint = on_target!(environment, address(options, environment, &ui.on_stderr().brief()))?;
    let conversation = Conversation::new(&endpoint, args.session.clone());
    match question {
        Some(question) => ask_once(conversation, &question, &name, ui).await,
        None => Ok(converse(conversation, &name, &endpoint.url, ui.typed_lines(), ui).await),
    }
}

/// Adds a hint if the only argument is no environment: it is probably a question.
fn with_forgotten_environment(diagnostic: Diagnostic, options: &Options, args: &Chat) -> Diagnostic {
    let known = spec::available(&options.environments);
    if args.question.is_some() || known.contains(&args.environment) {
        return diagnostic;
    }
    let first = known.iter().find(|name| *name == "dev").or(known.first()).map_or("dev", String::as_str);
    let question = args.environment.replace(['"', '\\', '$', '`'], "");
    diagnostic.hint(format!("ENV comes first: `twinctl chat {first} \"{question}\"`"))
}

/// Returns the question from the arguments or stdin; `None` starts a conversation.
fn question(args: &Chat, ui: &Ui) -> Result<Option<String>, Diagnostic> {
    if let Some(question) = &args.question {
        return Ok(Some(question.clone()));
    }
    let ask = format!("run `twinctl chat {} \"Who are you?\"`", args.environment);
    if ui.stdin_is_terminal() {
        return if ui.mode() == Mode::Json {
            Err(Diagnostic::new(Exit::Usage, "`--json` requires a question").hint(ask))
        } else {
            Ok(None)
        };
    }
    let piped = ui.read_stdin(LONGEST_PIPED);
    let piped = piped.map_err(|error| Diagnostic::unexpected("could not read standard input", &error))?;
    match piped.trim() {
        "" => {
            Err(Diagnostic::new(Exit::Usage, "no question was given, and standard input is empty").hint(ask))
        }
        question => Ok(Some(question.to_owned())),
    }
}

/// Returns the public endpoint of the environment.
async fn address<T: Target>(
    options: &Options,
    environment: Environment,
    ui: &Ui,
) -> Result<Endpoint, Diagnostic> {
    let command = format!("twinctl chat {}", environment.name);
    let session = Session::<T>::open(options, environment, Part::WithoutData, Choices::default(), ui).await?;
    session.observe(&command).await?;
    session.address()
}

async fn ask_once(
    mut conversation: Conversation<'_>,
    question: &str,
    name: &str,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let answered = ask(&mut conversation, question, ui).await;
    let reply = answered.map_err(|error| error.diagnostic(name, &conversation.session))?;
    print_continue_hint(&conversation, name, ui);
    ui.object(
        "reply",
        json!({
            "response": reply.response,
            "session_id": reply.session_id,
            "timestamp": reply.timestamp,
        }),
    );
    Ok(Exit::Done)
}

/// Asks a question and prints the answer to stdout while it is streamed, followed by a newline.
async fn ask(conversation: &mut Conversation<'_>, question: &str, ui: &Ui) -> Result<Reply, ChatError> {
    let messages = ui.on_stderr();
    let mut last = None;
    let mut print = |notice: Notice<'_>| match notice {
        Notice::Text(text) => {
            last = text.chars().last().or(last);
            ui.chunk(&plain(text));
        }
        Notice::Waiting(wait) => {
            messages.say(&format!("the twin is busy; retrying in {}", clock::human_duration(wait)));
        }
        Notice::Recovered => {
            if last.is_some() {
                messages.say("");
            }
            messages.say("the connection was lost; reading the answer from the saved conversation");
        }
        Notice::MemoryUnavailable => {
            messages.warn("the twin's memory is unavailable: this turn may not be saved");
        }
    };
    let answered = conversation.ask(question, &mut print).await;
    if last.is_some_and(|last| last != '\n') {
        ui.chunk("\n");
    }
    answered
}

/// Asks the typed questions line by line until the input ends. A failed question does not end the conversation.
async fn converse(
    mut conversation: Conversation<'_>,
    name: &str,
    url: &str,
    mut typed: UnboundedReceiver<String>,
    ui: &Ui,
) -> Exit {
    ui.say(&format!("{name} at {url}  (Ctrl-D or `exit` to quit, `/new` to start over)"));
    let mut started = false;
    let talk = async {
        ui.say("");
        loop {
            ui.prompt("you:");
            let Some(line) = typed.recv().await else {
                ui.say("");
                break;
            };
            match line.as_str() {
                "" => {}
                "exit" | "quit" | "/exit" | "/quit" => break,
                "/new" => {
                    if std::mem::take(&mut started) {
                        print_continue_hint(&conversation, name, ui);
                    }
                    conversation = conversation.restart();
                }
                question => {
                    started = true;
                    match ask(&mut conversation, question, ui).await {
                        Ok(_) => ui.say(""),
                        Err(error) => ui.error(&error.diagnostic(name, &conversation.session)),
                    }
                }
            }
        }
    };
    let exit = tokio::select! {
        () = talk => Exit::Done,
        () = host::stop_signal() => {
            ui.say("");
            Exit::Interrupted
        }
    };
    if started {
        print_continue_hint(&conversation, name, ui);
    }
    exit
}

fn print_continue_hint(conversation: &Conversation<'_>, name: &str, ui: &Ui) {
    ui.say(&format!("continue with `twinctl chat {name} --session {}`", conversation.session));
}

#[cfg(test)]
mod tests;
