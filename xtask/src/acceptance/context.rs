//! The twin, AWS and the findings, which the steps of a run share.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use testbed::workspace;

use super::assumption::Assumption;
use super::by_hand::{ByHand, text};
use super::finding::Findings;
use super::interrupt::Interrupt;
use super::twinctl::{ENVIRONMENT, Outcome, Twinctl, write};
use crate::command::{program, read};

/// The project. No other twin has this name, so a run changes none.
pub(super) const PROJECT: &str = "twinctl-check";

/// The folder of the twin, within the folder of the run. `ci setup` writes the workflows beside it.
pub(super) const TWIN: &str = "twin";

#[derive(Debug)]
pub(super) struct Context {
    pub(super) twinctl: Twinctl,
    pub(super) aws: ByHand,
    pub(super) findings: Findings,
    pub(super) interrupt: Interrupt,
    pub(super) target: Target,
    pub(super) settings: Settings,
    /// The address that the last deployment printed.
    pub(super) url: String,
}

/// Where and how to run.
#[derive(Debug)]
pub(super) struct Options {
    /// The folder of the run.
    pub(super) folder: PathBuf,
    pub(super) region: String,
    /// Environment variables of twinctl.
    pub(super) environment: Vec<(String, String)>,
    /// The binary of the function. Without it, twinctl builds the function.
    pub(super) function: Option<PathBuf>,
    pub(super) domain: Option<String>,
    /// The emulator's endpoint.
    pub(super) emulator: Option<String>,
}

/// The account, and what the user chose.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) domain: Option<String>,
    /// The emulator's endpoint.
    pub(super) emulator: Option<String>,
    /// Whether the credentials belong to the account's root user, which cannot assume roles.
    pub(super) is_root: bool,
}

/// The settings that the steps change.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) timeout_s: u8,
    pub(super) bedrock: bool,
    pub(super) domain: bool,
    pub(super) page: &'static str,
    pub(super) email: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        Self { timeout_s: 29, bedrock: false, domain: false, page: "First", email: "first@example.com" }
    }
}

impl Target {
    pub(super) fn is_emulated(&self) -> bool {
        self.emulator.is_some()
    }

    /// Returns the name of a bucket: `memory`, `data` or `frontend`.
    pub(super) fn bucket(&self, kind: &str) -> String {
        format!("{PROJECT}-{ENVIRONMENT}-{kind}-{}", self.account)
    }

    pub(super) fn role_arn(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:role/{name}", self.account)
    }
}

/// Returns the name of a resource, such as `twinctl-check-acceptance-api`.
pub(super) fn name(kind: &str) -> String {
    format!("{PROJECT}-{ENVIRONMENT}-{kind}")
}

impl Context {
    /// Finds out the account with a call that costs nothing.
    pub(super) fn new(options: Options) -> Result<Self> {
        let Options { folder, region, environment, function, domain, emulator } = options;
        let mut aws = ByHand::start(&environment, &region)?;
        let caller = aws.call("sts", "get_caller_identity", json!({}))?;
        let (account, arn) = (text(&caller["Account"]), text(&caller["Arn"]));
        let mut findings = Findings::default();
        let profile = environment.iter().find(|(name, _)| name == "AWS_PROFILE").map(|(_, value)| value);
        let private = [Some(&account), Some(&arn), domain.as_ref(), profile];
        for private in private.into_iter().flatten().chain(&names_of_machine()) {
            findings.redactor.add_private(private);
        }
        let folder = folder.join(TWIN);
        fs::create_dir_all(&folder).with_context(|| format!("failed to create {}", folder.display()))?;
        // The emulator's root user can assume roles.
        let is_root = emulator.is_none() && arn.ends_with(":root");
        let function =
            function.map(|binary| vec!["--lambda-binary".to_owned(), binary.display().to_string()]);
        let interrupt = Interrupt::listen()?;
        let twinctl = Twinctl {
            program: workspace::target().join("debug/twinctl"),
            folder,
            environment,
            function: function.unwrap_or_default(),
            interrupt: interrupt.clone(),
        };
        Ok(Self {
            twinctl,
            aws,
            findings,
            interrupt,
            target: Target { account, region, domain, emulator, is_root },
            settings: Settings::default(),
            url: String::new(),
        })
    }

    /// Writes the files of the twin.
    pub(super) fn write_files(&self) -> Result<()> {
        let folder = &self.twinctl.folder;
        write(folder, &format!("environments/{ENVIRONMENT}.yaml"), &self.settings.yaml(&self.target))?;
        let page = self.settings.page;
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<title>Acceptance</title>\n<p>{page} page.</p>\n</html>\n"
        );
        write(folder, "web/index.html", &page)?;
        let facts = json!({ "full_name": "Odile Tarn", "name": "Odile", "email": self.settings.email });
        write(folder, "data/facts.json", &facts.to_string())
    }

    /// Deploys the settings. Fails if the deployment does.
    pub(super) fn deploy(&mut self) -> Result<Outcome> {
        self.write_files()?;
        let outcome = self.twinctl.deploy()?;
        self.note_address(&outcome);
        Ok(outcome)
    }

    /// Keeps the address of a deployment, and makes it private.
    pub(super) fn note_address(&mut self, outcome: &Outcome) {
        self.url = text(&outcome.object("done")["url"]);
        self.findings.redactor.add_private(self.url.trim_start_matches("https://"));
    }

    /// Changes the settings of the function, so that the next deployment publishes a version.
    pub(super) fn change_function(&mut self) {
        self.settings.timeout_s = if self.settings.timeout_s == 29 { 28 } else { 29 };
    }

    /// Asks the twin, in a conversation if there is one. Returns the outcome, the answer and the conversation's ID.
    pub(super) fn chat(
        &mut self,
        question: &str,
        session: Option<&str>,
    ) -> Result<(Outcome, String, String)> {
        let more = session.map_or_else(Vec::new, |session| vec!["--session", session]);
        let outcome = self.twinctl.run(&[&["chat", ENVIRONMENT], &more[..], &[question]].concat())?;
        let reply = outcome.object("reply");
        let (answer, session) = (text(&reply["response"]), text(&reply["session_id"]));
        if !session.is_empty() {
            self.findings.redactor.add_private(&session);
        }
        Ok((outcome, answer, session))
    }

    /// Asks for the email address until the answer contains the expected one. Returns how long it took.
    pub(super) fn wait_for_answer(&mut self, email: &str, limit: Duration) -> Result<Option<Duration>> {
        let started = Instant::now();
        loop {
            if self.chat("What is your email?", None)?.1.contains(email) {
                return Ok(Some(started.elapsed()));
            }
            if started.elapsed() > limit {
                return Ok(None);
            }
            self.interrupt.pause(Duration::from_secs(3))?;
        }
    }

    /// Requests the page until it contains a text. Returns how long it took.
    pub(super) fn wait_for_page(&mut self, content: &str, limit: Duration) -> Result<Option<Duration>> {
        let host = self.url.trim_start_matches("https://").to_owned();
        // The emulator finds the distribution by the Host header.
        let (url, headers) = match &self.target.emulator {
            Some(endpoint) => (endpoint.clone(), json!({ "Host": host, "X-Forwarded-Proto": "https" })),
            None => (self.url.clone(), json!({})),
        };
        let started = Instant::now();
        loop {
            // The first visits may fail.
            let visited = self.aws.visit(&format!("{url}/"), &headers);
            if visited.is_ok_and(|text| text.contains(content)) {
                return Ok(Some(started.elapsed()));
            }
            if started.elapsed() > limit {
                return Ok(None);
            }
            self.interrupt.pause(Duration::from_secs(1))?;
        }
    }

    /// Records an assumption whose situation may not occur, if it did not occur.
    pub(super) fn record_if_seen(&mut self, assumption: Assumption, seen: &[String]) {
        if seen.is_empty() {
            if !self.target.is_emulated() {
                self.findings.not_tested(assumption, "AWS returned no such error in this run");
            }
            return;
        }
        let evidence = format!("{} times, and the deployment succeeded: {}", seen.len(), seen[0]);
        self.findings.record(assumption, true, &evidence);
    }

    /// Returns the ID of the API.
    pub(super) fn api(&mut self) -> Result<String> {
        let apis = self.aws.call("apigatewayv2", "get_apis", json!({}))?;
        let mut apis = apis["Items"].as_array().into_iter().flatten();
        let api = apis.find(|api| api["Name"] == name("api-gateway")).context("the API is not listed")?;
        let id = text(&api["ApiId"]);
        self.findings.redactor.add_private(&id);
        Ok(id)
    }

    /// Returns the configuration of the distribution: its ID, its version tag and the settings.
    pub(super) fn distribution(&mut self) -> Result<(String, String, Value)> {
        let outputs = self.twinctl.succeed(&["outputs", ENVIRONMENT, "--all"])?;
        let id = text(&outputs.object("outputs")["distribution_id"]);
        self.findings.redactor.add_private(&id);
        let mut found = self.aws.call("cloudfront", "get_distribution_config", json!({ "Id": id }))?;
        Ok((id, text(&found["ETag"]), found["DistributionConfig"].take()))
    }

    /// Changes the configuration of the distribution by hand.
    pub(super) fn change_distribution(&mut self, change: impl FnOnce(&mut Value)) -> Result<()> {
        let (id, etag, mut config) = self.distribution()?;
        change(&mut config);
        let update = json!({ "Id": id, "IfMatch": etag, "DistributionConfig": config });
        self.aws.call("cloudfront", "update_distribution", update).map(drop)
    }
}

impl Settings {
    fn yaml(&self, target: &Target) -> String {
        let Target { account, region, domain, .. } = target;
        let model = if self.bedrock {
            "{ source: bedrock, id: \"amazon.nova-micro-v1:0\" }"
        } else {
            "{ source: builtin }"
        };
        let domain = domain.as_ref().filter(|_| self.domain);
        let domain = domain.map(|domain| format!("domain: {domain}\n")).unwrap_or_default();
        format!(
            "project: {PROJECT}\nenvironment: {ENVIRONMENT}\nregion: {region}\naccount: \"{account}\"\nmodel: {model}\n\
             lambda: {{ timeout_s: {}, log_retention_days: 1 }}\nmemory: {{ expire_after_days: 30 }}\n\
             web: {{ bundle: web }}\n{domain}",
            self.timeout_s
        )
    }
}

/// Lists items for evidence.
pub(super) fn list(items: &[impl AsRef<str>]) -> String {
    let items: Vec<_> = items.iter().map(AsRef::as_ref).collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

/// Returns the evidence of a wait: how long it took, or `without` if it timed out.
pub(super) fn waited(took: Option<Duration>, without: &str) -> String {
    took.map_or(without.to_owned(), |took| format!("after {:.1} s", took.as_secs_f64()))
}

/// The names of this user and this machine, which errors may contain.
fn names_of_machine() -> Vec<String> {
    let name = |command: &str, argument| read(&mut program(command, &[argument])).unwrap_or_default();
    vec![name("id", "-un"), name("uname", "-n")]
}
