//! `twinctl sweep`: deletes the environments whose time to live is over.
//!
//! An environment of a pull request has no file on the branch from which `sweep` runs, so the records are read, too. A file
//! that exists decides: an environment with `protect: true`, or without `ttl`, is kept whatever its record says.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::json;

use super::{
    arguments::Waiting,
    destroy::{self, Destroy},
};
use crate::{
    run::session,
    spec::{self, Environment, Names, Options},
    system::clock,
    targets::{Target, is_built_in, on_target, record::Expiry},
    ui::{Diagnostic, Exit, Ui, counted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl sweep dev --yes       Delete only dev, and only if it has expired
  twinctl sweep --dry-run       List the environments with a time to live, and what would be deleted
  twinctl sweep --yes           Delete expired environments without a confirmation prompt, for CI";

/// Delete the environments whose `ttl` has passed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sweep {
    /// Environment names [default: all expired environments of the projects in the environment files]
    #[arg(value_name = "ENV")]
    pub(crate) which: Vec<String>,
    /// Skip the confirmation prompt
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Show what would be deleted without deleting it
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

/// An environment whose record has an expiry.
struct Found {
    /// As its file says; without a file, like another environment of its project.
    environment: Environment,
    expiry: Expiry,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Expired,
    Alive,
    Protected,
    /// The file has no `ttl`.
    WithoutTtl,
    /// There is no file, and the resources have names that only the file contains.
    NeedsFile,
    /// The file has errors. It may protect the environment.
    InvalidFile,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Alive => "alive",
            Self::Protected => "protected",
            Self::WithoutTtl => "without_ttl",
            Self::NeedsFile => "needs_file",
            Self::InvalidFile => "invalid_file",
        }
    }
}

pub(super) async fn run(options: &Options, args: &Sweep, ui: &Ui) -> Result<Exit, Diagnostic> {
    let mut files = Files::default();
    for name in session::named_or_all(options, &args.which) {
        match session::load(options, &name, ui) {
            Ok(file) => files.valid.push(file),
            Err(diagnostic) => {
                ui.error(&diagnostic);
                files.invalid.push(name);
            }
        }
    }
    let (found, mut unread) = if args.which.is_empty() {
        find(options, &files, ui).await
    } else {
        find_named(options, &files.valid, ui).await
    };
    unread.extend(files.invalid);
    for found in &found {
        ui.data(&line(found));
    }
    let listed: Vec<_> = found.iter().map(object).collect();
    let expired: Vec<_> = found.into_iter().filter(|found| found.verdict == Verdict::Expired).collect();
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    if expired.is_empty() {
        ui.say(if unread.is_empty() {
            "no environment has expired"
        } else {
            "no expired environment found in what could be read"
        });
    } else if !args.dry_run {
        if !args.yes {
            let question =
                format!("Delete {} with all conversations?", counted(expired.len(), "environment"));
            ui.confirm(&question, "nothing was deleted", "twinctl sweep")?;
        }
        (deleted, failed) = delete_all(options, args, expired, ui).await;
    }
    ui.object("sweep", json!({ "environments": listed, "deleted": deleted, "unread": unread }));
    let problems = [("could not read", unread), ("could not delete completely", failed)];
    let problems = problems.into_iter().filter(|(_, names)| !names.is_empty());
    let problems: Vec<_> = problems.map(|(what, names)| format!("{what}: {}", names.join(", "))).collect();
    if problems.is_empty() {
        return Ok(Exit::Done);
    }
    Err(Diagnostic::new(Exit::Failed, problems.join("; "))
        .hint("correct the errors above, then run `twinctl sweep` again"))
}

/// The environment files.
#[derive(Debug, Default)]
struct Files {
    valid: Vec<Environment>,
    /// The names of those that have errors.
    invalid: Vec<String>,
}

/// Deletes the environments, one after the other. Returns the names of those that are deleted, and that are not.
async fn delete_all(
    options: &Options,
    args: &Sweep,
    expired: Vec<Found>,
    ui: &Ui,
) -> (Vec<String>, Vec<String>) {
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    for Found { environment, .. } in expired {
        let name = environment.name.to_string();
        match delete(options, args, environment, ui).await {
            Ok(()) => deleted.push(name),
            // A deploy that runs now renews the environment.
            Err(diagnostic) if diagnostic.exit == Exit::Locked => {
                ui.say(&format!("`{name}` is not deleted now: {}", diagnostic.message));
            }
            Err(diagnostic) => {
                ui.error(&diagnostic);
                failed.push(name);
            }
        }
    }
    (deleted, failed)
}

/// Reads the records of all environments, once for each project and place. Also returns the names of the environments
/// whose records could not be read.
async fn find(options: &Options, files: &Files, ui: &Ui) -> (Vec<Found>, Vec<String>) {
    let place = |environment: &Environment| {
        let Environment { target, project, region, profile, assume_role, account, .. } = environment;
        match target {
            spec::Target::Local => String::new(),
            spec::Target::Aws => format!("{project} {region} {profile:?} {assume_role:?} {account:?}"),
        }
    };
    let mut searched = BTreeSet::new();
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    let (searchable, left_out): (Vec<_>, Vec<_>) =
        files.valid.iter().partition(|file| is_built_in(file.target));
    if !left_out.is_empty() {
        let names: Vec<_> = left_out.iter().map(|file| file.name.as_str()).collect();
        ui.warn(&format!("this build of twinctl runs only local twins; not searched: {}", names.join(", ")));
    }
    for sample in searchable {
        if !searched.insert(place(sample)) {
            continue;
        }
        let expiries = on_target!(sample, expiries(options, sample, ui));
        let expiries = expiries.unwrap_or_else(|diagnostic: Diagnostic| {
            ui.error(&diagnostic);
            let same_place = files.valid.iter().filter(|file| place(file) == place(sample));
            unread.extend(same_place.map(|file| file.name.to_string()));
            BTreeMap::new()
        });
        for (name, expiry) in expiries {
            let file = files.valid.iter().find(|file| file.name.as_str() == name);
            // A file may name another place than when the environment was deployed here.
            let here = file.filter(|file| place(file) == place(sample)).cloned();
            let verdict = if files.invalid.contains(&name) {
                Verdict::InvalidFile
            } else {
                judge(file, here.is_some(), &expiry)
            };
            let Some(environment) = here.or_else(|| without_file(sample, &name)) else { continue };
            found.push(Found { environment, expiry, verdict });
        }
    }
    (found, unread)
}

/// Reads the record of each environment, and of no other one: the roles of CI may not read the others.
async fn find_named(options: &Options, files: &[Environment], ui: &Ui) -> (Vec<Found>, Vec<String>) {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for file in files {
        match on_target!(file, expiry(options, file, ui)) {
            Ok(expiry) => found.extend(expiry.map(|expiry| {
                let verdict = judge(Some(file), true, &expiry);
                Found { environment: file.clone(), expiry, verdict }
            })),
            Err(diagnostic) => {
                ui.error(&diagnostic);
                unread.push(file.name.to_string());
            }
        }
    }
    (found, unread)
}

/// Decides by the file, if there is one, and the record. `is_here` is whether the file describes this place.
fn judge(file: Option<&Environment>, is_here: bool, expiry: &Expiry) -> Verdict {
    match file {
        Some(file) if file.protect => Verdict::Protected,
        Some(file) if file.ttl.is_none() => Verdict::WithoutTtl,
        _ if expiry.own_names && !is_here => Verdict::NeedsFile,
        _ if expiry.is_over() => Verdict::Expired,
        _ => Verdict::Alive,
    }
}

/// Returns an environment without a file, in the place of another one. Its resources have the generated names.
fn without_file(sample: &Environment, name: &str) -> Option<Environment> {
    let mut environment = Environment {
        name: name.parse().ok()?,
        domain: None,
        names: Names::default(),
        ttl: None,
        protect: false,
        ..sample.clone()
    };
    (environment.local.data, environment.local.memory) = (None, None);
    Some(environment)
}

async fn expiries<T: Target>(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<BTreeMap<String, Expiry>, Diagnostic> {
    T::expiries(options, environment, ui).await
}

async fn expiry<T: Target>(
    options: &Options,
    environment: &Environment,
    ui: &Ui,
) -> Result<Option<Expiry>, Diagnostic> {
    let record = T::register(options, environment, ui).await?.read().await;
    let record = record.map_err(|fault| Diagnostic::fault("could not read the record", &fault))?;
    Ok(record.and_then(|record| record.expiry))
}

async fn delete(
    options: &Options,
    args: &Sweep,
    environment: Environment,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let name = environment.name.to_string();
    ui.say(&format!("deleting `{name}`"));
    let destroy = Destroy {
        environment: name.clone(),
        confirm: Some(name),
        yes: false,
        keep_data: false,
        backup: None,
        delete_adopted: Vec::new(),
        dry_run: false,
        details: false,
        waiting: args.waiting.clone(),
        only_if_expired: true,
    };
    let destroy = &destroy;
    on_target!(environment, destroy_one(options, destroy, environment, ui))
}

async fn destroy_one<T: Target>(
    options: &Options,
    args: &Destroy,
    environment: Environment,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    destroy::run_on::<T>(options, args, environment, ui).await.map(drop)
}

fn line(found: &Found) -> String {
    let Found { environment, expiry, verdict } = found;
    let about = match verdict {
        Verdict::Expired => format!("expired {}", clock::ago(expiry.at)),
        Verdict::Alive => format!("expires {}", clock::until(expiry.at)),
        Verdict::Protected => "kept, because its file says `protect: true`".to_owned(),
        Verdict::WithoutTtl => {
            "kept, because its file has no `ttl`; the next deploy removes the recorded one".to_owned()
        }
        Verdict::NeedsFile => {
            "kept, because its names are only in its environment file, which is not here".to_owned()
        }
        Verdict::InvalidFile => "kept, because its file has errors".to_owned(),
    };
    format!("{}  {about}", environment.name)
}

fn object(found: &Found) -> serde_json::Value {
    let Found { environment, expiry, verdict } = found;
    json!({
        "environment": environment.name,
        "project": environment.project,
        "target": environment.target,
        "region": environment.region,
        "expires": expiry.at,
        "verdict": verdict.as_str(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str, lines: &str) -> Environment {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("project: twin\nenvironment: {name}\nregion: us-east-1\n{lines}");
        std::fs::write(folder.path().join(format!("{name}.yaml")), text).unwrap();
        spec::load(folder.path(), name, &spec::Overrides::default()).unwrap()
    }

    #[test]
    fn the_file_decides_before_the_record() {
        let expiry = |hours: i64| Expiry {
            at: clock::now() + jiff::SignedDuration::from_hours(hours),
            own_names: false,
        };
        let (over, later) = (expiry(-1), expiry(1));
        let with_ttl = environment("dev", "ttl: 8h\n");
        assert_eq!(judge(Some(&with_ttl), true, &over), Verdict::Expired);
        assert_eq!(judge(Some(&with_ttl), true, &later), Verdict::Alive);
        assert_eq!(judge(Some(&environment("dev", "protect: true\n")), false, &over), Verdict::Protected);
        assert_eq!(judge(Some(&environment("dev", "")), true, &over), Verdict::WithoutTtl);
        assert_eq!(judge(None, false, &over), Verdict::Expired);
        assert_eq!(judge(None, false, &Expiry { own_names: true, ..over }), Verdict::NeedsFile);
    }

    #[test]
    fn an_environment_without_a_file_has_the_generated_names() {
        let sample =
            environment("dev", "names: {memory_bucket: mine-for-dev}\ndomain: chat.ada.example\nttl: 8h\n");
        let found = without_file(&sample, "pr-7").unwrap();
        assert_eq!((found.name.as_str(), &found.names, &found.domain), ("pr-7", &Names::default(), &None));
        assert!(without_file(&sample, "Not a name").is_none());
    }
}
