//! `twinctl secret status`: shows whether a key is stored and whether the twin may read it.

use clap::Args;
use serde_json::json;

use super::key_context::{KeyContext, SecretName};
use crate::{
    system::clock,
    twin::secret::{Access, StoredKey},
    ui::Exit,
};

const EXAMPLES: &str = "\
Examples:
  twinctl secret status prod
  twinctl secret status prod --json | jq .present";

/// Show whether a key is stored and whether the twin may read it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Status {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Secret name
    #[arg(value_name = "SECRET", default_value = "openai")]
    pub(crate) name: SecretName,
}

pub(super) fn run(context: &KeyContext<'_>) -> Exit {
    let exit = exit_code(context);
    for line in lines(context) {
        context.ui.say(&line);
    }
    let stored = context.stored;
    context.ui.object(
        "secret",
        json!({
            "name": "openai",
            "environment": context.environment.name,
            "present": context.active().is_some(),
            "place": stored.map(|stored| &stored.location),
            "elsewhere": context.other_source,
            "since": stored.and_then(|stored| stored.stored_at),
            "deleted": stored.and_then(|stored| stored.deleted_at),
            "ending": stored.and_then(|stored| stored.ending.as_ref()),
            "used": context.is_used(),
            "readable": context.active().map(|stored| stored.access == Access::Granted),
            "exit": exit as u8,
        }),
    );
    exit
}

/// Returns the exit code. Missing access to the key matters only if the environment file uses it.
fn exit_code(context: &KeyContext<'_>) -> Exit {
    match context.active().map(|stored| stored.access) {
        None if context.other_source.is_some() => Exit::Done,
        None => Exit::Unhealthy,
        Some(Access::Missing) if context.is_used() => Exit::Pending,
        Some(_) => Exit::Done,
    }
}

fn lines(context: &KeyContext<'_>) -> Vec<String> {
    let name = &context.environment.name;
    let set = format!("run `twinctl secret set {name} openai`");
    let head = match (context.stored, &context.other_source) {
        (None, Some(elsewhere)) => {
            format!("no key is stored for `{name}`; a deploy uses the one in {elsewhere}")
        }
        (None, None) => format!("no key is stored for `{name}`: {set}"),
        (Some(StoredKey { deleted_at: Some(deleted), .. }), _) => format!(
            "the key of `{name}` was deleted {}; to restore it, {set} or deploy",
            clock::ago(*deleted)
        ),
        (Some(stored), _) => {
            let since = stored.stored_at.map(|since| format!(" since {since}")).unwrap_or_default();
            let ending = stored.ending.as_ref().map(|ending| format!(", ending in {ending}"));
            format!("a key is stored for `{name}`{since}{}", ending.unwrap_or_default())
        }
    };
    let place = context.stored.map(|stored| stored.location.clone());
    let used = if context.is_used() {
        format!("the environment file of `{name}` uses it (`model.source: openai`)")
    } else {
        format!("the environment file of `{name}` does not use it")
    };
    let access = context.active().filter(|_| context.is_used()).map(|stored| match stored.access {
        Access::Granted => "the twin can read it".to_owned(),
        Access::Missing => format!("the twin may not read it yet: run `twinctl deploy {name}`"),
        Access::NoTwin => format!("the twin is not deployed yet: run `twinctl deploy {name}`"),
    });
    std::iter::once(head).chain(place).chain([used]).chain(access).collect()
}
