//! The resource graph of an environment: all AWS resources and their dependencies. Start reading here.

mod access;
mod alarms;
mod canary;
mod context;
mod cost_budget;
mod domain;
#[cfg(test)]
mod properties;
mod restored;
mod setup;
mod streaming;
mod usage;
mod variables;

use std::sync::Arc;

use graph_builder::GraphBuilder;
use reconcile::{Handle, Inputs};

use crate::{
    artifacts::{data::StoredFiles, web::PageSettings},
    spec::Environment,
    targets::{
        Aim, Part,
        aws::{
            Labels,
            resources::{
                AliasOwner, Bucket, BucketDesired, DATA_FILES, DataFiles, DataFilesDesired, Delivery,
                DeliveryDesired, DeliveryOutput, Departure, Distribution, DistributionDesired,
                DistributionOutput, Function, FunctionDesired, FunctionOutput, GroupName, HttpApi,
                HttpApiDesired, HttpApiOutput, Live, LiveDesired, LiveOutput, LogGroups, LogGroupsDesired,
                LogGroupsOutput, PolicyOwner, RoleOutput, Site, SiteDesired, WebAccess, WebAccessDesired,
            },
        },
    },
};

mod graph_builder;

use streaming::Streaming;
use usage::Usage;
use variables::{variables, with_key, with_origin, with_role};

/// How long old versions of an object are kept after it was replaced or deleted.
pub(crate) const NONCURRENT_DAYS: u32 = 30;
/// A rollback needs replaced files of the page, which may be much older than the release that replaced them.
const NONCURRENT_DAYS_OF_PAGE: u32 = 365;

pub use context::{OwnCanary, Sources, StackContext};
pub use domain::DOMAIN_NODES;
pub use graph_builder::DomainNodes;
pub(crate) use graph_builder::{Nodes, Stack};
pub use setup::{AwsSetup, Restored, Unrestored};
pub(crate) use streaming::endpoint as stream_endpoint;

/// The nodes that `destroy --keep-data` keeps.
pub const DATA_NODES: [&str; 2] = [MEMORY_BUCKET, DATA_BUCKET];
pub const MEMORY_BUCKET: &str = "memory bucket";
pub const DATA_BUCKET: &str = "data bucket";
pub const WEB_BUCKET: &str = "web bucket";
pub const LOG_GROUP: &str = "log group";
pub const ROLE: &str = "role";
pub const FUNCTION: &str = "function";
pub const LIVE_ALIAS: &str = "live alias";
pub const DELIVERY: &str = "delivery";
pub const DISTRIBUTION: &str = "distribution";
pub const COST_BUDGET: &str = "cost budget";

/// Builds the graph of all resources of an environment.
pub(crate) fn stack(environment: &Environment, context: &StackContext, part: Part<'_>) -> Stack {
    let names = &context.names;
    let unrestored = context.restored.as_ref().and_then(|restored| restored.setup().unrestored);
    let tags = unrestored.as_ref().map_or(&environment.tags, |unrestored| &unrestored.tags);
    let labels = Labels::new(environment.project.as_str(), environment.name.as_str(), tags);
    let departure = Departure::of_function(environment.lambda.timeout_s);
    let graph = GraphBuilder::new(names);
    let mut stack = StackBuilder { graph, environment, context, labels, departure };
    if let Some(restored) = &context.restored {
        let files = stack.restored(restored);
        return stack.graph.build(None, files);
    }
    if part == Part::Data {
        let files = stack.data_files(());
        return stack.graph.build(None, Some(files));
    }
    let expire_days = environment.memory.expire_after_days.map(u32::from);
    let memory = stack.bucket(MEMORY_BUCKET, &names.memory_bucket, PolicyOwner::TlsOnly, expire_days);
    let data = stack.bucket(DATA_BUCKET, &names.data_bucket, PolicyOwner::TlsOnly, None);
    let web = stack.bucket(WEB_BUCKET, &names.web_bucket, PolicyOwner::Elsewhere, None);
    let logs = stack.logs();
    let key = stack.key();
    let role = stack.role(key);
    let usage = stack.usage(role);
    let function = stack.function((role, logs, memory, data, key, usage));
    let api = stack.api(logs);
    let files = (part == Part::Everything).then(|| stack.data_files((data.after(),)));
    let streaming = Streaming::add(&mut stack.graph, environment, context, &stack.labels);
    let live = stack.live(function, api, files, streaming, usage);
    let delivery = stack.delivery(live);
    let domains = domain::Domains::of(environment, context);
    let alias_owner = if domains.is_some() { AliasOwner::Domain } else { AliasOwner::Distribution };
    let distribution = stack.distribution(alias_owner, (web, api, delivery, streaming, live));
    let domain =
        domains.map(|domains| domains.add_nodes(&mut stack.graph, context, &stack.labels, distribution));
    streaming::add_limit(&mut stack.graph, environment, context, &stack.labels, api, distribution);
    let site = stack.page(web, live, distribution);
    let stream_api = streaming.node();
    let alarm_topic = stack.alarms(logs, api);
    let (usage, cost_budget) = (usage.map(|usage| usage.table), stack.cost_budget());
    let nodes = Nodes {
        key,
        function,
        api,
        stream_api,
        alarm_topic,
        usage,
        cost_budget,
        live,
        distribution,
        site,
        domain,
    };
    stack.graph.build(Some(nodes), files)
}

/// Adds one node after the other.
struct StackBuilder<'a> {
    graph: GraphBuilder<'a>,
    environment: &'a Environment,
    context: &'a StackContext,
    labels: Labels,
    departure: Departure,
}

type FunctionInputs = (
    Handle<RoleOutput>,
    Handle<LogGroupsOutput>,
    Handle<String>,
    Handle<String>,
    Option<Handle<String>>,
    Option<Usage>,
);

type DistributionInputs =
    (Handle<String>, Handle<HttpApiOutput>, Handle<DeliveryOutput>, Streaming, Handle<LiveOutput>);

impl StackBuilder<'_> {
    /// Whether the resources are expected to exist, because they did at the last release.
    fn is_deployed(&self) -> bool {
        self.context.last_release.is_some()
    }

    fn bucket(
        &mut self,
        node: &'static str,
        name: &str,
        policy: PolicyOwner,
        expire_days: Option<u32>,
    ) -> Handle<String> {
        let bucket = Bucket::new(node, name, self.labels.clone(), policy)
            .found_before(self.is_deployed())
            .taken_over(self.context.aim == Aim::Adopt);
        let noncurrent_days = if node == WEB_BUCKET { NONCURRENT_DAYS_OF_PAGE } else { NONCURRENT_DAYS };
        let is_memory = node == MEMORY_BUCKET;
        let desired = BucketDesired { noncurrent_days, expire_days, is_memory };
        self.graph.add(node, bucket, (), move |()| desired.clone())
    }

    fn logs(&mut self) -> Handle<LogGroupsOutput> {
        let names = &self.context.names;
        let retention_days = self.environment.lambda.log_retention_days;
        let group = |name: String| GroupName { arn: names.arn_of_log_group(&name), name };
        let (function, access) = (group(names.log_group.clone()), group(names.access_log_group()));
        let logs = LogGroups::new(function, access, self.labels.clone()).found_before(self.is_deployed());
        self.graph.add(LOG_GROUP, logs, (), move |()| LogGroupsDesired { retention_days })
    }

    /// Adds the data files. If the run includes nothing else, the bucket is known to exist.
    fn data_files<I: Inputs>(&mut self, bucket: I) -> Handle<Arc<StoredFiles>> {
        let (sources, set) = (Arc::clone(&self.context.sources), self.context.release.clone());
        let files = DataFiles::new(self.context.names.data_bucket.clone());
        self.graph.add(DATA_FILES, files, bucket, move |_| DataFilesDesired {
            wanted: sources.get().map(|sources| sources.data.clone()).unwrap_or_default(),
            set: set.clone(),
        })
    }

    /// Adds the function. It needs its inputs only to exist. The buckets and the usage table are inputs so that a destroy
    /// deletes the function before them.
    fn function(&mut self, (role, logs, memory, data, key, usage): FunctionInputs) -> Handle<FunctionOutput> {
        let (environment, context) = (self.environment, self.context);
        let variables =
            variables(environment, &context.names, &context.birth, context.endpoint_url.as_deref());
        let origin = (!environment.api.direct_access).then(|| context.origin.clone());
        let (lambda, log_group) = (environment.lambda.clone(), context.names.log_group.clone());
        let sources = Arc::clone(&context.sources);
        let (name, arn) = (context.names.function.clone(), context.names.function_arn());
        let function = Function::new(name, arn, self.labels.clone());
        let (key, usage) = (key.map(Handle::early), usage.map(|usage| usage.table.early()));
        let inputs = (role.early(), logs.early(), memory.early(), data.early(), key, usage);
        self.graph.add(FUNCTION, function, inputs, move |(role, _, _, _, key_arn, _)| FunctionDesired {
            role_arn: role.arn,
            code: sources.get().and_then(|sources| sources.code.clone()),
            memory_mb: lambda.memory_mb,
            timeout_s: lambda.timeout_s,
            environment: with_role(
                with_origin(with_key(variables.clone(), key_arn), origin.as_ref()),
                role.id,
            ),
            log_group: log_group.clone(),
            reserved_concurrency: lambda.reserved_concurrency,
        })
    }

    fn api(&mut self, logs: Handle<LogGroupsOutput>) -> Handle<HttpApiOutput> {
        let names = &self.context.names;
        let ((limit, limit_owner), target_arn) =
            (streaming::limit_of_http_api(self.environment, self.context), names.live_arn());
        let api = HttpApi::new(names.api.clone(), self.labels.clone());
        let api = api.found_before(self.context.found().api.as_deref());
        self.graph.add("api", api, (logs.early(),), move |(logs,)| HttpApiDesired {
            target_arn: target_arn.clone(),
            burst: limit.burst,
            rate: limit.rate,
            limit_owner,
            log_group_arn: logs.access.arn,
            former_log_group: logs.function.name,
        })
    }

    /// Adds the alias. A new version answers its question from the data files, so they are uploaded before, and it counts
    /// what the question costs, so the usage table and the access to it are ready before.
    fn live(
        &mut self,
        function: Handle<FunctionOutput>,
        api: Handle<HttpApiOutput>,
        files: Option<Handle<Arc<StoredFiles>>>,
        streaming: Streaming,
        usage: Option<Usage>,
    ) -> Handle<LiveOutput> {
        let (names, ask) = (self.context.names.clone(), self.environment.release.ask);
        // After a rollback, the newest version is one that was rolled back. Only a deploy moves on to it.
        let restored = self.context.last_release.as_ref().filter(|last| last.restores.is_some());
        let restored = restored.map(|last| last.version.clone());
        let sources = Arc::clone(&self.context.sources);
        let live = Live::new(names.function.clone(), names.live_arn()).found_before(self.is_deployed());
        let live = live.with_canary(self.canary()).with_departure(self.departure.clone());
        let stream = streaming.node().map(Handle::early);
        let (table, access) = usage.map(Usage::after).unzip();
        let inputs = (function.early(), api.early(), files.map(Handle::after), stream, table, access);
        self.graph.add(LIVE_ALIAS, live, inputs, move |(function, api, _, stream, ..)| LiveDesired {
            version: match &restored {
                Some(version) if sources.get().is_none_or(|sources| sources.code.is_none()) => {
                    version.clone()
                }
                _ => function.version,
            },
            api_execution_arn: names.api_execution_arn(&api.id),
            stream: streaming.permission(stream.flatten(), &names),
            ask,
            is_checked: false,
        })
    }

    /// Adds the delivery settings. Without a canary, they are ready when the distribution's origins are.
    fn delivery(&mut self, live: Handle<LiveOutput>) -> Handle<DeliveryOutput> {
        let last_page = self.context.last_release.as_ref().map(|last| last.page.clone()).unwrap_or_default();
        let frame_ancestors: Vec<String> =
            self.environment.web.frame_ancestors.iter().map(ToString::to_string).collect();
        let redirect = setup::redirect(self.environment);
        let sources = Arc::clone(&self.context.sources);
        let delivery = Delivery::new(self.context.names.marker.clone());
        let inputs = (self.after_canary(live),);
        self.graph.add(DELIVERY, delivery, inputs, move |_| {
            let web = sources.get().and_then(|sources| sources.web.as_ref());
            let page = web.map_or_else(|| last_page.clone(), |web| PageSettings::of(web));
            DeliveryDesired {
                script_hashes: page.script_hashes,
                sources: page.sources,
                frame_ancestors: frame_ancestors.clone(),
                paths: page.paths,
                redirect: redirect.clone(),
            }
        })
    }

    fn distribution(
        &mut self,
        alias_owner: AliasOwner,
        (web, api, delivery, streaming, live): DistributionInputs,
    ) -> Handle<DistributionOutput> {
        let names = &self.context.names;
        let bucket_host = names.bucket_host(&names.web_bucket);
        let (birth, origin) = (self.context.birth.id.clone(), self.context.origin.clone());
        let mut distribution = Distribution::new(names.marker.clone(), self.labels.clone())
            .found_before(self.context.found().distribution.as_deref())
            .protected_by(self.environment.waf.as_ref().map(|waf| &waf.arn));
        if self.context.aim != Aim::Remove {
            distribution = distribution.in_front_of(&names.web_bucket);
        }
        // Visitors are sent to the other API only when it works: to the stream API with a version of the function that
        // answers its requests, and to the HTTP API with the whole limit.
        let node = streaming.node().filter(|_| self.is_deployed() && self.context.aim != Aim::Remove);
        let (on, off) = (node.filter(|_| streaming.is_on()), node.filter(|_| !streaming.is_on()));
        let switched = on.map(|_| live.after()).or_else(|| self.after_canary(live));
        let order = (on.map(Handle::after), switched, off.map(|_| api.after()));
        let node = streaming.node().map(Handle::early);
        let inputs = (web.early(), api.early(), delivery, node, order.0, order.1, order.2);
        let desired =
            move |(_, api, delivery, stream, ..): (_, HttpApiOutput, _, Option<Option<_>>, _, _, _)| {
                DistributionDesired {
                    birth: birth.clone(),
                    bucket_host: bucket_host.clone(),
                    stream_endpoint: stream.flatten().map(|stream| streaming::endpoint(&api, &stream)),
                    api_endpoint: api.endpoint,
                    origin_secrets: origin.sent(),
                    delivery,
                    alias_owner,
                }
            };
        self.graph.add(DISTRIBUTION, distribution, inputs, desired)
    }

    /// Adds the files of the page, and the access to them.
    fn page(
        &mut self,
        web: Handle<String>,
        live: Handle<LiveOutput>,
        distribution: Handle<DistributionOutput>,
    ) -> Handle<String> {
        let bucket = &self.context.names.web_bucket;
        let access = WebAccess { bucket: bucket.clone(), is_taken_over: self.context.takes_over() };
        let inputs = (web.after(), distribution.early());
        self.graph.add("web access", access, inputs, |((), distribution)| WebAccessDesired {
            distribution_arn: distribution.arn,
        });
        // The page is uploaded after the switch to the new function version, so no page calls an older backend than
        // its own.
        let switched = self.after_canary(live);
        let switched = switched.unwrap_or(if self.is_deployed() { live.after_early() } else { web.after() });
        let (sources, release) = (Arc::clone(&self.context.sources), self.context.release.clone());
        let site = Site::new(bucket.clone()).found_before(self.is_deployed());
        let kept = self.context.kept.clone();
        // The page of a former twin stays until every edge location serves the API, which twinctl's page calls.
        let is_taken_over = self.context.takes_over() && !self.is_deployed();
        let served = is_taken_over.then(|| distribution.after());
        let inputs = (web.after(), switched, distribution.early(), served);
        self.graph.add("site", site, inputs, move |((), (), distribution, _)| SiteDesired {
            bundle: sources.get().and_then(|sources| sources.web.clone()),
            distribution_id: distribution.id,
            release: release.clone(),
            kept: kept.get().pages.clone(),
        })
    }
}
