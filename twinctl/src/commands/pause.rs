//! `twinctl pause` and `twinctl resume`: close and open the chat without a deploy. They take no lock, so that a twin under
//! attack can be paused while it is deployed.

use clap::Args;
use contract::pause::{HEALTH_FIELD, MESSAGE_CHARACTERS, SENTENCE};
use reconcile::Fault;
use serde_json::{Value, json};

use crate::{
    run::session,
    spec::{Environment, Options},
    system::{clock, host},
    targets::{Target, on_target},
    twin::pause::{Pause as Mark, PauseMark},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl pause prod                                     Visitors read that the chat is paused
  twinctl pause prod --message \"Back on Monday.\"         Visitors read this sentence
  twinctl resume prod                                    Answer again";

const RESUME_EXAMPLES: &str = "\
Examples:
  twinctl resume prod           Answer visitors again";

/// Close the chat: the twin answers no messages until `resume`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Pause {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// The sentence that visitors read
    #[arg(long, value_name = "TEXT", value_parser = message)]
    pub(crate) message: Option<String>,
}

/// Open the chat after `pause`
#[derive(Debug, Args)]
#[command(after_help = RESUME_EXAMPLES)]
pub(crate) struct Resume {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
}

fn message(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("the message is empty".to_owned()),
        length if length > MESSAGE_CHARACTERS => {
            Err(format!("the message has {length} characters, at most {MESSAGE_CHARACTERS} are allowed"))
        }
        _ if text.chars().any(char::is_control) => Err("the message must be one line".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

pub(super) async fn run(options: &Options, args: &Pause, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    let (mark, reload_time) = on_target!(environment, open(options, &environment, ui))?;
    let name = environment.name.as_str();
    let pause = Mark { message: args.message.clone(), at: clock::now(), by: host::user() };
    let (written, health) = tokio::join!(mark.write(&pause), mark.health());
    if !written.map_err(|fault| Diagnostic::fault("the twin could not be paused", &fault))? {
        return Err(not_deployed(name));
    }
    check_support(health, name, ui)?;
    let sentence = pause.message.as_deref().unwrap_or(SENTENCE);
    ui.say(&format!("`{name}` is paused within a {reload_time}; visitors read: {sentence}"));
    ui.say(&format!("`twinctl resume {name}` opens the chat again"));
    ui.object("pause", json!({ "environment": name, "paused": true, "message": sentence }));
    Ok(Exit::Done)
}

/// Fails if the running backend does not know pauses. It would continue to answer.
fn check_support(health: Result<Option<Value>, Fault>, name: &str, ui: &Ui) -> Result<(), Diagnostic> {
    match health {
        Ok(Some(health)) if health["status"] == "healthy" && health.get(HEALTH_FIELD).is_none() => {
            let message =
                format!("the running version of `{name}` is too old to be paused, so it still answers");
            Err(Diagnostic::new(Exit::Failed, message)
                .hint(format!("run `twinctl deploy {name}`: the new version will be paused")))
        }
        Err(fault) => {
            // An attack may use all of the function's concurrency.
            ui.warn(&format!("could not check whether the running version can be paused: {fault}"));
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

pub(super) async fn resume(options: &Options, args: &Resume, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    let (mark, reload_time) = on_target!(environment, open(options, &environment, ui))?;
    let name = environment.name.as_str();
    let removed = mark.remove().await;
    if !removed.map_err(|fault| Diagnostic::fault("could not open the chat", &fault))? {
        return Err(not_deployed(name));
    }
    // S3 does not report whether the mark existed.
    ui.say(&format!("the chat of `{name}` is open within a {reload_time}"));
    ui.object("pause", json!({ "environment": name, "paused": false }));
    Ok(Exit::Done)
}

async fn open<T: Target>(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<(Box<dyn PauseMark>, &'static str), Diagnostic> {
    Ok((T::pause_mark(options, environment, ui).await?, T::RELOAD_TIME))
}

fn not_deployed(name: &str) -> Diagnostic {
    let message = format!("`{name}` is not deployed, so there is no chat to pause");
    Diagnostic::new(Exit::Unhealthy, message).hint(format!("run `twinctl deploy {name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_of_limited_length() {
        assert_eq!(message(" Back on Monday. ").unwrap(), "Back on Monday.");
        for invalid in [" ", "a\nb", &"a".repeat(MESSAGE_CHARACTERS + 1)] {
            assert!(message(invalid).is_err(), "{invalid:?}");
        }
    }
}
