//! `twinctl verify`: tests a deployed twin as a visitor, over its public endpoint. Changes nothing but one conversation.

mod visit;

use clap::Args;
use reconcile::Choices;
use serde_json::json;

use self::visit::{Owner, Scope, Visit};
use crate::{
    artifacts::data::Files,
    doctor::{self, Check, Verdict},
    run::session::{self, Session},
    spec::{Environment, Options},
    targets::{Part, Target, on_target},
    twin::endpoint::Endpoint,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl verify test                 Test page, API, persona, memory and continuity
  twinctl verify prod --smoke         Test only what does not depend on the wording of an answer
  twinctl verify test --like local    Also test the local twin, and compare the data files";

/// Test a deployed twin as a visitor
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Test only page, API and memory, which do not depend on the wording of an answer
    #[arg(long)]
    pub(crate) smoke: bool,
    /// Also test this environment, and compare its data files
    #[arg(long, value_name = "ENV", conflicts_with = "smoke")]
    pub(crate) like: Option<String>,
}

/// A twin to test, with the values that its answers are compared with.
struct Twin {
    endpoint: Endpoint,
    owner: Owner,
    data: Option<Files>,
}

impl Twin {
    fn visit<'a>(&'a self, environment: &'a str, owner: &'a Owner, scope: Scope) -> Visit<'a> {
        Visit { environment, endpoint: &self.endpoint, owner, scope }
    }
}

pub(super) async fn run(options: &Options, args: &Verify, ui: &Ui) -> Result<Exit, Diagnostic> {
    let twin = open(options, &args.environment, ui).await?;
    let scope = if args.smoke { Scope::Smoke } else { Scope::Everything };
    let mut checks = twin.visit(&args.environment, &twin.owner, scope).checks().await;
    if let Some(name) = &args.like {
        let other = open(options, name, ui).await?;
        // Of the same owner: both have to be the same persona.
        let visit = other.visit(name, &twin.owner, scope);
        let of_other = |check: Check| Check { finding: format!("`{name}`: {}", check.finding), ..check };
        checks.extend(visit.checks().await.into_iter().map(of_other));
        checks.push(same_data(twin.data.as_ref(), other.data.as_ref(), name));
    }
    for line in doctor::lines(&checks) {
        ui.data(&line);
    }
    let exit = exit(&checks);
    ui.object("verify", json!({ "environment": args.environment, "exit": exit as u8, "checks": checks }));
    Ok(exit)
}

async fn open(options: &Options, name: &str, ui: &Ui) -> Result<Twin, Diagnostic> {
    let environment = session::load(options, name, ui)?;
    on_target!(environment, open_on(options, environment, &ui.on_stderr().brief()))
}

async fn open_on<T: Target>(
    options: &Options,
    environment: Environment,
    ui: &Ui,
) -> Result<Twin, Diagnostic> {
    let command = format!("twinctl verify {}", environment.name);
    let session = Session::<T>::open(options, environment, Part::Everything, Choices::default(), ui).await?;
    session.set_sources(T::Sources::default());
    session.observe(&command).await?;
    let endpoint = session.address()?;
    let facts = session.target.read_facts().await;
    let facts = facts.map_err(|fault| Diagnostic::fault("could not read the facts", &fault))?;
    let data = session.target.data_files(&session.engine).map(|stored| stored.managed().clone());
    Ok(Twin { endpoint, owner: Owner::of(facts.as_ref()), data })
}

/// Compares the data files of both twins.
fn same_data(ours: Option<&Files>, other: Option<&Files>, name: &str) -> Check {
    const NAME: &str = "data files";
    let (Some(ours), Some(other)) = (ours, other) else {
        return Check::not_checked(NAME, "they could not be read");
    };
    let differs = |key: &&String| match (ours.get(*key), other.get(*key)) {
        (Some(one), Some(two)) => !one.matches(two),
        _ => true,
    };
    let differing: Vec<_> = ours.keys().chain(other.keys().filter(|key| !ours.contains_key(*key))).collect();
    let differing: Vec<_> = differing.into_iter().filter(differs).map(String::as_str).collect();
    if differing.is_empty() {
        return Check::ok(NAME, format!("the same as those of `{name}`"));
    }
    let finding = format!("differ from those of `{name}`: {}", differing.join(", "));
    Check::problem(NAME, finding, "upload the same data files to both")
}

/// Returns 8 if a test failed, and 1 if it is only unknown whether the twin works.
fn exit(checks: &[Check]) -> Exit {
    if checks.iter().any(Check::is_problem) {
        Exit::Unhealthy
    } else if checks.iter().any(|check| check.state == Verdict::NotChecked) {
        Exit::Unexpected
    } else {
        Exit::Done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::data::Fingerprint;

    fn files(pairs: &[(&str, &str)]) -> Files {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), Fingerprint::of(text.as_bytes()))).collect()
    }

    #[test]
    fn data_files_are_compared_by_name_and_content() {
        let ours = files(&[("facts.json", "{}"), ("me.txt", "I am.")]);
        let found = |other: &Files| same_data(Some(&ours), Some(other), "local").finding;
        assert_eq!(found(&ours), "the same as those of `local`");
        let other = files(&[("facts.json", "{}"), ("me.txt", "I was."), ("more.txt", "")]);
        assert_eq!(found(&other), "differ from those of `local`: me.txt, more.txt");
        assert_eq!(found(&Files::default()), "differ from those of `local`: facts.json, me.txt");
    }

    #[test]
    fn only_a_failed_test_is_unhealthy() {
        let (ok, unknown) = (Check::ok("a", ""), Check::not_checked("b", ""));
        let failed = Check::problem("c", "", "");
        assert_eq!(exit(std::slice::from_ref(&ok)), Exit::Done);
        assert_eq!(exit(&[ok.clone(), unknown.clone()]), Exit::Unexpected);
        assert_eq!(exit(&[ok, unknown, failed]), Exit::Unhealthy);
    }
}
