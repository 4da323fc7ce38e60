//! `twinctl block` and `twinctl unblock`: keep a conversation or a visitor out of the chat, without a deploy. Like `pause`,
//! they take no lock: the list is written on the condition that it is unchanged.

use clap::Args;
use contract::{
    api::is_session_id,
    block::{ENTRIES_LIMIT, HEALTH_FIELD, SESSION_BYTES, VISITOR_BYTES},
    key::Form,
};
use futures_util::future::join_all;
use jiff::civil::Date;
use reconcile::{Class, Fault};
use serde_json::json;

use crate::{
    run::session,
    spec::{self, Environment, Options},
    system::{clock, hash::sha256, host},
    targets::{Target, on_target},
    twin::{
        blocks::{Block as Entry, BlockList, date, day},
        pause::PauseMark,
        store::Store,
    },
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl block prod                              List what is blocked
  twinctl block prod 5d41402abc4b                 Block a conversation: `session` in the log
  twinctl block prod 9f86d081                     Block a visitor of today or yesterday, by the log
  twinctl block prod 9f86d081 --day 2026-11-20    Block a visitor of an older log line";

const UNBLOCK_EXAMPLES: &str = "\
Examples:
  twinctl unblock prod 9f86d081
  twinctl unblock prod --all";

/// Block conversations or visitors
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Block {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Visitor or conversation hashes from the log, or conversation IDs [default: list the blocked ones]
    #[arg(value_name = "ID", value_parser = sender)]
    pub(crate) ids: Vec<Sender>,
    /// The day (UTC) of the log line with the visitor's hash, if it is older than yesterday
    #[arg(long, value_name = "DATE", requires = "ids")]
    pub(crate) day: Option<Date>,
}

/// Unblock conversations or visitors
#[derive(Debug, Args)]
#[command(after_help = UNBLOCK_EXAMPLES)]
pub(crate) struct Unblock {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Hashes or IDs that `twinctl block` was given
    #[arg(value_name = "ID", value_parser = sender, required_unless_present = "all")]
    pub(crate) ids: Vec<Sender>,
    /// Unblock everybody
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,
}

/// Who sends messages, by the hash in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sender {
    Conversation {
        hash: String,
        /// The ID, if it was given instead of the hash.
        id: Option<String>,
    },
    Visitor(String),
}

impl Sender {
    fn hash(&self) -> &str {
        match self {
            Self::Conversation { hash, .. } | Self::Visitor(hash) => hash,
        }
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::Conversation { id, .. } => id.as_deref(),
            Self::Visitor(_) => None,
        }
    }

    fn is_visitor(&self) -> bool {
        matches!(self, Self::Visitor(_))
    }
}

/// The shortest ID that a page or twinctl chooses for a conversation is longer than a hash.
const SHORTEST_ID: usize = 16;

fn sender(text: &str) -> Result<Sender, String> {
    let is_hash = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    match text.len() {
        length if is_hash && length == 2 * VISITOR_BYTES => Ok(Sender::Visitor(text.to_owned())),
        length if is_hash && length == 2 * SESSION_BYTES => {
            Ok(Sender::Conversation { hash: text.to_owned(), id: None })
        }
        length if length >= SHORTEST_ID && is_session_id(text) => {
            Ok(Sender::Conversation { hash: session_hash(text), id: Some(text.to_owned()) })
        }
        _ => Err("expected a visitor's hash (8 hexadecimal digits), a conversation's hash (12), or the whole ID of a \
                  conversation; `twinctl logs ENV --json` and `twinctl memory ls ENV` show them"
            .to_owned()),
    }
}

/// Returns the hash of a conversation in the log.
fn session_hash(id: &str) -> String {
    sha256(id)[..2 * SESSION_BYTES].to_owned()
}

pub(super) async fn run(options: &Options, args: &Block, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    let name = environment.name.as_str();
    if args.ids.is_empty() {
        let (list, _) = on_target!(environment, open(options, &environment, ui))?;
        let entries = list.load().await.map_err(|fault| read_error(&fault))?;
        show(&entries.ok_or_else(|| not_deployed(name))?, name, ui);
        return Ok(Exit::Done);
    }
    check_visitors(&environment, &args.ids)?;
    let (list, reload_time, backend) = on_target!(environment, open_with_backend(options, &environment, ui))?;
    let day_of_hash = match args.day {
        Some(date) => date.to_zoned(jiff::tz::TimeZone::UTC).map(|start| start.timestamp()),
        None => Ok(clock::now()),
    };
    let day_of_hash = day(day_of_hash.map_err(|error| Diagnostic::new(Exit::Usage, error.to_string()))?);
    let entry = |sender: &Sender| Entry {
        hash: sender.hash().to_owned(),
        day: sender.is_visitor().then_some(day_of_hash),
        at: clock::now(),
        by: host::user(),
    };
    let change = list.change(|entries| {
        for new in args.ids.iter().map(entry) {
            if !entries.iter().any(|known| (&known.hash, known.day) == (&new.hash, new.day)) {
                entries.push(new);
            }
        }
        if entries.len() > ENTRIES_LIMIT {
            let message =
                format!("the list would have {} entries, at most {ENTRIES_LIMIT} are allowed", entries.len());
            return Err(Fault::new(Class::Refused, message));
        }
        Ok(())
    });
    let (changed, health) = tokio::join!(change, backend.health());
    let entries = changed.map_err(|fault| write_error(&fault))?.ok_or_else(|| not_deployed(name))?;
    let health = health.ok().flatten();
    if health.is_some_and(|health| health["status"] == "healthy" && health.get(HEALTH_FIELD).is_none()) {
        let message = format!("the running version of `{name}` is too old to block anybody");
        return Err(Diagnostic::new(Exit::Failed, message)
            .hint(format!("run `twinctl deploy {name}`: the new version will use the list")));
    }
    for sender in &args.ids {
        ui.say(&format!("blocked: {}", sender.hash()));
    }
    for id in on_target!(environment, unknown_ids(options, &environment, &args.ids, ui))? {
        let hint = format!("if the ID has a typo, `twinctl memory ls {name} --all` lists the right ones");
        ui.warn(&format!("no conversation `{id}` is stored; {hint}"));
    }
    ui.say(&format!("`twinctl logs {name}` marks rejected messages with `blocked`"));
    report(&entries, name, reload_time, ui);
    Ok(Exit::Done)
}

fn check_visitors(environment: &Environment, ids: &[Sender]) -> Result<(), Diagnostic> {
    let has_hashes = environment.target != spec::Target::Aws || !environment.api.direct_access;
    if has_hashes || !ids.iter().any(Sender::is_visitor) {
        return Ok(());
    }
    let message = "with `api.direct_access`, the log does not identify visitors; nothing was changed";
    Err(Diagnostic::new(Exit::Usage, message).hint("block conversations, or remove `api.direct_access`"))
}

pub(super) async fn unblock(options: &Options, args: &Unblock, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    let name = environment.name.as_str();
    let (list, reload_time) = on_target!(environment, open(options, &environment, ui))?;
    let entries = list.load().await.map_err(|fault| read_error(&fault))?.ok_or_else(|| not_deployed(name))?;
    let is_listed = |sender: &&Sender| entries.iter().any(|entry| entry.hash == sender.hash());
    if let Some(unknown) = args.ids.iter().find(|sender| !is_listed(sender)) {
        let message = format!("`{}` is not blocked, and nothing was changed", unknown.hash());
        return Err(Diagnostic::new(Exit::Usage, message)
            .hint(format!("`twinctl block {name}` lists what is blocked")));
    }
    let changed = list.change(|entries| {
        entries.retain(|entry| !args.all && !args.ids.iter().any(|sender| sender.hash() == entry.hash));
        Ok(())
    });
    let entries = changed.await.map_err(|fault| write_error(&fault))?;
    report(&entries.ok_or_else(|| not_deployed(name))?, name, reload_time, ui);
    Ok(Exit::Done)
}

async fn open<T: Target>(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<(BlockList, &'static str), Diagnostic> {
    Ok((T::block_list(options, environment, ui).await?, T::RELOAD_TIME))
}

/// Opens the list, and the access to the running backend, whose health response shows whether it uses the list.
async fn open_with_backend<T: Target>(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<(BlockList, &'static str, Box<dyn PauseMark>), Diagnostic> {
    let ((list, reload_time), backend) =
        tokio::try_join!(open::<T>(options, environment, ui), T::pause_mark(options, environment, ui))?;
    Ok((list, reload_time, backend))
}

/// Returns the IDs under which no conversation is stored, so that a typo is noticed. Hashes are copied from the log.
async fn unknown_ids<'s, T: Target>(
    options: &Options,
    environment: &Environment,
    senders: &'s [Sender],
    ui: &Ui,
) -> Result<Vec<&'s str>, Diagnostic> {
    let ids: Vec<_> = senders.iter().filter_map(Sender::id).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    let memory = T::memory(options, environment, ui).await?;
    let missing = join_all(ids.iter().map(|id| is_missing(&*memory, id))).await;
    Ok(ids.into_iter().zip(missing).filter(|(_, is_missing)| *is_missing).map(|(id, _)| id).collect())
}

/// Without permission to read the conversation, nothing is known about it.
async fn is_missing(memory: &dyn Store, id: &str) -> bool {
    let keys = Form::ALL.map(|form| form.key(id));
    let read = join_all(keys.iter().map(|key| memory.read(key))).await;
    read.iter().all(|read| matches!(read, Ok(None)))
}

/// Lists the entries, the oldest first.
fn show(entries: &[Entry], name: &str, ui: &Ui) {
    for entry in entries {
        let seen = entry.day.and_then(date).map(|date| format!("  seen {date}")).unwrap_or_default();
        let (hash, kind, at, by) = (&entry.hash, entry.kind(), entry.at, &entry.by);
        ui.data(&format!("{hash:<12}  {kind:<12}  blocked {at:.0} by {by}{seen}"));
        ui.object(
            "block",
            json!({ "hash": hash, "kind": kind, "day": entry.day.and_then(date), "at": at, "by": by }),
        );
    }
    if entries.is_empty() {
        ui.say(&format!("nobody is blocked from `{name}`"));
    }
}

fn report(entries: &[Entry], name: &str, reload_time: &str, ui: &Ui) {
    let count = entries.len();
    let entries = if count == 1 { "entry" } else { "entries" };
    ui.say(&format!("the list of `{name}` has {count} {entries}; the twin uses it within a {reload_time}"));
    ui.object("blocks", json!({ "environment": name, "count": count }));
}

fn read_error(fault: &Fault) -> Diagnostic {
    Diagnostic::fault("could not read the list of blocks", fault)
}

fn write_error(fault: &Fault) -> Diagnostic {
    Diagnostic::fault("the list of blocks was not changed", fault)
}

fn not_deployed(name: &str) -> Diagnostic {
    let message = format!("`{name}` is not deployed, so nobody can be blocked");
    Diagnostic::new(Exit::Unhealthy, message).hint(format!("run `twinctl deploy {name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_hash_or_a_whole_id() {
        assert_eq!(sender("9f86d081"), Ok(Sender::Visitor("9f86d081".to_owned())));
        assert_eq!(
            sender("5d41402abc4b"),
            Ok(Sender::Conversation { hash: "5d41402abc4b".to_owned(), id: None })
        );
        let id = "PrL-Ms1MZjbqrSftCuWa0Q";
        let hash = sha256(id)[..12].to_owned();
        assert_eq!(sender(id), Ok(Sender::Conversation { hash, id: Some(id.to_owned()) }));
        for invalid in ["", "9f86d08", "9F86D081", "5d41402abc4bx", "a b c d e f g h i j", &"a".repeat(65)] {
            assert!(sender(invalid).is_err(), "{invalid:?}");
        }
    }
}
