//! The resource graph of an environment: all AWS resources and their dependencies. Start reading here.

mod context;
mod domain;

use std::{collections::BTreeMap, sync::Arc};

use graph_builder::GraphBuilder;
use reconcile::{Handle, Inputs};

use crate::{
    artifacts::{data::StoredFiles, settings::settings, web::PageSettings},
    spec::{Environment, Model},
    system::hash,
    targets::{
        Aim, Part,
        aws::{
            Labels,
            resources::{
                AliasOwner, Bucket, BucketDesired, DATA_FILES, DataFiles, DataFilesDesired, Delivery,
                DeliveryDesired, DeliveryOutput, Distribution, DistributionDesired, DistributionOutput,
                Function, FunctionAccess, FunctionDesired, FunctionOutput, GroupName, HttpApi,
                HttpApiDesired, HttpApiOutput, Live, LiveDesired, LiveOutput, LogGroups, LogGroupsDesired,
                LogGroupsOutput, PolicyOwner, Redirect, Role, RoleDesired, RoleOutput, Secret, SecretDesired,
                Site, SiteDesired, WebAccess, WebAccessDesired, function_policy,
            },
        },
        record::OriginSecrets,
    },
    twin::secret::KEY_NODE,
};

mod graph_builder;
mod nodes;

/// How long old versions of an object are kept after it was replaced or deleted.
const NONCURRENT_DAYS: u32 = 30;

pub use context::{Sources, StackContext};
pub use domain::DOMAIN_NODES;
pub use nodes::DomainNodes;
pub(crate) use nodes::{Nodes, Stack};

/// The nodes that `destroy --keep-data` keeps.
pub const DATA_NODES: [&str; 2] = [MEMORY_BUCKET, DATA_BUCKET];
pub const MEMORY_BUCKET: &str = "memory bucket";
const DATA_BUCKET: &str = "data bucket";
const WEB_BUCKET: &str = "web bucket";
pub const FUNCTION: &str = "function";
pub const DELIVERY: &str = "delivery";
pub const DISTRIBUTION: &str = "distribution";

/// Builds the graph of all resources of an environment.
pub(crate) fn stack(environment: &Environment, context: &StackContext, part: Part) -> Stack {
    let names = &context.names;
    let mut graph = GraphBuilder::new(names);
    if part == Part::Data {
        let files = data_files(&mut graph, context, ());
        return graph.build(None, Some(files));
    }
    let labels = Labels::new(environment.project.as_str(), environment.name.as_str(), &environment.tags);

    let bucket_resource = |node, name: &String, policy| {
        let bucket = Bucket::new(node, name, labels.clone(), policy);
        if context.last_release.is_some() { bucket.found_before() } else { bucket }
    };
    let with_tls_policy = |node, name| bucket_resource(node, name, PolicyOwner::TlsOnly);
    let memory = bucket(
        &mut graph,
        MEMORY_BUCKET,
        with_tls_policy(MEMORY_BUCKET, &names.memory_bucket),
        BucketDesired {
            noncurrent_days: NONCURRENT_DAYS,
            expire_days: environment.memory.expire_after_days.map(u32::from),
        },
    );
    let data = bucket(
        &mut graph,
        DATA_BUCKET,
        with_tls_policy(DATA_BUCKET, &names.data_bucket),
        BucketDesired { noncurrent_days: NONCURRENT_DAYS, expire_days: None },
    );
    let web = bucket_resource(WEB_BUCKET, &names.web_bucket, PolicyOwner::Elsewhere);
    let web = bucket(
        &mut graph,
        WEB_BUCKET,
        web,
        BucketDesired { noncurrent_days: NONCURRENT_DAYS, expire_days: None },
    );

    let retention_days = environment.lambda.log_retention_days;
    let group = |name: String| GroupName { arn: names.arn_of_log_group(&name), name };
    let logs =
        LogGroups::new(group(names.log_group.clone()), group(names.access_log_group()), labels.clone());
    let logs = if context.last_release.is_some() { logs.found_before() } else { logs };
    let logs = graph.add("log group", logs, (), move |()| LogGroupsDesired { retention_days });
    let key = key(&mut graph, environment, context, &labels);
    let role = role(&mut graph, environment, context, &labels, key);
    let function = function(&mut graph, environment, context, &labels, (role, logs, memory, data, key));
    let api = api(&mut graph, environment, context, &labels, logs);
    let has_files = part == Part::Everything;
    let files = has_files.then(|| data_files(&mut graph, context, (data.after(),)));
    let live = live(&mut graph, environment, context, (function, api, files));
    let delivery = delivery(&mut graph, environment, context);
    let domains = domain::Domains::of(environment, context);
    let alias_owner = if domains.is_some() { AliasOwner::Domain } else { AliasOwner::Distribution };
    let distribution = distribution(&mut graph, context, &labels, alias_owner, (web, api, delivery));
    let domain = domains.map(|domains| domains.add_nodes(&mut graph, context, &labels, distribution));

    page(&mut graph, context, (web, live, distribution));
    graph.build(Some(Nodes { function, api, live, distribution, domain }), files)
}

/// Adds the files of the page, and the access to them.
fn page(
    graph: &mut GraphBuilder,
    context: &StackContext,
    (web, live, distribution): (Handle<String>, Handle<LiveOutput>, Handle<DistributionOutput>),
) {
    let access = WebAccess { bucket: context.names.web_bucket.clone() };
    graph.add("web access", access, (web.after(), distribution.early()), |((), distribution)| {
        WebAccessDesired { distribution_arn: distribution.arn }
    });
    // The page is uploaded after the switch to the new function version, so no page calls an older backend than its
    // own.
    let switched = if context.last_release.is_some() { live.after_early() } else { web.after() };
    let (sources, release) = (Arc::clone(&context.sources), context.release.clone());
    let site = Site::new(context.names.web_bucket.clone());
    let site = if context.last_release.is_some() { site.found_before() } else { site };
    graph.add("site", site, (web.after(), switched, distribution.early()), move |((), (), distribution)| {
        SiteDesired {
            bundle: sources.get().and_then(|sources| sources.web.clone()),
            distribution_id: distribution.id,
            release: release.clone(),
        }
    });
}

/// Adds the data files. If the run includes nothing else, the bucket is known to exist.
fn data_files<I: Inputs>(
    graph: &mut GraphBuilder,
    context: &StackContext,
    bucket: I,
) -> Handle<Arc<StoredFiles>> {
    let (sources, set) = (Arc::clone(&context.sources), context.release.clone());
    graph.add(DATA_FILES, DataFiles::new(context.names.data_bucket.clone()), bucket, move |_| {
        DataFilesDesired {
            wanted: sources.get().map(|sources| sources.data.clone()).unwrap_or_default(),
            set: set.clone(),
        }
    })
}

fn bucket(
    graph: &mut GraphBuilder,
    node: &'static str,
    bucket: Bucket,
    desired: BucketDesired,
) -> Handle<String> {
    graph.add(node, bucket, (), move |()| desired.clone())
}

/// Adds the API key. Returns `None` if the function does not use one. A removal reads the key in any case, because it
/// can be stored although the model does not use it.
fn key(
    graph: &mut GraphBuilder,
    environment: &Environment,
    context: &StackContext,
    labels: &Labels,
) -> Option<Handle<String>> {
    let used = matches!(environment.model, Model::OpenAi { .. });
    if !used && context.aim == Aim::Use {
        return None;
    }
    let secret = Secret::new(context.names.secret.clone(), labels.clone(), context.aim);
    let key = graph.add(KEY_NODE, secret, (), |()| SecretDesired::default());
    used.then_some(key)
}

fn role(
    graph: &mut GraphBuilder,
    environment: &Environment,
    context: &StackContext,
    labels: &Labels,
    key: Option<Handle<String>>,
) -> Handle<RoleOutput> {
    let (names, model_arns) = (context.names.clone(), context.model_arns.clone());
    let memory_expires = environment.memory.expire_after_days.is_some();
    let policy = move |key_arn: Option<&str>| {
        function_policy(&FunctionAccess {
            log_group_arn: &names.log_group_arn(),
            memory_bucket: &names.memory_bucket,
            memory_expires,
            data_bucket: &names.data_bucket,
            model_arns: &model_arns,
            key_arn,
        })
    };
    let names = &context.names;
    let role = Role::new(names.role.clone(), names.role_arn(), labels.clone());
    let role = if context.last_release.is_some() { role.found_before() } else { role };
    let boundary = context.boundary.clone();
    graph.add("role", role, (key.map(Handle::early),), move |(key_arn,)| {
        RoleDesired::of_function(policy(key_arn.as_deref()), boundary.clone())
    })
}

type FunctionInputs =
    (Handle<RoleOutput>, Handle<LogGroupsOutput>, Handle<String>, Handle<String>, Option<Handle<String>>);

/// Adds the function. It needs its inputs only to exist. The buckets are inputs so that a destroy deletes the
/// function before it empties them.
fn function(
    graph: &mut GraphBuilder,
    environment: &Environment,
    context: &StackContext,
    labels: &Labels,
    (role, logs, memory, data, key): FunctionInputs,
) -> Handle<FunctionOutput> {
    let variables = variables(environment, context);
    let origin = (!environment.api.direct_access).then(|| context.origin.clone());
    let (lambda, log_group) = (environment.lambda.clone(), context.names.log_group.clone());
    let sources = Arc::clone(&context.sources);
    let function =
        Function::new(context.names.function.clone(), context.names.function_arn(), labels.clone());
    let inputs = (role.early(), logs.early(), memory.early(), data.early(), key.map(Handle::early));
    graph.add(FUNCTION, function, inputs, move |(role, _, _, _, key_arn)| FunctionDesired {
        role_arn: role.arn,
        code: sources.get().and_then(|sources| sources.code.clone()),
        memory_mb: lambda.memory_mb,
        timeout_s: lambda.timeout_s,
        environment: with_role(with_origin(with_key(variables.clone(), key_arn), origin.as_ref()), role.id),
        log_group: log_group.clone(),
        reserved_concurrency: lambda.reserved_concurrency,
    })
}

fn api(
    graph: &mut GraphBuilder,
    environment: &Environment,
    context: &StackContext,
    labels: &Labels,
    logs: Handle<LogGroupsOutput>,
) -> Handle<HttpApiOutput> {
    let (throttle, target_arn) = (environment.api.throttle, context.names.live_arn());
    let api =
        HttpApi::new(context.names.api.clone(), labels.clone()).found_before(context.found().api.as_deref());
    graph.add("api", api, (logs.early(),), move |(logs,)| HttpApiDesired {
        target_arn: target_arn.clone(),
        burst: throttle.burst,
        rate: throttle.rate,
        log_group_arn: logs.access.arn,
        former_log_group: logs.function.name,
    })
}

type LiveInputs = (Handle<FunctionOutput>, Handle<HttpApiOutput>, Option<Handle<Arc<StoredFiles>>>);

/// Adds the alias. A new version answers its question from the data files, so they are uploaded before.
fn live(
    graph: &mut GraphBuilder,
    environment: &Environment,
    context: &StackContext,
    (function, api, files): LiveInputs,
) -> Handle<LiveOutput> {
    let (names, ask) = (context.names.clone(), environment.release.ask);
    let live = Live::new(names.function.clone(), names.live_arn());
    let live = if context.last_release.is_some() { live.found_before() } else { live };
    let inputs = (function.early(), api.early(), files.map(Handle::after));
    graph.add("live", live, inputs, move |(function, api, _)| LiveDesired {
        version: function.version,
        api_execution_arn: names.api_execution_arn(&api.id),
        ask,
    })
}

/// Adds the delivery settings. They have no inputs, so they are ready when the distribution's origins are.
fn delivery(
    graph: &mut GraphBuilder,
    environment: &Environment,
    context: &StackContext,
) -> Handle<DeliveryOutput> {
    let last_page = context.last_release.as_ref().map(|last| last.page.clone()).unwrap_or_default();
    let frame_ancestors: Vec<String> =
        environment.web.frame_ancestors.iter().map(ToString::to_string).collect();
    let redirect = environment
        .domain
        .as_ref()
        .and_then(|domain| Some(Redirect { from: domain.redirected()?, to: domain.name.to_string() }));
    let sources = Arc::clone(&context.sources);
    graph.add(DELIVERY, Delivery::new(context.names.marker.clone()), (), move |()| {
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
    graph: &mut GraphBuilder,
    context: &StackContext,
    labels: &Labels,
    alias_owner: AliasOwner,
    (web, api, delivery): (Handle<String>, Handle<HttpApiOutput>, Handle<DeliveryOutput>),
) -> Handle<DistributionOutput> {
    let names = &context.names;
    let bucket_host = names.bucket_host(&names.web_bucket);
    let (birth, origin) = (context.birth.id.clone(), context.origin.clone());
    let found = context.found().distribution;
    let distribution = Distribution::new(names.marker.clone(), labels.clone()).found_before(found.as_deref());
    let inputs = (web.early(), api.early(), delivery);
    graph.add(DISTRIBUTION, distribution, inputs, move |(_, api, delivery)| DistributionDesired {
        birth: birth.clone(),
        bucket_host: bucket_host.clone(),
        api_endpoint: api.endpoint,
        origin_secrets: origin.sent(),
        delivery,
        alias_owner,
    })
}

/// Adds the ARN of the API key to the variables. The key itself would be visible to everyone who may read the
/// function.
fn with_key(mut variables: BTreeMap<String, String>, arn: Option<String>) -> BTreeMap<String, String> {
    variables.extend(arn.map(|arn| ("OPENAI_SECRET_ARN".to_owned(), arn)));
    variables
}

/// Adds the ID of the function's role. If the role was deleted and created again, the function keeps a KMS grant of the old
/// one and cannot decrypt its variables. Another ID makes the function's configuration and its next version differ, so Lambda
/// creates a new grant, also if a run was killed after it had created the role.
fn with_role(mut variables: BTreeMap<String, String>, id: Option<String>) -> BTreeMap<String, String> {
    variables.insert("ROLE_ID".to_owned(), id.unwrap_or_else(|| "of the new role".to_owned()));
    variables
}

/// Adds the hashes of the origin secrets that the function accepts.
fn with_origin(
    mut variables: BTreeMap<String, String>,
    origin: Option<&OriginSecrets>,
) -> BTreeMap<String, String> {
    if let Some(origin) = origin {
        let hashes: Vec<_> = origin.accepted().iter().map(|secret| hash::sha256(secret.as_str())).collect();
        variables.insert("ORIGIN_SECRET_HASHES".to_owned(), hashes.join(","));
    }
    variables
}

/// Returns the environment variables of twin-lambda.
fn variables(environment: &Environment, context: &StackContext) -> BTreeMap<String, String> {
    let names = &context.names;
    let mut variables = settings(environment);
    let mut set = |name: &str, value: &str| drop(variables.insert(name.to_owned(), value.to_owned()));
    set("MEMORY_BUCKET", &names.memory_bucket);
    set("PERSONAL_DATA_BUCKET", &names.data_bucket);
    set("USE_S3", "true");
    if let Some(url) = &context.endpoint_url {
        set("AWS_ENDPOINT_URL", url);
    }
    variables
}
