//! The physical names and ARNs of an environment. They depend only on the environment and the account, so existing
//! resources can be found without a stored state.

use crate::spec::{self, Environment};

/// The names of one environment in one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub project: String,
    pub environment: String,
    pub account: String,
    pub region: String,
    pub web_bucket: String,
    pub memory_bucket: String,
    pub data_bucket: String,
    pub log_group: String,
    pub role: String,
    pub function: String,
    pub api: String,
    pub stream_api: String,
    /// The table in which the function counts what its model costs.
    pub usage_table: String,
    /// The secret with the API key of the model provider. Must not end in a hyphen and six characters, because AWS
    /// appends those to the name in the ARN.
    pub secret: String,
    /// Project and environment. Part of the name or the comment of CloudFront resources.
    pub marker: String,
    pub assigned: AssignedIds,
}

/// The IDs of existing resources that AWS assigned, as far as they are known. They narrow the permissions of CI.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssignedIds {
    pub api: Option<String>,
    /// Also set if the environment does not stream any more, until its stream API is deleted.
    pub stream_api: Option<String>,
    pub access_control: Option<String>,
    pub headers_policy: Option<String>,
}

impl AssignedIds {
    /// Returns whether the environment is deployed.
    pub fn is_complete(&self) -> bool {
        self.api.is_some() && self.access_control.is_some() && self.headers_policy.is_some()
    }
}

/// The stage of the stream API. It is the first part of the paths of its address.
pub const STREAM_STAGE: &str = "live";
/// The function's alias that receives all requests.
pub const LIVE: &str = "live";

/// The environments of pull requests, as a pattern.
pub const PREVIEWS: &str = "pr-*";

impl Names {
    pub fn new(environment: &Environment, account: &str) -> Self {
        let base = format!("{}-{}", environment.project, environment.name);
        let names = &environment.names;
        let or = |name: Option<String>, tail: &str| name.unwrap_or_else(|| format!("{base}-{tail}"));
        let bucket = |name: Option<String>, tail: &str| or(name, &format!("{tail}-{account}"));
        let function = or(names.function.as_ref().map(ToString::to_string), "api");
        let log_group = names.log_group.as_ref().map(ToString::to_string);
        Self {
            project: environment.project.to_string(),
            environment: environment.name.to_string(),
            account: account.to_owned(),
            region: environment.region.to_string(),
            web_bucket: bucket(names.frontend_bucket.as_ref().map(ToString::to_string), "frontend"),
            memory_bucket: bucket(names.memory_bucket.as_ref().map(ToString::to_string), "memory"),
            data_bucket: bucket(names.data_bucket.as_ref().map(ToString::to_string), "data"),
            log_group: log_group.unwrap_or_else(|| format!("/aws/lambda/{function}")),
            role: or(names.role.as_ref().map(ToString::to_string), "lambda-role"),
            api: or(names.api.as_ref().map(ToString::to_string), "api-gateway"),
            stream_api: format!("{base}-stream-api"),
            usage_table: format!("{base}-usage"),
            function,
            secret: format!("{base}-openai-key"),
            marker: base,
            assigned: AssignedIds::default(),
        }
    }

    /// Returns the names of all previews of a project, as patterns. `preview` is one of them.
    pub fn of_previews(preview: &Environment, account: &str) -> Self {
        let names = Self::new(preview, account);
        let (one, all) = (names.marker.clone(), format!("{}-pr-*", preview.project));
        let pattern = |name: &String| name.replace(&one, &all);
        Self {
            environment: PREVIEWS.to_owned(),
            web_bucket: pattern(&names.web_bucket),
            memory_bucket: pattern(&names.memory_bucket),
            data_bucket: pattern(&names.data_bucket),
            log_group: pattern(&names.log_group),
            role: pattern(&names.role),
            function: pattern(&names.function),
            api: pattern(&names.api),
            stream_api: pattern(&names.stream_api),
            usage_table: pattern(&names.usage_table),
            secret: pattern(&names.secret),
            marker: all,
            ..names
        }
    }

    /// The first part of the names of CI's roles and policies. All previews share them.
    fn ci_marker(&self) -> String {
        if self.environment == PREVIEWS || spec::is_preview_name(&self.environment) {
            format!("{}-pr", self.project)
        } else {
            self.marker.clone()
        }
    }

    pub fn role_arn(&self) -> String {
        self.arn_of_role(&self.role)
    }

    /// The role that CI uses to deploy.
    pub fn deploy_role(&self) -> String {
        format!("{}-ci-deploy", self.ci_marker())
    }

    /// One of the policies of that role.
    pub fn deploy_policy(&self, part: &str) -> String {
        format!("{}-ci-deploy-{part}", self.ci_marker())
    }

    /// The role that CI uses to read.
    pub fn read_role(&self) -> String {
        format!("{}-ci-read", self.ci_marker())
    }

    /// The role that CI uses to delete the environment when its time to live is over.
    pub fn sweep_role(&self) -> String {
        format!("{}-ci-sweep", self.marker)
    }

    /// One of the policies of that role.
    pub fn sweep_policy(&self, part: &str) -> String {
        format!("{}-ci-sweep-{part}", self.marker)
    }

    /// The permissions boundary of the function's role. It limits what CI can grant to the function.
    pub fn boundary(&self) -> String {
        format!("{}-boundary", self.ci_marker())
    }

    pub fn boundary_arn(&self) -> String {
        self.arn_of_policy(&self.boundary())
    }

    /// The managed policy with the read permissions of both CI roles.
    pub fn read_policy(&self) -> String {
        format!("{}-ci-look", self.ci_marker())
    }

    /// Returns the ARN of a managed policy of this account.
    pub fn arn_of_policy(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:policy/{name}", self.account)
    }

    /// Returns the ARN of a role of this account.
    pub fn arn_of_role(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:role/{name}", self.account)
    }

    pub fn function_arn(&self) -> String {
        self.arn_of_function(&self.function)
    }

    pub fn arn_of_function(&self, name: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{name}", self.region, self.account)
    }

    /// Returns the ARN of the function's alias.
    pub fn live_arn(&self) -> String {
        format!("{}:{LIVE}", self.function_arn())
    }

    pub fn log_group_arn(&self) -> String {
        self.arn_of_log_group(&self.log_group)
    }

    /// The log group of the API's access logs.
    pub fn access_log_group(&self) -> String {
        format!("/aws/vendedlogs/{}", self.log_group.trim_start_matches('/'))
    }

    /// Returns the ARN of a log group, without the `:*` that some AWS responses have.
    pub fn arn_of_log_group(&self, name: &str) -> String {
        format!("arn:aws:logs:{}:{}:log-group:{name}", self.region, self.account)
    }

    pub fn usage_table_arn(&self) -> String {
        format!("arn:aws:dynamodb:{}:{}:table/{}", self.region, self.account, self.usage_table)
    }

    /// Returns the ARN of the secret, with a pattern for the six characters that AWS appends to its name.
    pub fn secret_arn_pattern(&self) -> String {
        format!("arn:aws:secretsmanager:{}:{}:secret:{}-??????", self.region, self.account, self.secret)
    }

    pub fn api_arn(&self, id: &str) -> String {
        format!("arn:aws:apigateway:{}::/apis/{id}", self.region)
    }

    /// `id` can be `*`.
    pub fn distribution_arn(&self, id: &str) -> String {
        format!("arn:aws:cloudfront::{}:distribution/{id}", self.account)
    }

    /// Certificates for CloudFront are always in `us-east-1`.
    pub fn certificate_arn(&self, id: &str) -> String {
        format!("arn:aws:acm:us-east-1:{}:certificate/{id}", self.account)
    }

    /// Returns the source ARN that covers all routes of the API in a Lambda permission.
    pub fn api_execution_arn(&self, id: &str) -> String {
        format!("arn:aws:execute-api:{}:{}:{id}/*/*", self.region, self.account)
    }

    /// Returns the source ARN that covers the method of the stream API in a Lambda permission.
    pub fn stream_execution_arn(&self, id: &str) -> String {
        format!("arn:aws:execute-api:{}:{}:{id}/{STREAM_STAGE}/*/api/*", self.region, self.account)
    }

    /// Returns the address at which API Gateway invokes the alias with a streamed response.
    pub fn stream_uri(&self) -> String {
        format!(
            "arn:aws:apigateway:{}:lambda:path/2021-11-15/functions/{}/response-streaming-invocations",
            self.region,
            self.live_arn()
        )
    }

    /// The topic that the alarms notify.
    pub fn alarm_topic(&self) -> String {
        format!("{}-alarms", self.marker)
    }

    pub fn alarm_topic_arn(&self) -> String {
        format!("arn:aws:sns:{}:{}:{}", self.region, self.account, self.alarm_topic())
    }

    /// Returns the ARN of an alarm. `alarm` can be `*`.
    pub fn alarm_arn(&self, alarm: &str) -> String {
        format!("arn:aws:cloudwatch:{}:{}:alarm:{}-{alarm}", self.region, self.account, self.marker)
    }

    /// The dashboard. Dashboards belong to no region, so their names are unique in the account.
    pub fn dashboard(&self) -> String {
        format!("{}-{}", self.marker, self.region)
    }

    /// The cost budget. Budgets belong to no region.
    pub fn cost_budget(&self) -> String {
        format!("{}-budget", self.marker)
    }

    pub fn cost_budget_arn(&self) -> String {
        format!("arn:aws:budgets::{}:budget/{}", self.account, self.cost_budget())
    }

    /// Returns the regional hostname of a bucket. With the global one, S3 redirects CloudFront for hours after the
    /// bucket was created.
    pub fn bucket_host(&self, bucket: &str) -> String {
        format!("{bucket}.s3.{}.amazonaws.com", self.region)
    }
}
