//! A twin in an AWS account.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use reconcile::{Action, Engine, Event, Fault, Handle, Plan};
use serde_json::{Map, Value, json};

use super::{Opened, Target};
use crate::{
    aws::{self, Cloud, Labels, Login, model},
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
    lock::{self, Found, Register, Release, Table},
    logs::{Asked, cloud_logs},
    memory::QUESTIONS,
    names::Names,
    page,
    resources::{
        Aim, DistributionOutput, FunctionOutput, HttpApiOutput, count_objects, download, move_back, object,
        remove_old_versions, secret::RECOVERY_DAYS,
    },
    secret::{CloudVault, Vault},
    spec::{self, Environment},
    stack::{self, DATA_NODES, Given, OPENAI_KEY, Page, Sources, Stack},
    store::{BucketStore, Store},
    surroundings,
    ui::Ui,
};

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
    Register::Table(Table::new(client, environment.project.as_str(), environment.name.as_str()))
}

impl Target for Aws {
    type Cloud = Cloud;
    type Sources = Sources;

    const DATA_NODES: [&'static str; 2] = DATA_NODES;
    const ASKS: bool = true;

    /// Three calls, one round trip.
    async fn open(
        global: &Global,
        environment: &Environment,
        aim: Aim,
        ui: &Ui,
    ) -> Result<Opened<Self>, Diagnostic> {
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
            aim,
            names: names.clone(),
            endpoint_url: global.endpoint_url.clone(),
            birth: birth.clone(),
            release: release.clone(),
            last_release: seen.as_ref().and_then(|record| record.releases.first()).cloned(),
            sources: Arc::clone(&sources),
        };
        let Stack { graph, function, api, distribution } = stack::stack(environment, &given);
        let deployed = given.last_release.is_some();
        let target = Self { deployed, names, cloud: Arc::clone(&cloud), function, api, distribution };
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
        let (cloud, names) = enter(global, environment, ui).await?;
        cloud_logs(&cloud, &names.log_group, asked, environment.name.as_str(), ui).await
    }

    async fn memory(global: &Global, environment: &Environment, ui: &Ui) -> Result<Store, Diagnostic> {
        let (cloud, names) = enter(global, environment, ui).await?;
        Ok(Store::Bucket(BucketStore { cloud, name: names.memory_bucket }))
    }

    async fn vault(global: &Global, environment: &Environment, ui: &Ui) -> Result<Vault, Diagnostic> {
        let (cloud, names) = enter(global, environment, ui).await?;
        let labels = Labels::new(environment.project.as_str(), environment.name.as_str(), &environment.tags);
        Ok(Vault::Cloud(Box::new(CloudVault { cloud: Arc::new(cloud), names, labels })))
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
        Some(Front::at_domain(distribution.domain, self.cloud.endpoint_url.clone()))
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

    fn obstacle(plan: &Plan, environment: &str) -> Option<Diagnostic> {
        let planned = plan.nodes.iter().find(|planned| planned.node == OPENAI_KEY)?;
        let missing = planned.changes.iter().any(|change| change.field == "key");
        missing.then(|| {
            let message = "nothing was changed, because the key of the model's server is missing";
            Diagnostic::new(Exit::Failed, message)
                .hint(format!("store it with `twinctl secret set {environment} openai`, then deploy again"))
        })
    }

    fn farewell(plan: &Plan) -> Option<String> {
        let goes = matches!(plan.action(OPENAI_KEY), Some(Action::Delete));
        goes.then(|| {
            format!("the key of the model can be brought back for {RECOVERY_DAYS} days: deploy again")
        })
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

/// For whoever needs neither record nor graph.
async fn enter(global: &Global, environment: &Environment, ui: &Ui) -> Result<(Cloud, Names), Diagnostic> {
    let login = login(global, environment);
    let config = aws::configuration(&login).await;
    let caller = aws::identity(&config).await?;
    check_account(environment, &caller)?;
    let names = Names::new(environment, &caller.account);
    Ok((Cloud::new(&config, &login, caller.account, ui.observer()), names))
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
