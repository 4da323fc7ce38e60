//! Every physical name and ARN of an environment. Names are the memory: the same environment, the same names.

use crate::spec::Environment;

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
    /// Of the key of the model's server. AWS puts six characters behind it: it must not end in six of its own.
    pub secret: String,
    /// Carried by CloudFront's things as their name or in their comment: project and environment.
    pub marker: String,
}

/// The alias that everything points to.
pub const LIVE: &str = "live";

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
            function,
            secret: format!("{base}-openai-key"),
            marker: base,
        }
    }

    pub fn role_arn(&self) -> String {
        self.arn_of_role(&self.role)
    }

    /// The role that deploys from CI.
    pub fn deploy_role(&self) -> String {
        format!("{}-ci-deploy", self.marker)
    }

    /// The role that only looks from CI.
    pub fn read_role(&self) -> String {
        format!("{}-ci-read", self.marker)
    }

    /// The policy that says what the function's role can be given at most, once CI may write it.
    pub fn boundary(&self) -> String {
        format!("{}-boundary", self.marker)
    }

    pub fn boundary_arn(&self) -> String {
        self.arn_of_policy(&self.boundary())
    }

    /// What both roles of CI may look at.
    pub fn look_policy(&self) -> String {
        format!("{}-ci-look", self.marker)
    }

    /// Of a managed policy of this account.
    pub fn arn_of_policy(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:policy/{name}", self.account)
    }

    /// Of a role of this account.
    pub fn arn_of_role(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:role/{name}", self.account)
    }

    pub fn function_arn(&self) -> String {
        format!("arn:aws:lambda:{}:{}:function:{}", self.region, self.account, self.function)
    }

    /// The function's address by its alias.
    pub fn live_arn(&self) -> String {
        format!("{}:{LIVE}", self.function_arn())
    }

    pub fn log_group_arn(&self) -> String {
        format!("arn:aws:logs:{}:{}:log-group:{}", self.region, self.account, self.log_group)
    }

    /// Of the secret, whichever six characters AWS puts behind its name.
    pub fn secret_arn_pattern(&self) -> String {
        format!("arn:aws:secretsmanager:{}:{}:secret:{}-??????", self.region, self.account, self.secret)
    }

    pub fn api_arn(&self, id: &str) -> String {
        format!("arn:aws:apigateway:{}::/apis/{id}", self.region)
    }

    /// `*` stands for all of them.
    pub fn distribution_arn(&self, id: &str) -> String {
        format!("arn:aws:cloudfront::{}:distribution/{id}", self.account)
    }

    /// CloudFront takes certificates from this region alone.
    pub fn certificate_arn(&self, id: &str) -> String {
        format!("arn:aws:acm:us-east-1:{}:certificate/{id}", self.account)
    }

    /// What a permission for every route of the API names as its source.
    pub fn api_execution_arn(&self, id: &str) -> String {
        format!("arn:aws:execute-api:{}:{}:{id}/*/*", self.region, self.account)
    }

    /// Where CloudFront reaches a bucket: by its region, or it is redirected for hours after the bucket was made.
    pub fn bucket_host(&self, bucket: &str) -> String {
        format!("{bucket}.s3.{}.amazonaws.com", self.region)
    }
}
