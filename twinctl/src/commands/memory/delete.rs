//! `twinctl memory delete`: deletes every version of conversations.

use std::time::Duration;

use clap::Args;
use contract::key::Form;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reconcile::Fault;
use serde_json::json;

use super::{super::arguments::duration, find::load};
use crate::{
    system::clock,
    twin::{chat::SessionId, store::Store},
    ui::{Answer, Diagnostic, Exit, Ui, counted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl memory delete prod ID                             Delete one conversation
  twinctl memory delete prod --older-than 90d --dry-run     Show what would be deleted
  twinctl memory delete prod --older-than 90d --yes         Ask nothing, for scripts";

/// Delete conversations permanently, including every version
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Delete {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Full conversation IDs
    #[arg(value_name = "ID", required_unless_present = "older_than", conflicts_with = "older_than")]
    pub(crate) sessions: Vec<SessionId>,
    /// Delete all conversations that have been inactive for TIME, for example `90d`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) older_than: Option<Duration>,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what would be deleted without deleting it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

const AT_ONCE: usize = 8;

/// Takes no lock: the twin writes conversations all the time, and the user chose which ones to delete.
pub(super) async fn run(store: &dyn Store, args: &Delete, ui: &Ui) -> Result<Exit, Diagnostic> {
    let found = count_versions(store, selected(store, args).await?).await?;
    if let Some((unknown, _)) = found.iter().find(|(_, versions)| *versions == 0) {
        load(store, &args.environment).await?;
        let message = format!("there is no conversation `{unknown}`, and nothing was deleted");
        return Err(Diagnostic::new(Exit::Usage, message)
            .hint(format!("`twinctl memory ls {} --all` lists them; give the full ID", args.environment)));
    }
    if found.is_empty() {
        ui.say("no conversation is that old");
        return Ok(Exit::Done);
    }
    for (id, versions) in &found {
        ui.say(&format!("{id}: {}", counted(*versions, "version")));
    }
    if args.dry_run {
        for (id, versions) in &found {
            ui.object("found", json!({ "session_id": id, "versions": versions }));
        }
        return Ok(Exit::Done);
    }
    confirm(&found, args, ui)?;
    let mut erased = stream::iter(found.iter().map(|(id, _)| erase(store, id))).buffer_unordered(AT_ONCE);
    while let Some(erased) = erased.next().await {
        let (id, versions) = erased.map_err(|fault| {
            let message = "could not delete everything; some versions are already deleted";
            Diagnostic::fault(message, &fault)
                .hint("close every page that shows this conversation, then run the command again")
        })?;
        ui.say(&format!("deleted {id}: {}, none is left", counted(versions, "version")));
        ui.object("deleted", json!({ "session_id": id, "versions": versions }));
    }
    ui.say("a page that still shows a deleted conversation saves it again with its next question");
    Ok(Exit::Done)
}

async fn selected(store: &dyn Store, args: &Delete) -> Result<Vec<SessionId>, Diagnostic> {
    let Some(age) = args.older_than else {
        let mut named = args.sessions.clone();
        named.sort();
        named.dedup();
        return Ok(named);
    };
    let Ok(before) = clock::now().checked_sub(age) else { return Ok(Vec::new()) };
    let all = load(store, &args.environment).await?.into_vec();
    Ok(all.into_iter().filter(|listed| listed.last < before).map(|listed| listed.id).collect())
}

/// Counts the versions of each conversation. A conversation that was deleted another way can have old versions left.
async fn count_versions(
    store: &dyn Store,
    ids: Vec<SessionId>,
) -> Result<Vec<(SessionId, usize)>, Diagnostic> {
    let count = |id: SessionId| async move {
        let mut versions = 0;
        for form in Form::ALL {
            versions += store.versions(&form.key(id.as_str())).await?;
        }
        Ok::<_, Fault>((id, versions))
    };
    let counted = stream::iter(ids.into_iter().map(count).collect::<Vec<_>>()).buffered(AT_ONCE);
    let counted = counted.try_collect().await;
    counted
        .map_err(|fault| Diagnostic::fault("could not read the conversations; nothing was deleted", &fault))
}

async fn erase<'i>(store: &dyn Store, id: &'i SessionId) -> Result<(&'i SessionId, usize), Fault> {
    let mut versions = 0;
    for form in Form::ALL {
        versions += store.erase(&form.key(id.as_str())).await?;
    }
    Ok((id, versions))
}

fn confirm(found: &[(SessionId, usize)], args: &Delete, ui: &Ui) -> Result<(), Diagnostic> {
    let what = match found {
        [(id, _)] => format!("the conversation `{id}`"),
        several => format!("{} conversations", several.len()),
    };
    if args.yes {
        return Ok(());
    }
    match ui.ask(&format!("Delete {what}? This cannot be undone.")) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Diagnostic::new(Exit::Interrupted, "nothing was deleted")),
        Answer::NoTerminal => {
            Err(Diagnostic::new(Exit::Usage, "cannot ask for confirmation: there is no terminal")
                .hint("nothing was deleted; pass `--yes` to skip the prompt"))
        }
    }
}
