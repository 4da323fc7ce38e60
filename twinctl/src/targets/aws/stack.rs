//! The picture of the system: from an environment to the graph of its things. Read this first.

mod domain;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use drawing::Drawing;
use reconcile::{Graph, Handle, Inputs};

use crate::{
    artifacts::{
        data::{There, Wanted},
        lambda::LambdaZip,
        settings::settings,
        web::{PageSettings, WebBundle},
    },
    spec::{Environment, Model},
    system::hash,
    targets::{
        Aim, Part,
        aws::{
            Cloud, Labels, Right,
            names::Names,
            resources::{
                AliasOwner, Boundary, Bucket, BucketDesired, DATA_FILES, DataFiles, DataFilesDesired,
                Delivery, DeliveryDesired, DeliveryOutput, Distribution, DistributionDesired,
                DistributionOutput, Function, FunctionAccess, FunctionDesired, FunctionOutput, HttpApi,
                HttpApiDesired, HttpApiOutput, Live, LiveDesired, LogGroup, LogGroupDesired, OriginSecret,
                PolicyOwner, Redirect, Role, RoleDesired, Secret, SecretDesired, Site, SiteDesired,
                WebAccess, WebAccessDesired, function_policy,
            },
        },
        record::{Birth, DomainNote, Found, Release},
    },
    twin::secret::KEY_NODE,
};

mod drawing;

/// How long a version of an object stays after it was replaced or deleted.
const NONCURRENT_DAYS: u32 = 30;

/// What is uploaded. `None` stands for "as it is": looking and destroying need no build and no sources.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub code: Option<Arc<LambdaZip>>,
    pub web: Option<Arc<WebBundle>>,
    pub data: Wanted,
}

impl Sources {
    /// Of the code, as Lambda says it, and of all files of the page.
    pub fn hashes(&self) -> (String, String) {
        let code = self.code.as_ref().map(|zip| zip.sha256_base64.clone()).unwrap_or_default();
        let web = self.web.as_ref().map(|web| web.hash());
        (code, web.unwrap_or_default())
    }
}

/// What the graph is made from, besides the environment.
#[derive(Debug, Clone)]
pub struct Given {
    pub names: Names,
    /// Where everything is reached instead of at AWS, by the function too.
    pub endpoint_url: Option<String>,
    /// Whether the environment is to be there or to go.
    pub aim: Aim,
    /// What the function's role can be given at most.
    pub limit: Boundary,
    /// The models that the function may invoke.
    pub model_arns: Vec<String>,
    pub birth: Birth,
    /// The release that a deploy would make.
    pub release: String,
    /// None before the first one.
    pub last_release: Option<Release>,
    /// The domains that the environment's record knows of.
    pub domains: BTreeSet<DomainNote>,
    /// Filled while AWS is being observed, before anything is planned.
    pub sources: Arc<OnceLock<Sources>>,
}

impl Given {
    fn found(&self) -> Found {
        self.last_release.as_ref().map(|last| last.found.clone()).unwrap_or_default()
    }
}

/// The graph, and the nodes whose outputs the commands ask for.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) graph: Graph<Cloud>,
    /// What whoever deploys has to be allowed.
    pub(crate) rights: Vec<Right>,
    /// None of them where the run is about the owner's files alone.
    pub(crate) nodes: Option<Nodes>,
    /// Where the run is about the owner's files at all.
    pub(crate) files: Option<Handle<Arc<There>>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Nodes {
    pub(crate) function: Handle<FunctionOutput>,
    pub(crate) api: Handle<HttpApiOutput>,
    pub(crate) distribution: Handle<DistributionOutput>,
    /// Where a domain is wanted, or was.
    pub(crate) domain: Option<DomainNodes>,
}

pub use domain::{DOMAIN_NODES, DomainNodes};

/// The nodes that `destroy --keep-data` leaves alone.
pub const DATA_NODES: [&str; 2] = [MEMORY_BUCKET, DATA_BUCKET];
const MEMORY_BUCKET: &str = "memory bucket";
const DATA_BUCKET: &str = "data bucket";
const WEB_BUCKET: &str = "web bucket";

/// All the things of an environment, and which output feeds which.
pub(crate) fn stack(environment: &Environment, given: &Given, part: Part) -> Stack {
    let names = &given.names;
    let mut graph = Drawing::new(names);
    if part == Part::Data {
        let files = persona(&mut graph, given, ());
        return graph.finished(None, Some(files));
    }
    let labels = Labels::new(environment.project.as_str(), environment.name.as_str(), &environment.tags);

    let make = |node, name: &String, policy| {
        let bucket = Bucket::new(node, name, labels.clone(), policy);
        if given.last_release.is_some() { bucket.found_before() } else { bucket }
    };
    let own_policy = |node, name| make(node, name, PolicyOwner::TlsOnly);
    let memory = bucket(
        &mut graph,
        MEMORY_BUCKET,
        own_policy(MEMORY_BUCKET, &names.memory_bucket),
        BucketDesired {
            noncurrent_days: NONCURRENT_DAYS,
            expire_days: environment.memory.expire_after_days.map(u32::from),
        },
    );
    let data = bucket(
        &mut graph,
        DATA_BUCKET,
        own_policy(DATA_BUCKET, &names.data_bucket),
        BucketDesired { noncurrent_days: NONCURRENT_DAYS, expire_days: None },
    );
    let web = make(WEB_BUCKET, &names.web_bucket, PolicyOwner::Elsewhere);
    let web = bucket(
        &mut graph,
        WEB_BUCKET,
        web,
        BucketDesired { noncurrent_days: NONCURRENT_DAYS, expire_days: None },
    );

    let retention_days = environment.lambda.log_retention_days;
    let logs = graph.add(
        "log group",
        LogGroup::new(names.log_group.clone(), names.log_group_arn(), labels.clone()),
        (),
        move |()| LogGroupDesired { retention_days },
    );
    let key = key(&mut graph, environment, given, &labels);
    let role = role(&mut graph, given, &labels, key);
    let function = function(&mut graph, environment, given, &labels, (role, logs, memory, data, key));
    let api = api(&mut graph, environment, given, &labels, logs);
    let live = live(&mut graph, given, function, api);
    let delivery = delivery(&mut graph, environment, given);
    let wish = domain::Wish::of(environment, given);
    let alias_owner = if wish.is_some() { AliasOwner::Domain } else { AliasOwner::Distribution };
    let distribution = distribution(&mut graph, given, &labels, alias_owner, (web, api, delivery));
    let domain = wish.map(|wish| wish.add(&mut graph, given, &labels, distribution));

    page(&mut graph, given, (web, live, distribution));
    let whole = part == Part::Everything;
    let files = whole.then(|| persona(&mut graph, given, (data.after(),)));
    graph.finished(Some(Nodes { function, api, distribution, domain }), files)
}

/// The files of the page, and who may read them.
fn page(
    graph: &mut Drawing,
    given: &Given,
    (web, live, distribution): (Handle<String>, Handle<()>, Handle<DistributionOutput>),
) {
    let access = WebAccess { bucket: given.names.web_bucket.clone() };
    graph.add("web access", access, (web.after(), distribution.early()), |((), distribution)| {
        WebAccessDesired { distribution_arn: distribution.arn }
    });
    // Nobody who has the page open may meet an older backend than its own.
    let switched = if given.last_release.is_some() { live.after_early() } else { web.after() };
    let (sources, release) = (Arc::clone(&given.sources), given.release.clone());
    let site = Site::new(given.names.web_bucket.clone());
    graph.add("site", site, (web.after(), switched, distribution.early()), move |((), (), distribution)| {
        SiteDesired {
            bundle: sources.get().and_then(|sources| sources.web.clone()),
            distribution_id: distribution.id,
            release: release.clone(),
        }
    });
}

/// The owner's files. In a run that is about nothing else, the bucket is there.
fn persona<I: Inputs>(graph: &mut Drawing, given: &Given, bucket: I) -> Handle<Arc<There>> {
    let (sources, set) = (Arc::clone(&given.sources), given.release.clone());
    graph.add(DATA_FILES, DataFiles::new(given.names.data_bucket.clone()), bucket, move |_| {
        DataFilesDesired {
            wanted: sources.get().map(|sources| sources.data.clone()).unwrap_or_default(),
            set: set.clone(),
        }
    })
}

fn bucket(graph: &mut Drawing, node: &'static str, bucket: Bucket, desired: BucketDesired) -> Handle<String> {
    graph.add(node, bucket, (), move |()| desired.clone())
}

/// None where the function does not ask for it. Only a model that needs it costs a look; whoever destroys looks in any
/// case, because a key can be there without a model that uses it.
fn key(
    graph: &mut Drawing,
    environment: &Environment,
    given: &Given,
    labels: &Labels,
) -> Option<Handle<String>> {
    let used = matches!(environment.model, Model::OpenAi { .. });
    if !used && given.aim == Aim::Use {
        return None;
    }
    let secret = Secret::new(given.names.secret.clone(), labels.clone(), given.aim);
    let key = graph.add(KEY_NODE, secret, (), |()| SecretDesired::default());
    used.then_some(key)
}

fn role(graph: &mut Drawing, given: &Given, labels: &Labels, key: Option<Handle<String>>) -> Handle<String> {
    let (names, model_arns) = (given.names.clone(), given.model_arns.clone());
    let policy = move |key_arn: Option<&str>| {
        function_policy(&FunctionAccess {
            log_group_arn: &names.log_group_arn(),
            memory_bucket: &names.memory_bucket,
            data_bucket: &names.data_bucket,
            model_arns: &model_arns,
            key_arn,
        })
    };
    let names = &given.names;
    let role = Role::new(names.role.clone(), names.role_arn(), labels.clone());
    let role = if given.last_release.is_some() { role.found_before() } else { role };
    let limit = given.limit.clone();
    graph.add("role", role, (key.map(Handle::early),), move |(key_arn,)| {
        RoleDesired::of_function(policy(key_arn.as_deref()), limit.clone())
    })
}

type FunctionInputs =
    (Handle<String>, Handle<String>, Handle<String>, Handle<String>, Option<Handle<String>>);

/// Needs no more of the others than that they exist; that the buckets do keeps a destroy from emptying them while the
/// function still writes.
fn function(
    graph: &mut Drawing,
    environment: &Environment,
    given: &Given,
    labels: &Labels,
    (role, logs, memory, data, key): FunctionInputs,
) -> Handle<FunctionOutput> {
    let variables = variables(environment, given);
    let (lambda, log_group) = (environment.lambda.clone(), given.names.log_group.clone());
    let sources = Arc::clone(&given.sources);
    let function = Function::new(given.names.function.clone(), given.names.function_arn(), labels.clone());
    let inputs = (role.early(), logs.early(), memory.early(), data.early(), key.map(Handle::early));
    graph.add("function", function, inputs, move |(role_arn, _, _, _, key_arn)| FunctionDesired {
        role_arn,
        code: sources.get().and_then(|sources| sources.code.clone()),
        memory_mb: lambda.memory_mb,
        timeout_s: lambda.timeout_s,
        environment: with_key(variables.clone(), key_arn),
        log_group: log_group.clone(),
        reserved_concurrency: lambda.reserved_concurrency,
    })
}

fn api(
    graph: &mut Drawing,
    environment: &Environment,
    given: &Given,
    labels: &Labels,
    logs: Handle<String>,
) -> Handle<HttpApiOutput> {
    let (throttle, target_arn) = (environment.api.throttle, given.names.live_arn());
    let api =
        HttpApi::new(given.names.api.clone(), labels.clone()).found_before(given.found().api.as_deref());
    graph.add("api", api, (logs.early(),), move |(log_group_arn,)| HttpApiDesired {
        target_arn: target_arn.clone(),
        burst: throttle.burst,
        rate: throttle.rate,
        log_group_arn,
    })
}

fn live(
    graph: &mut Drawing,
    given: &Given,
    function: Handle<FunctionOutput>,
    api: Handle<HttpApiOutput>,
) -> Handle<()> {
    let names = given.names.clone();
    let live = Live::new(names.function.clone(), names.live_arn());
    graph.add("live", live, (function.early(), api.early()), move |(function, api)| LiveDesired {
        version: function.version,
        api_execution_arn: names.api_execution_arn(&api.id),
    })
}

/// Needs nothing of the others, so that a distribution has it ready when its origins are.
fn delivery(graph: &mut Drawing, environment: &Environment, given: &Given) -> Handle<DeliveryOutput> {
    let last_page = given.last_release.as_ref().map(|last| last.page.clone()).unwrap_or_default();
    let frame_ancestors: Vec<String> =
        environment.web.frame_ancestors.iter().map(ToString::to_string).collect();
    let redirect = environment
        .domain
        .as_ref()
        .and_then(|domain| Some(Redirect { from: domain.redirected()?, to: domain.name.to_string() }));
    let sources = Arc::clone(&given.sources);
    graph.add("delivery", Delivery::new(given.names.marker.clone()), (), move |()| {
        let page = sources.get().and_then(|sources| sources.web.as_ref()).map(|web| PageSettings::of(web));
        let page = page.unwrap_or_else(|| last_page.clone());
        DeliveryDesired {
            script_hashes: page.script_hashes,
            frame_ancestors: frame_ancestors.clone(),
            paths: page.paths,
            redirect: redirect.clone(),
        }
    })
}

fn distribution(
    graph: &mut Drawing,
    given: &Given,
    labels: &Labels,
    alias_owner: AliasOwner,
    (web, api, delivery): (Handle<String>, Handle<HttpApiOutput>, Handle<DeliveryOutput>),
) -> Handle<DistributionOutput> {
    let names = &given.names;
    let bucket_host = names.bucket_host(&names.web_bucket);
    let (birth, found) = (given.birth.clone(), given.found().distribution);
    let distribution = Distribution::new(names.marker.clone(), labels.clone()).found_before(found.as_deref());
    let inputs = (web.early(), api.early(), delivery);
    graph.add("distribution", distribution, inputs, move |(_, api, delivery)| DistributionDesired {
        birth: birth.id.clone(),
        bucket_host: bucket_host.clone(),
        api_endpoint: api.endpoint,
        origin_secret: OriginSecret::new(birth.origin_secret.clone()),
        delivery,
        alias_owner,
    })
}

/// Where the key is, and not the key: everybody who may look at the function sees its variables.
fn with_key(mut variables: BTreeMap<String, String>, arn: Option<String>) -> BTreeMap<String, String> {
    variables.extend(arn.map(|arn| ("OPENAI_SECRET_ARN".to_owned(), arn)));
    variables
}

/// The settings of twin-lambda: what it remembers and reads, and whom it answers.
fn variables(environment: &Environment, given: &Given) -> BTreeMap<String, String> {
    let names = &given.names;
    let mut variables = settings(environment);
    let mut set = |name: &str, value: &str| drop(variables.insert(name.to_owned(), value.to_owned()));
    set("MEMORY_BUCKET", &names.memory_bucket);
    set("PERSONAL_DATA_BUCKET", &names.data_bucket);
    set("USE_S3", "true");
    if let Some(url) = &given.endpoint_url {
        set("AWS_ENDPOINT_URL", url);
    }
    if !environment.api.direct_access {
        set("ORIGIN_SECRET_HASHES", &hash::sha256(&given.birth.origin_secret));
    }
    variables
}
