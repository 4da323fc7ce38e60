//! A twin in an AWS account.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use reconcile::{Action, Engine, Event, Fault, Handle, Plan};
use serde_json::{Map, Value, json};

use super::{Opened, Target};
use crate::{
    aws::{self, Cloud, Login, model},
    bundle::{
        Architecture, Wanted,
        lambda::{self, Options},
        persona::FACTS,
        web::introduced,
    },
    cli::{Code, Global},
    clock,
    diagnostic::Diagnostic,
    exit::Exit,
    front::Front,
    lock::{self, Former, Found, Register, Release, Table},
    logs::{Asked, cloud_logs},
    names::Names,
    owed::{self, Owed},
    page,
    preflight::{self, Finding, Weight},
    resources::{
        DistributionOutput, FunctionOutput, HttpApiOutput, count_objects, download, move_back, object,
        remove_old_versions,
    },
    spec::{self, Dns, Environment},
    stack::{self, DATA_NODES, DOMAIN_NODES, DomainNodes, Given, Page, Sources, Stack},
    surroundings,
    ui::Ui,
};

/// Where the function notes what it could not answer: no conversations.
const QUESTIONS: &str = "questions/";

/// An environment in an account and region.
#[derive(Debug)]
pub(crate) struct Aws {
    /// There was a release.
    deployed: bool,
    names: Names,
    cloud: Arc<Cloud>,
    function: Handle<FunctionOutput>,
    api: Handle<HttpApiOutput>,
    distribution: Handle<DistributionOutput>,
    domain: Option<DomainNodes>,
}

/// How to get in, as the environment and the command line say.
pub(crate) fn login(global: &Global, environment: &Environment) -> Login {
    Login {
        profile: environment.profile.as_ref().map(ToString::to_string),
        region: environment.region.to_string(),
        assume_role: environment.assume_role.as_ref().map(ToString::to_string),
        endpoint_url: global.endpoint_url.clone(),
    }
}

fn table(config: &aws_config::SdkConfig, environment: &Environment) -> Register {
    let client = aws_sdk_dynamodb::Client::new(config);
    let wanted = environment.domain.as_ref().filter(|domain| !domain.leaving);
    let table = Table::new(client, environment.project.as_str(), environment.name.as_str());
    Register::Table(table.with_domain(wanted.map(Into::into)))
}

impl Target for Aws {
    type Cloud = Cloud;
    type Sources = Sources;

    const DATA_NODES: [&'static str; 2] = DATA_NODES;
    const ASKS: bool = true;

    /// Three calls, one round trip.
    async fn open(global: &Global, environment: &Environment, ui: &Ui) -> Result<Opened<Self>, Diagnostic> {
        let login = login(global, environment);
        let config = aws::configuration(&login).await;
        let register = table(&config, environment);
        let model_id = environment.model.full_id(&environment.region);
        let bedrock = aws_sdk_bedrock::Client::new(&config);
        let (caller, seen, profile) = tokio::join!(aws::identity(&config), register.read(), async {
            match &model_id {
                Some(id) => model::ask(&bedrock, id).await,
                None => None,
            }
        });
        let caller = caller?;
        warn_of_root(&caller, ui);
        check_account(environment, &caller)?;
        let seen =
            seen.map_err(|fault| Diagnostic::fault("the environment's record could not be read", &fault))?;
        let names = Names::new(environment, &caller.account);
        let cloud = Arc::new(Cloud::new(&config, &login, caller.account, ui.observer()));
        let sources = Arc::new(OnceLock::new());
        let release = clock::unique_id();
        let birth = seen.as_ref().map_or_else(lock::Birth::new, |record| record.birth.clone());
        let given = Given {
            model_arns: model_id
                .map(|id| model::arns(&names.region, &names.account, &id, profile).arns)
                .unwrap_or_default(),
            names: names.clone(),
            endpoint_url: global.endpoint_url.clone(),
            birth: birth.clone(),
            release: release.clone(),
            last_release: seen.as_ref().and_then(|record| record.releases.first()).cloned(),
            domains: seen.as_ref().map(|record| record.domains.clone()).unwrap_or_default(),
            sources: Arc::clone(&sources),
        };
        let Stack { graph, function, api, distribution, domain } = stack::stack(environment, &given);
        let deployed = given.last_release.is_some();
        let target = Self { deployed, names, cloud: Arc::clone(&cloud), function, api, distribution, domain };
        Ok(Opened { target, register, seen, birth, release, cloud, graph, sources })
    }

    async fn register(global: &Global, environment: &Environment) -> Result<Register, Diagnostic> {
        Ok(table(&aws::configuration(&login(global, environment)).await, environment))
    }

    async fn logs(
        global: &Global,
        environment: &Environment,
        asked: Asked,
        ui: &Ui,
    ) -> Result<(), Diagnostic> {
        let login = login(global, environment);
        let config = aws::configuration(&login).await;
        let caller = aws::identity(&config).await?;
        check_account(environment, &caller)?;
        let names = Names::new(environment, &caller.account);
        let cloud = Cloud::new(&config, &login, caller.account, ui.observer());
        cloud_logs(&cloud, &names.log_group, asked, environment.name.as_str(), ui).await
    }

    /// The zip and the page, both at once.
    async fn sources(
        global: &Global,
        code: &Code,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Sources, Diagnostic> {
        let options = Options {
            architecture: match environment.lambda.architecture {
                spec::Architecture::Auto => Wanted::Auto,
                spec::Architecture::Arm64 => Wanted::Only(Architecture::Arm64),
                spec::Architecture::X86_64 => Wanted::Only(Architecture::X86_64),
            },
            lambda_zip: code.lambda_zip.clone(),
            lambda_binary: code.lambda_binary.clone(),
            folder: std::path::absolute(&global.environments).unwrap_or_else(|_| Path::new(".").to_owned()),
        };
        let observer = ui.observer();
        let on_line =
            |line: &str| observer.on(Event::Progress { node: "build", text: line.trim().to_owned() });
        let zip = async { Ok(lambda::lambda(&options, &on_line).await?) };
        let (zip, web) = tokio::try_join!(zip, page::load(environment, ui))?;
        Ok(Sources { code: Some(Arc::new(zip)), web: Some(Arc::new(web)) })
    }

    /// Before the first release there is nothing to ask for.
    async fn facts_there(&self) -> Result<Option<Value>, Fault> {
        if !self.deployed {
            return Ok(None);
        }
        let read = |key| object(&self.cloud, &self.names.data_bucket, key);
        let [first, second, third] = FACTS;
        let (first, second, third) = tokio::try_join!(read(first), read(second), read(third))?;
        Ok([first, second, third]
            .into_iter()
            .flatten()
            .next()
            .and_then(|facts| serde_json::from_slice(&facts).ok()))
    }

    fn introduced(sources: Sources, environment: &Environment, facts: Option<Value>) -> Sources {
        let web = sources.web.map(|web| Arc::new(introduced(&web, &environment.web, facts.as_ref())));
        Sources { web, ..sources }
    }

    fn hashes(sources: &Sources) -> (String, String) {
        sources.hashes()
    }

    fn page(sources: &Sources) -> Page {
        sources.web.as_ref().map(|web| Page::of(web)).unwrap_or_default()
    }

    fn whereabouts(&self, environment: &Environment) -> String {
        format!("{} · account {}", environment.region, self.names.account)
    }

    fn front(&self, engine: &Engine<Cloud>) -> Option<Front> {
        let distribution = engine.output(self.distribution)?;
        let domain = self.domain.and_then(|domain| engine.output(domain.names)?);
        let name = domain.filter(|domain| domain.live).map(|domain| domain.name);
        Some(Front::at_domain(distribution.domain, name, self.cloud.endpoint_url.clone()))
    }

    fn release(&self, engine: &Engine<Cloud>, page: Page, id: String) -> Release {
        let function = engine.output(self.function);
        Release {
            id,
            at: clock::now(),
            by: surroundings::user(),
            version: function.map(|function| function.version).unwrap_or_default(),
            code_sha256: String::new(),
            web_sha256: String::new(),
            page,
            found: Found {
                api: engine.output(self.api).map(|api| api.id),
                distribution: engine.output(self.distribution).map(|distribution| distribution.id),
            },
        }
    }

    async fn move_back(&self, version: &str) -> Result<bool, Fault> {
        move_back(&self.cloud, &self.names.function, version).await.map(|()| true)
    }

    async fn clear(&self, engine: &Engine<Cloud>, remembered: &[Release]) {
        let Some(function) = engine.output(self.function) else { return };
        let needed = remembered.iter().filter_map(|release| release.version.parse().ok()).collect();
        remove_old_versions(&self.cloud, &self.names.function, &function, &needed).await;
    }

    async fn preflight(&self, environment: &Environment, plan: &Plan, ui: &Ui) -> Result<(), Diagnostic> {
        let Some(domain) = &environment.domain else { return Ok(()) };
        let changes = |node: &&str| {
            !matches!(plan.action(node), None | Some(Action::Keep | Action::Absent | Action::Leave(_)))
        };
        if !DOMAIN_NODES.iter().any(changes) {
            return Ok(());
        }
        let findings = preflight::ask(&self.cloud, domain, &self.names.marker).await;
        let findings = findings
            .map_err(|fault| Diagnostic::fault("the domain could not be looked at beforehand", &fault))?;
        if let Some(diagnostic) = Finding::diagnostic(&findings) {
            return Err(diagnostic);
        }
        for Finding { weight, sentence, next } in findings {
            match weight {
                Weight::Skipped => ui.say(&sentence),
                Weight::Stops | Weight::Warns => ui.warn(&format!("{sentence}; {next}")),
            }
        }
        Ok(())
    }

    /// While a new certificate waits for its owner, visitors come by the old names.
    fn former(&self, engine: &Engine<Cloud>) -> Former {
        let certificate = self.domain.and_then(|domain| engine.output(domain.certificate?));
        if certificate.is_some_and(|certificate| !certificate.issued) {
            Former::Remembered
        } else {
            Former::Forgotten
        }
    }

    async fn owed(&self, environment: &Environment, engine: &Engine<Cloud>) -> Vec<Owed> {
        let Some(domain) = environment.domain.as_ref().filter(|domain| domain.dns == Dns::Manual) else {
            return Vec::new();
        };
        let certificate = self.domain.and_then(|domain| engine.output(domain.certificate?));
        let host = engine.output(self.distribution).map(|distribution| distribution.domain);
        owed::owed(self.cloud.dns.as_ref(), &domain.names(), certificate.as_ref(), host.as_deref()).await
    }

    fn notes(&self, engine: &Engine<Cloud>, last: Option<&Release>) -> Vec<String> {
        let newest = engine.output(self.function).map(|function| function.version);
        let refused = newest.filter(|newest| last.is_some_and(|last| last.version != *newest));
        let told = |newest| {
            format!(
                "version {newest} was never released: it was refused, its deploy was cut short, or it was made by hand"
            )
        };
        refused.map(told).into_iter().collect()
    }

    fn facts(&self, _: &Environment, _: &Engine<Cloud>) -> Map<String, Value> {
        let facts = [("account", &self.names.account), ("region", &self.names.region)];
        facts.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
    }

    fn outputs(&self, environment: &Environment, engine: &Engine<Cloud>) -> Vec<(&'static str, String)> {
        let names = &self.names;
        let distribution = engine.output(self.distribution);
        let api = engine.output(self.api);
        let pairs = [
            ("account", Some(names.account.clone())),
            ("region", Some(environment.region.to_string())),
            ("distribution_id", distribution.map(|distribution| distribution.id)),
            ("api_id", api.as_ref().map(|api| api.id.clone())),
            ("api_endpoint", api.map(|api| api.endpoint)),
            ("function", Some(names.function.clone())),
            ("web_bucket", Some(names.web_bucket.clone())),
            ("memory_bucket", Some(names.memory_bucket.clone())),
            ("data_bucket", Some(names.data_bucket.clone())),
            ("log_group", Some(names.log_group.clone())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    async fn count(&self) -> Result<[u64; 2], Diagnostic> {
        let count = async |node: &str, bucket: &str, ignore: Option<&str>| {
            let counted = count_objects(&self.cloud, bucket, ignore).await;
            counted
                .map_err(|fault| Diagnostic::fault(&format!("the {node} could not be looked into"), &fault))
        };
        let [memory, data] = DATA_NODES;
        let (conversations, files) = tokio::try_join!(
            count(memory, &self.names.memory_bucket, Some(QUESTIONS)),
            count(data, &self.names.data_bucket, None)
        )?;
        Ok([conversations, files])
    }

    async fn back_up(&self, plan: &Plan, folder: &Path, ui: &Ui) -> Result<(), Diagnostic> {
        let [memory, data] = DATA_NODES;
        for (node, bucket, within) in
            [(memory, &self.names.memory_bucket, "memory"), (data, &self.names.data_bucket, "data")]
        {
            if matches!(plan.action(node), None | Some(Action::Absent)) {
                continue;
            }
            let folder = folder.join(within);
            let told = |done, of| self.cloud.progress(node, format!("saved {done} of {of} files"));
            let saved = download(&self.cloud, bucket, &folder, told).await;
            let saved = saved.map_err(|error| {
                let message = format!("the {node} could not be saved, and nothing was destroyed");
                Diagnostic::unexpected(&message, &error)
            })?;
            ui.say(&format!("saved {} files of the {node} in {}", saved.files, folder.display()));
        }
        Ok(())
    }
}

fn warn_of_root(caller: &aws::Caller, ui: &Ui) {
    if caller.arn.ends_with(":root") {
        ui.warn("these are the credentials of the account's root user; make a role or user with fewer rights (docs/prerequisites.md)");
    }
}

/// Whoever we are has to be in the account that the file names.
fn check_account(environment: &Environment, caller: &aws::Caller) -> Result<(), Diagnostic> {
    match &environment.account {
        Some(wanted) if wanted.as_str() != caller.account => {
            let message =
                format!("these credentials are for the account {}, and nothing was touched", caller.account);
            Err(Diagnostic::new(Exit::Access, message)
                .cause(format!("`{}` belongs to the account {wanted}, as its file says", environment.name))
                .hint("choose other credentials with `--profile NAME`, or mend `account:` in the file"))
        }
        _ => Ok(()),
    }
}
