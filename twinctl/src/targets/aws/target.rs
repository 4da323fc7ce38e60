//! The `Target` implementation for AWS.
//! Long because it implements one trait.

mod adoption;
mod eject;
mod expiry;
mod login;
mod permissions;
mod releases;
mod reports;
mod stored_data;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};

use contract::block;
use jiff::{SignedDuration, Timestamp};
use login::{boundary, ci_note, connect, lock_table, lock_table_without_run};
use reconcile::{Action, Engine, Event, Fault, Handle, Plan, Planned};
use releases::{domains, model_arns, origin, profile, restored, setup};
use serde_json::Value;

use crate::{
    artifacts::{
        Code, api_rewrite,
        data::{DesiredFiles, StoredFiles},
        lambda,
        web::{PageSettings, with_page_config},
    },
    spec::{Environment, Options},
    system::clock,
    targets::{
        Access, Aim, Builds, Deployed, Opened, Part, Releases, RolledBack, TargetGraph,
        aws::{
            self, BucketPauseMark, BucketStore, Cloud, CloudKeyStore, Labels, cloud_logs, cloud_turns,
            former_page::FormerPage,
            model::{self, Lookup},
            names::{Names, STREAM_STAGE},
            preflight,
            resources::{
                DATA_FILES, DistributionOutput, FunctionOutput, HttpApiOutput, LiveOutput, StreamApiOutput,
                answers_streams, move_alias, remove_old_versions, remove_weights, sends_everywhere,
            },
            stack::{
                self, AwsSetup, DATA_NODES, DISTRIBUTION, DOMAIN_NODES, DomainNodes, Nodes, OwnCanary,
                Restored, Sources, Stack, StackContext,
            },
        },
        record::{
            self, Expiry, FormerDomains, KeptReleases, KnownDomain, KnownIds, OriginSecret, OriginSecrets,
            Record, Register, WriteGate,
        },
    },
    twin::{
        blocks::BlockList,
        endpoint::Endpoint,
        logs::{LogQuery, Source, TurnLog},
        pause::PauseMark,
        question::Report,
        secret::KeyStore,
        store::Store,
        stream_check::StreamAddress,
    },
    ui::{Diagnostic, Ui},
};

pub(crate) use login::{check_account, read_object};
pub(crate) use permissions::{assigned_ids, required_permissions};

/// An environment in an account and region.
#[derive(Debug)]
pub(crate) struct Aws {
    /// Whether there is a release.
    deployed: bool,
    is_root: bool,
    credential_expiry: Option<Timestamp>,
    names: Names,
    origin: OriginSecrets,
    kept: KeptReleases,
    /// The Bedrock model and its inference profile, if the twin uses one.
    model: Option<(String, Lookup)>,
    /// The settings that a release records, as far as the environment file or a rollback determines them.
    setup: AwsSetup,
    /// Notes about the rollback that this run makes.
    rollback_notes: Vec<String>,
    cloud: Arc<Cloud>,
    nodes: Option<Nodes>,
    files: Option<Handle<Arc<StoredFiles>>>,
    /// The domains that the graph includes.
    domains: BTreeSet<KnownDomain>,
    canary: OwnCanary,
    /// The note about a permission that the caller lacks, if the caller is a role of `ci setup`.
    ci_note: Option<String>,
}

impl Aws {
    /// Returns the output of a node, if it is known.
    fn output<T: Clone + 'static>(&self, engine: &Engine<Cloud>, node: fn(Nodes) -> Handle<T>) -> Option<T> {
        engine.output(node(self.nodes?))
    }

    fn function(&self, engine: &Engine<Cloud>) -> Option<FunctionOutput> {
        self.output(engine, |nodes| nodes.function)
    }

    fn api(&self, engine: &Engine<Cloud>) -> Option<HttpApiOutput> {
        self.output(engine, |nodes| nodes.api)
    }

    fn stream_api(&self, engine: &Engine<Cloud>) -> Option<StreamApiOutput> {
        self.nodes?.stream_api.and_then(|node| engine.output(node)?)
    }

    fn distribution(&self, engine: &Engine<Cloud>) -> Option<DistributionOutput> {
        self.output(engine, |nodes| nodes.distribution)
    }

    /// Returns the page of another tool that a first deploy takes over.
    async fn former_page(&self, plan: &Plan) -> Result<Option<FormerPage>, Fault> {
        let is_new = matches!(plan.action(DISTRIBUTION), None | Some(Action::Create | Action::Absent));
        if self.deployed || is_new {
            return Ok(None);
        }
        FormerPage::find(&self.cloud, &self.names).await
    }

    fn live(&self, engine: &Engine<Cloud>) -> Option<LiveOutput> {
        self.output(engine, |nodes| nodes.live)
    }

    fn domain(&self) -> Option<DomainNodes> {
        self.nodes?.domain
    }

    /// Returns the custom hostname that visitors use, if it serves.
    fn hostname(&self, engine: &Engine<Cloud>) -> Option<String> {
        let Some(domain) = self.domain() else { return self.setup.hostname.clone() };
        engine.output(domain.names)?.filter(|domain| domain.live).map(|domain| domain.name)
    }

    fn check_model(&self) -> Result<(), Diagnostic> {
        self.model.as_ref().map_or(Ok(()), |(id, lookup)| model::check(lookup, id, &self.names.region))
    }
}

impl TargetGraph for Aws {
    type Cloud = Cloud;
    type Sources = Sources;
    const DATA_NODES: [&'static str; 2] = DATA_NODES;
    const ASKS_FOR_CONFIRMATION: bool = true;
    const DATA_FILES_NODE: &'static str = DATA_FILES;
    const USES_SAMPLE_PERSONA: bool = false;
    const RELOAD_TIME: &'static str = "minute";

    fn changes_page(planned: &Planned) -> bool {
        planned.node == "site" && !planned.changes.is_empty()
    }

    /// Reads the identity, the record and the inference profile concurrently.
    async fn open(
        options: &Options,
        environment: &Environment,
        aim: Aim,
        part: Part<'_>,
        gate: &Arc<WriteGate>,
        ui: &Ui,
    ) -> Result<Opened<Self>, Diagnostic> {
        let login = aws::login(options, environment);
        let config = aws::configuration(&login, ui.call_log()).await;
        let register = lock_table(&config, environment, (aim, part));
        let model_id = environment.model.full_id(&environment.region).filter(|_| part != Part::Data);
        let profile = profile(&config, model_id);
        let (caller, seen, model) = tokio::join!(aws::identity(&config), register.read(), profile);
        let caller = caller?;
        check_account(environment, &caller)?;
        let seen =
            seen.map_err(|fault| Diagnostic::fault("could not read the environment's record", &fault))?;
        let names = Names::new(environment, &caller.account);
        let (boundary, ci_note) = (boundary(&names, &caller), ci_note(&names, &caller));
        let restored = restored(part, seen.as_ref(), environment, aws_sdk_lambda::Client::new(&config))?;
        let cloud = Arc::new(Cloud::new(&aws::gated(config, gate), &login, caller.account, ui.observer()));
        let release = clock::unique_id();
        let birth = seen.as_ref().map_or_else(record::Birth::new, |record| record.birth.clone());
        let origin = origin(&birth, seen.as_ref());
        let context = StackContext {
            model_arns: model_arns(&names, model.as_ref()),
            aim,
            names: names.clone(),
            boundary,
            endpoint_url: options.endpoint_url.clone(),
            birth: birth.clone(),
            origin: origin.clone(),
            release: release.clone(),
            last_release: seen.as_ref().and_then(|record| record.releases.first()).cloned(),
            kept: KeptReleases::of(seen.as_ref().map_or(&[], |record| &record.releases)),
            restored,
            domains: seen.as_ref().map(|record| record.domains.clone()).unwrap_or_default(),
            features: seen.as_ref().map(|record| record.features.clone()).unwrap_or_default(),
            canary: OwnCanary::default(),
            has_adopted: seen.as_ref().is_some_and(|record| !record.adopted.is_empty()),
            sources: Arc::default(),
        };
        let Stack { graph, nodes, files, .. } = stack::stack(environment, &context, part);
        let target = Self {
            deployed: context.last_release.is_some(),
            is_root: caller.arn.ends_with(":root"),
            ci_note,
            credential_expiry: aws::credential_expiry(&login),
            names,
            origin,
            kept: context.kept.clone(),
            setup: setup(environment, &context),
            rollback_notes: context.restored.as_ref().map(Restored::notes).unwrap_or_default(),
            model,
            cloud: Arc::clone(&cloud),
            nodes,
            files,
            domains: domains(environment, &context),
            canary: context.canary,
        };
        Ok(Opened { target, register, seen, birth, release, cloud, graph, sources: context.sources })
    }

    fn location(&self, environment: &Environment) -> String {
        format!("{} · account {}", environment.region, self.names.account)
    }

    fn credential_expiry(&self) -> Option<Timestamp> {
        self.credential_expiry
    }

    fn credentials_warning(&self) -> Option<&'static str> {
        self.is_root.then_some(
            "these are the credentials of the account's root user; create a role or user with fewer permissions (docs/prerequisites.md)",
        )
    }

    fn denied_hint(&self) -> Option<&str> {
        self.ci_note.as_deref()
    }

    /// A run that works only on the data files deletes nothing else.
    fn includes_all_of(&self, record: &Record) -> bool {
        let includes = |nodes: Nodes| {
            record.domains.is_subset(&self.domains)
                && record.features.iter().all(|feature| nodes.include(*feature))
        };
        self.nodes.is_none_or(includes)
    }

    async fn preflight(&self, environment: &Environment, plan: &Plan, ui: &Ui) -> Result<(), Diagnostic> {
        self.check_model()?;
        let page = self.former_page(plan).await;
        let page = page.map_err(|fault| Diagnostic::fault("could not read the existing page", &fault))?;
        if let Some(page) = page {
            page.check(environment.domain.as_ref())?;
        }
        let Some(domain) = &environment.domain else { return Ok(()) };
        let changes = |node: &&str| {
            !matches!(plan.action(node), None | Some(Action::Keep | Action::Absent | Action::Leave(_)))
        };
        if !DOMAIN_NODES.iter().any(changes) {
            return Ok(());
        }
        preflight::run(&self.cloud, domain, &self.names, ui).await
    }
}

impl Access for Aws {
    async fn register(options: &Options, environment: &Environment, ui: &Ui) -> Result<Register, Diagnostic> {
        let config = aws::configuration(&aws::login(options, environment), ui.call_log()).await;
        Ok(lock_table_without_run(&config, environment))
    }

    async fn expiries(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<BTreeMap<String, Expiry>, Diagnostic> {
        let config = aws::configuration(&aws::login(options, environment), ui.call_log()).await;
        check_account(environment, &aws::identity(&config).await?)?;
        let client = aws_sdk_dynamodb::Client::new(&config);
        let expiries = aws::LockTable::expiries(&client, environment.project.as_str()).await;
        expiries.map_err(|fault| Diagnostic::fault("could not read the records of the environments", &fault))
    }

    async fn logs(
        options: &Options,
        environment: &Environment,
        query: LogQuery,
        ui: &Ui,
    ) -> Result<(), Diagnostic> {
        let (cloud, names) = connect(options, environment, ui).await?;
        let access = names.access_log_group();
        // Before the first deployment with this version, API Gateway writes to the function's group.
        let groups: &[&str] = match query.source {
            Source::Twin => &[&names.log_group],
            Source::Requests => &[&access, &names.log_group],
        };
        cloud_logs(&cloud, groups, query, environment.name.as_str(), ui).await
    }

    async fn turns(
        options: &Options,
        environment: &Environment,
        since: Timestamp,
        ui: &Ui,
    ) -> Result<TurnLog, Diagnostic> {
        let (cloud, names) = connect(options, environment, ui).await?;
        let turns = cloud_turns(&cloud, &names.log_group, since, environment.name.as_str()).await?;
        let kept = SignedDuration::from_hours(24 * i64::from(environment.lambda.log_retention_days));
        Ok(TurnLog { kept_since: Some(clock::now() - kept), ..turns })
    }

    async fn memory(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Box<dyn Store>, Diagnostic> {
        let (cloud, names) = connect(options, environment, ui).await?;
        let expires = environment.memory.expire_after_days.is_some();
        Ok(Box::new(BucketStore { cloud, name: names.memory_bucket, expires }))
    }

    async fn block_list(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<BlockList, Diagnostic> {
        let (cloud, names) = connect(options, environment, ui).await?;
        let store = Box::new(BucketStore { cloud, name: names.data_bucket, expires: false });
        Ok(BlockList { store, key: block::LIST.to_owned() })
    }

    async fn pause_mark(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Box<dyn PauseMark>, Diagnostic> {
        let (cloud, names) = connect(options, environment, ui).await?;
        Ok(Box::new(BucketPauseMark { cloud, names }))
    }

    async fn key_store(
        options: &Options,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Box<dyn KeyStore>, Diagnostic> {
        let (cloud, names) = connect(options, environment, ui).await?;
        let labels = Labels::new(environment.project.as_str(), environment.name.as_str(), &environment.tags);
        Ok(Box::new(CloudKeyStore { cloud: Arc::new(cloud), names, labels }))
    }
}

impl Builds for Aws {
    /// Builds the zip and loads the page concurrently.
    async fn sources(
        options: &Options,
        code: &Code,
        environment: &Environment,
        ui: &Ui,
    ) -> Result<Sources, Diagnostic> {
        let building = lambda::Options::of(options, code, environment);
        let observer = ui.observer();
        let on_line =
            |line: &str| observer.on(Event::Progress { node: "build", text: line.trim().to_owned() });
        let zip = async { Ok(lambda::lambda(&building, &on_line).await?) };
        let (zip, web) = tokio::try_join!(zip, api_rewrite::load(environment, ui))?;
        Ok(Sources { code: Some(Arc::new(zip)), web: Some(Arc::new(web)), ..Sources::default() })
    }

    fn with_facts(sources: Sources, environment: &Environment, facts: Option<Value>) -> Sources {
        let web = sources.web.map(|web| Arc::new(with_page_config(&web, &environment.web, facts.as_ref())));
        Sources { web, ..sources }
    }

    fn with_data(sources: Sources, data: DesiredFiles) -> Sources {
        Sources { data, ..sources }
    }

    fn hashes(sources: &Sources) -> (String, String) {
        sources.hashes()
    }

    fn page_settings(sources: &Sources) -> PageSettings {
        sources.web.as_ref().map(|web| PageSettings::of(web)).unwrap_or_default()
    }
}

impl Releases for Aws {
    fn question(&self, engine: &Engine<Cloud>) -> Option<Report> {
        self.live(engine)?.question
    }

    fn endpoint(&self, engine: &Engine<Cloud>) -> Option<Endpoint> {
        let host = self.distribution(engine).map(|distribution| distribution.domain);
        let host = host.or_else(|| self.setup.host.clone())?;
        Some(Endpoint::of_distribution(host, self.hostname(engine), self.cloud.endpoint_url.clone()))
    }

    fn stream_address(&self, engine: &Engine<Cloud>) -> Option<StreamAddress> {
        let url = stack::stream_endpoint(&self.api(engine)?, &self.stream_api(engine)?);
        let origin_secret = self.origin.sent().first()?.as_str().to_owned();
        let endpoint = Endpoint::of_api(&url, self.cloud.endpoint_url.clone());
        Some(StreamAddress { endpoint, stage: STREAM_STAGE, origin_secret })
    }

    fn deployed(&self, engine: &Engine<Cloud>) -> Deployed {
        let key = self.nodes.and_then(|nodes| nodes.key);
        let setup = AwsSetup {
            key_arn: key.and_then(|key| engine.output(key)).or_else(|| self.setup.key_arn.clone()),
            host: self.endpoint(engine).map(|endpoint| endpoint.domain),
            hostname: self.hostname(engine),
            ..self.setup.clone()
        };
        Deployed {
            version: self.function(engine).map(|function| function.version).unwrap_or_default(),
            page: self.output(engine, |nodes| nodes.site).unwrap_or_default(),
            found: KnownIds {
                api: self.api(engine).map(|api| api.id),
                stream_api: self.stream_api(engine).map(|api| api.id),
                distribution: self.distribution(engine).map(|distribution| distribution.id),
            },
            setup: serde_json::to_value(setup).unwrap_or_default(),
        }
    }

    /// While CloudFront sends visitors to the stream API, `live` moves only to a version that answers its requests. After the
    /// run has deleted the usage table, it does not move to a version that may need it.
    async fn roll_back(&self, engine: &Engine<Cloud>, version: &str) -> Result<RolledBack, Fault> {
        let (cloud, function) = (&self.cloud, &self.names.function);
        if self.stream_api(engine).is_some() && !answers_streams(&cloud.lambda, function, version).await? {
            return Ok(RolledBack::CannotStream);
        }
        if !self.setup.budget && self.nodes.is_some_and(|nodes| nodes.usage.is_some()) {
            return Ok(RolledBack::CannotCount);
        }
        move_alias(cloud, function, version).await.map(|()| RolledBack::Yes)
    }

    fn is_canary_under_way(&self) -> bool {
        self.canary.under_way.load(Ordering::Relaxed)
    }

    async fn end_canary(&self) -> Result<bool, Fault> {
        let was_under_way = remove_weights(&self.cloud, &self.names.function).await?;
        self.canary.under_way.store(false, Ordering::Relaxed);
        Ok(was_under_way)
    }

    fn drop_former_access(&self) -> bool {
        self.canary.former_access.remove()
    }

    fn canary_summary(&self, engine: &Engine<Cloud>) -> Option<String> {
        self.live(engine)?.canary
    }

    fn take_over(&self, record: &Record) {
        self.origin.update(record.birth.origin_secret.clone(), record.next_origin_secret.clone());
        self.kept.update(&record.releases);
    }

    fn origin_secrets(&self) -> Option<&OriginSecrets> {
        Some(&self.origin)
    }

    async fn sends_everywhere(&self, engine: &Engine<Cloud>, secret: &OriginSecret) -> Result<bool, Fault> {
        let Some(distribution) = self.distribution(engine) else { return Ok(false) };
        sends_everywhere(&self.cloud, &distribution.id, secret).await
    }

    async fn delete_old_versions(&self, engine: &Engine<Cloud>, record: &Record) {
        // The first run may take over a function, whose former version is not recorded yet.
        let Some(function) = self.function(engine).filter(|_| !record.releases.is_empty()) else { return };
        let released = record.releases.iter().filter_map(|release| release.version.parse().ok());
        let needed = released.chain(Self::former_version(record)).collect();
        remove_old_versions(&self.cloud, &self.names.function, &function, &needed).await;
    }

    /// Until a new certificate is issued, the distribution keeps the former hostnames.
    fn former_domains(&self, engine: &Engine<Cloud>) -> FormerDomains {
        let certificate = self.domain().and_then(|domain| engine.output(domain.certificate?));
        if certificate.is_some_and(|certificate| !certificate.issued) {
            FormerDomains::MayExist
        } else {
            FormerDomains::Removed
        }
    }
}
