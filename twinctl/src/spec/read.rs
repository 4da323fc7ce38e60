//! From the tree of a file to an [`Environment`]: every field, what it means, and its default.

mod data;
mod domain;
mod local;
mod model;

use std::path::PathBuf;

use super::environment::{
    Api, Architecture, Data, Domain, Environment, Lambda, LogLevel, Memory, Names, Target, Throttle, Web,
};
use super::fields::{Fields, Section};
use super::kinds::{Links, Retention, Text, Whole};
use super::shape::Choice;
use super::words::{BucketName, ImagePath, ProjectPath, Region};
use model::WrittenModel;

impl Section for Environment {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        fields.optional::<ProjectPath>("extends", "Another file whose values hold where this one is silent");
        let target = fields.choice("target", "Where the twin runs: in AWS, or on this machine");
        let project = fields.required("project", "The first part of every name, like `twin`");
        let name = fields.required("environment", "The name of this environment, the same as its file's");
        let meaning = "The AWS region, like `us-east-1`";
        let region = match target {
            Target::Aws => fields.required("region", meaning),
            Target::Local => Some(fields.or::<Region, _>("region", meaning, Region::default())),
        };
        let profile = fields.optional("profile", "A profile in ~/.aws/config");
        let assume_role = fields.optional("assume_role", "The ARN of a role to take on first");
        let account = fields.optional("account", "The only AWS account that may be touched, in quotes");
        let model = fields.section::<WrittenModel>("model", "Who thinks up the replies");
        let data = fields.optional::<Data>(
            "data",
            "Your own files: a folder, or where they come from and what becomes of them",
        );
        let lambda = fields.section("lambda", "The function behind the API");
        let api = fields.section("api", "The API behind the page");
        let web = fields.section("web", "The chat page");
        let memory = fields.section("memory", "The conversations");
        let domain =
            fields.optional::<Domain>("domain", "A name of your own for the page, like `chat.example.com`");
        let local = fields.section("local", "How it runs on this machine, with `target: local`");
        let protected = fields.or::<bool, _>("protect", "`destroy` refuses", false);
        let tags = fields.optional("tags", "Your own tags, put on everything").unwrap_or_default();
        let names = fields.section("names", "Names to keep instead of the generated ones");
        let log_level = fields.choice("log_level", "How much the function logs");
        let region = region?;
        let environment = Self {
            project: project?,
            name: name?,
            target,
            model: model?.mean(target, &region, fields)?,
            region,
            profile,
            assume_role,
            account,
            data: data.unwrap_or_default(),
            lambda: lambda?,
            api: api?,
            web: web?,
            memory: memory?,
            domain,
            local: local?,
            protect: protected,
            tags,
            names: names?,
            log_level,
        };
        match target {
            Target::Aws => environment.check_bucket_names(fields),
            Target::Local => environment.check_no_domain(fields),
        }
        Some(environment)
    }
}

impl Environment {
    fn check_no_domain(&self, fields: &mut Fields<'_>) {
        if let Some(domain) = &self.domain {
            let message = "a domain is for a twin in AWS".to_owned();
            let help = format!(
                "let a proxy with a certificate lead to this machine, and write `local: {{ allowed_hosts: [{}] }}`",
                domain.name
            );
            fields.refuse(&["domain"], message, "not with `target: local`", help);
        }
    }

    /// Account ids have 12 digits, so a generated name is known before the account is.
    fn check_bucket_names(&self, fields: &mut Fields<'_>) {
        let Names { frontend_bucket, memory_bucket, data_bucket, .. } = &self.names;
        let longest_first = [("frontend", frontend_bucket), ("memory", memory_bucket), ("data", data_bucket)];
        let Some((kind, _)) = longest_first.into_iter().find(|(_, name)| name.is_none()) else {
            return;
        };
        let bucket = format!("{}-{}-{kind}-000000000000", self.project, self.name);
        let Err(refusal) = bucket.parse::<BucketName>() else {
            return;
        };
        let message = format!("the {kind} bucket's name would have {} characters", bucket.len());
        let help = format!("choose another project name, or set `names.{kind}_bucket`");
        fields.refuse(&["project"], message, &refusal.expected, help);
    }
}

impl Choice for Target {
    const WORDS: &'static [(&'static str, Self)] = &[("aws", Self::Aws), ("local", Self::Local)];
}

impl Section for Lambda {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            memory_mb: fields.or::<Whole<128, 10_240>, _>("memory_mb", "Memory, and CPU with it", 256),
            timeout_s: fields.or::<Whole<1, 29>, _>(
                "timeout_s",
                "Seconds for one reply; the API gives up at 30",
                29,
            ),
            architecture: fields.choice("architecture", "`auto` is arm64 where this computer can build it"),
            reserved_concurrency: fields
                .optional::<Whole<1, 10_000>>(
                    "reserved_concurrency",
                    "Replies in the making at once, at most",
                )
                .map(Into::into),
            log_retention_days: fields.or::<Retention, _>(
                "log_retention_days",
                "Days until a log line is gone",
                30,
            ),
        })
    }
}

impl Choice for Architecture {
    const WORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("arm64", Self::Arm64), ("x86_64", Self::X86_64)];
}

impl Section for Api {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            throttle: fields.section("throttle", "Requests that are let in")?,
            cors_origins: fields.list("cors_origins", "Pages elsewhere that may call the API"),
            direct_access: fields.or::<bool, _>(
                "direct_access",
                "The API's own address answers as well",
                false,
            ),
        })
    }
}

impl Section for Throttle {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let before = fields.mistakes.len();
        let burst = fields.or::<Whole<1, 10_000>, _>("burst", "Requests at once, at most", 10);
        let rate = fields.or::<Whole<1, 10_000>, _>("rate", "Requests a second in the long run, at most", 5);
        if burst < rate && fields.mistakes.len() == before {
            let message = format!("a burst of {burst} is below the rate of {rate}");
            let label = "`burst` has to be at least `rate`";
            let help = format!("write `burst: {rate}` or more");
            fields.refuse(&["burst", "rate"], message, label, help);
        }
        Some(Self { burst, rate })
    }
}

impl Section for Web {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let bundle = fields.or::<ProjectPath, _>(
            "bundle",
            "The folder of the built page",
            PathBuf::from("twin-web/dist"),
        );
        Some(Self {
            bundle,
            title: fields.optional::<Text<80>>("title", "Above the chat").map(Into::into),
            greeting: fields.optional::<Text<1_000>>("greeting", "The first message").map(Into::into),
            suggestions: fields
                .list::<Text<120>>("suggestions", "Questions to begin with")
                .into_iter()
                .map(Into::into)
                .collect(),
            accent: fields.optional("accent", "A colour like \"#3366cc\""),
            avatar: fields.optional::<ImagePath>("avatar", "An image file").map(Into::into),
            links: fields
                .optional::<Links>("links", "Label and address of each")
                .map_or_else(Vec::new, Into::into),
            privacy: fields
                .optional::<Text<300>>("privacy", "What is done with what visitors say, in one line")
                .map(Into::into),
            languages: fields.list("languages", "The languages that the page may choose from, like `en`"),
            rewrite_api: fields
                .optional("rewrite_api", "Replace an address of the API that the page was built with"),
            frame_ancestors: fields.list("frame_ancestors", "Sites that may show the page in a frame"),
        })
    }
}

impl Section for Memory {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let days = fields.optional::<Whole<1, 36_500>>(
            "expire_after_days",
            "Days until a conversation is forgotten; without it, never",
        );
        Some(Self { expire_after_days: days.map(Into::into) })
    }
}

impl Section for Names {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            frontend_bucket: fields.optional("frontend_bucket", "The bucket of the page"),
            memory_bucket: fields.optional("memory_bucket", "The bucket of the conversations"),
            data_bucket: fields.optional("data_bucket", "The bucket of the personal data"),
            function: fields.optional("function", "The Lambda function"),
            role: fields.optional("role", "The function's role"),
            api: fields.optional("api", "The HTTP API"),
            log_group: fields.optional("log_group", "The function's log group"),
        })
    }
}

impl Choice for LogLevel {
    const WORDS: &'static [(&'static str, Self)] =
        &[("error", Self::Error), ("warn", Self::Warn), ("info", Self::Info), ("debug", Self::Debug)];
}
