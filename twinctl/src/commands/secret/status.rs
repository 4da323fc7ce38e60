//! `twinctl secret status`: shows whether a key is stored and whether the twin may read it.

use clap::Args;
use serde_json::json;

use super::{At, SecretName};
use crate::{
    system::clock,
    twin::secret::{Access, StoredKey},
    ui::Exit,
};

/// Show whether a key is stored and whether the twin may read it
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Secret name
    #[arg(value_name = "SECRET", default_value = "openai")]
    pub(crate) name: SecretName,
}

pub(super) fn run(at: &At<'_>) -> Exit {
    let exit = verdict(at);
    for line in lines(at) {
        at.ui.say(&line);
    }
    let kept = at.kept;
    at.ui.object(
        "secret",
        json!({
            "name": "openai",
            "environment": at.environment.name,
            "present": at.live().is_some(),
            "place": kept.map(|kept| &kept.location),
            "elsewhere": at.elsewhere,
            "since": kept.and_then(|kept| kept.stored_at),
            "deleted": kept.and_then(|kept| kept.deleted_at),
            "ending": kept.and_then(|kept| kept.ending.as_ref()),
            "used": at.is_used(),
            "readable": at.live().map(|kept| kept.access == Access::Granted),
            "exit": exit as u8,
        }),
    );
    exit
}

/// Returns the exit code. Missing access to the key matters only if the environment file uses it.
fn verdict(at: &At<'_>) -> Exit {
    match at.live().map(|kept| kept.access) {
        None if at.elsewhere.is_some() => Exit::Done,
        None => Exit::Unhealthy,
        Some(Access::Missing) if at.is_used() => Exit::Pending,
        Some(_) => Exit::Done,
    }
}

fn lines(at: &At<'_>) -> Vec<String> {
    let name = &at.environment.name;
    let set = format!("run `twinctl secret set {name} openai`");
    let head = match (at.kept, &at.elsewhere) {
        (None, Some(elsewhere)) => {
            format!("no key is stored for `{name}`; a deploy uses the one in {elsewhere}")
        }
        (None, None) => format!("no key is stored for `{name}`: {set}"),
        (Some(StoredKey { deleted_at: Some(deleted), .. }), _) => format!(
            "the key of `{name}` was deleted {}; to restore it, {set} or deploy",
            clock::ago(*deleted)
        ),
        (Some(kept), _) => {
            let since = kept.stored_at.map(|since| format!(" since {since}")).unwrap_or_default();
            let ending = kept.ending.as_ref().map(|ending| format!(", ending in {ending}"));
            format!("a key is stored for `{name}`{since}{}", ending.unwrap_or_default())
        }
    };
    let place = at.kept.map(|kept| kept.location.clone());
    let used = if at.is_used() {
        format!("the environment file of `{name}` uses it (`model.source: openai`)")
    } else {
        format!("the environment file of `{name}` does not use it")
    };
    let access = at.live().filter(|_| at.is_used()).map(|kept| match kept.access {
        Access::Granted => "the twin can read it".to_owned(),
        Access::Missing => format!("the twin may not read it yet: run `twinctl deploy {name}`"),
        Access::NoTwin => format!("the twin is not deployed yet: run `twinctl deploy {name}`"),
    });
    std::iter::once(head).chain(place).chain([used]).chain(access).collect()
}
