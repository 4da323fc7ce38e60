//! `twinctl secret set` and `rotate`: store a key where the twin reads it.

use clap::Args;
use contract::models::OPENAI_DEFAULT;
use persona::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::key_context::{KeyContext, SecretName};
use crate::{
    spec::Target,
    twin::secret::{Access, ApiKey},
    ui::{Diagnostic, Exit},
};

const EXAMPLES: &str = "\
Examples:
  twinctl secret set prod openai                   Prompt for the key without showing it
  twinctl secret set prod openai < key.txt         Read it from a file
  pass show openai | twinctl secret set prod openai";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Set {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Secret name
    #[arg(value_name = "SECRET")]
    pub(crate) name: SecretName,
    /// Rejected with a hint, because other users can read command-line arguments.
    #[arg(hide = true)]
    pub(crate) argument: Option<String>,
}

/// Maximum size of a key on stdin.
const LONGEST_PIPED: u64 = 8 << 10;

/// Rejects a key on the command line, because arguments appear in the shell history and in the process list.
pub(super) fn reject_argument(environment: &str, argument: Option<&String>) -> Result<(), Diagnostic> {
    if argument.is_none() {
        return Ok(());
    }
    Err(Diagnostic::new(Exit::Usage, "a key must not be passed as an argument; nothing was changed")
        .cause("your shell saved it in its history, and every process on this machine could read it")
        .hint("if it is a real key, revoke it and create a new one")
        .hint(format!("run `twinctl secret set {environment} openai` and paste it when you are asked"))
        .hint(format!("in scripts: `twinctl secret set {environment} openai < key.txt`")))
}

pub(super) async fn set(context: &KeyContext<'_>) -> Result<Exit, Diagnostic> {
    put(context, "set").await
}

pub(super) async fn rotate(context: &KeyContext<'_>) -> Result<Exit, Diagnostic> {
    if context.stored.is_none() {
        let name = &context.environment.name;
        return Err(Diagnostic::new(Exit::Usage, "there is no key to replace; nothing was changed")
            .hint(format!("run `twinctl secret set {name} openai`")));
    }
    put(context, "rotate").await
}

async fn put(context: &KeyContext<'_>, verb: &str) -> Result<Exit, Diagnostic> {
    let (ui, name) = (context.ui, &context.environment.name);
    let command = format!("twinctl secret {verb} {name} openai");
    let key = key(context, &command)?;
    context.key_store.put(&key, &command, ui).await?;
    let ending = key.ending();
    let shown = ending.as_ref().map(|ending| format!(", which ends in {ending},")).unwrap_or_default();
    ui.say(&match context.stored {
        None => format!("the key of `{name}`{shown} is stored"),
        Some(_) => format!("the key of `{name}`{shown} replaced the previous key"),
    });
    ui.object(
        "secret",
        json!({
            "name": "openai",
            "environment": name,
            "ending": ending,
            "replaced": context.stored.is_some(),
        }),
    );
    print_next_step(context);
    Ok(Exit::Done)
}

fn print_next_step(context: &KeyContext<'_>) {
    let (ui, name, cloud) =
        (context.ui, &context.environment.name, context.environment.target == Target::Aws);
    if !context.is_used() {
        ui.say(&format!(
            "the twin does not use it yet: set `model: {{ source: openai, id: {OPENAI_DEFAULT} }}` in the environment file of `{name}`"
        ));
        return;
    }
    match context.active().map(|stored| stored.access) {
        Some(Access::Granted) if cloud => {
            ui.say("the twin reads it within five minutes, or as soon as the previous key is rejected");
        }
        Some(Access::Granted) => ui.say("a running twin already uses it"),
        _ => ui.say(&format!("run `twinctl deploy {name}` to give the twin access to it")),
    }
}

/// Prompts for the key without showing it, or reads it from stdin.
fn key(context: &KeyContext<'_>, command: &str) -> Result<ApiKey, Diagnostic> {
    let ui = context.ui;
    let text = if ui.stdin_is_terminal() {
        let prompt = format!("API key for `{}` (input is hidden):", context.environment.name);
        ui.ask_secret(&prompt).ok_or_else(|| {
            Diagnostic::new(Exit::Usage, "cannot prompt for the key with `--json`")
                .hint(format!("pipe the key in: `{command} --json < key.txt`"))
        })?
    } else {
        let piped = ui.read_stdin(LONGEST_PIPED);
        piped
            .map(SecretString::from)
            .map_err(|error| Diagnostic::unexpected("could not read standard input", &error))?
    };
    ApiKey::parse(text.expose_secret()).map_err(|error| {
        Diagnostic::new(Exit::Usage, "that is not a valid key; nothing was changed")
            .cause(error.to_string())
            .hint(format!("run `{command}` and paste only the key, or pipe it in: `{command} < key.txt`"))
    })
}
