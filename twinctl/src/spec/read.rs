//! The fields of an environment file, with their descriptions and defaults.

/// Implements `Shape` for sections.
macro_rules! maps {
    ($($section:ident),+) => {$(
        impl Shape for $section {
            fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
                read_section(node, errors)
            }

            fn schema() -> Json {
                schema::<Self>()
            }
        }
    )+};
}

mod alarms;
mod budget;
mod data;
mod domain;
mod local;
mod model;
mod names;
mod waf;

use std::path::PathBuf;

use budget::for_model;
use model::ModelSection;
use serde_json::json;

use super::{
    environment::{
        Alarms, Api, Architecture, Budget, DEFAULT_PAGE, Data, Domain, Environment, Lambda, LogLevel, Memory,
        Names, Preview, Prompt, Release, Scope, Target, Throttle, Waf, Web,
    },
    fields::{self, Fields, Section},
    kinds::{Directives, Links, Retention, Text, Whole},
    shape::Choice,
    words::{BucketName, ImagePath, ProjectPath, Region, Ttl},
};

const EXTENDS: &str = "A file whose values apply unless this file overrides them";
const PREVIEW: &str = "`pull_request`: `ci setup` lets each pull request deploy an environment with these settings [default: none]";
const STREAMING: &str = "Whether answers appear word by word on AWS; a local twin always streams";
const NAME: &str = "The name of this environment, which is also the name of the file";
const REGION: &str = "The AWS region, like `us-east-1`";
const BUDGET: &str = "The limit of what the model may cost in a month [default: none]";
const WAF: &str = "A web application firewall in front of the page and the API, on AWS [default: none]";
const DATA: &str = "Your data files: a folder or Git repository, or a map of settings";
const PROTECT: &str = "Whether `destroy` refuses to delete the environment";
const TTL: &str =
    "How long the environment lives after a deploy, like `8h`, until `sweep` deletes it [default: forever]";

const CANARY: &str =
    "Share of the visitors that get a new version first, and for how long, like `10%:5m` [default: none]";

impl Section for Environment {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        fields.optional::<ProjectPath>("extends", EXTENDS);
        let target = fields.choice("target", "Where the twin runs: on AWS, or on this machine");
        let project = fields.required("project", "The first part of every resource name, like `twin`");
        let name = fields.required("environment", NAME);
        let region = read_region(target, fields);
        let profile = fields.optional("profile", "A profile in ~/.aws/config");
        let assume_role = fields.optional("assume_role", "The ARN of a role to assume");
        let account = fields.optional("account", "The only AWS account that may be changed, in quotes");
        let model = fields.section::<ModelSection>("model", "The model that generates the replies");
        let budget = fields.optional::<Budget>("budget", BUDGET);
        let prompt = fields.section("prompt", "Settings of the instructions to the model");
        let data = fields.optional::<Data>("data", DATA);
        let lambda = fields.section("lambda", "The function behind the API");
        let api = fields.section("api", "The API behind the page");
        let streaming = fields.with_default::<bool, _>("streaming", STREAMING, false);
        let alarms = fields.optional::<Alarms>("alarms", "Alarms, and a dashboard on AWS [default: off]");
        let waf = fields.optional::<Waf>("waf", WAF);
        let web = fields.section("web", "The chat page");
        let memory = fields.section("memory", "Settings of stored conversations");
        let release = fields.section("release", "Checks of a new version before visitors reach it");
        let domain = fields.optional::<Domain>("domain", "The domain of the page, like `chat.example.com`");
        let local = fields.section("local", "Settings of a local twin, with `target: local`");
        let protected = fields.with_default::<bool, _>("protect", PROTECT, false);
        let ttl = fields.optional::<Ttl>("ttl", TTL);
        let preview = fields.optional::<Preview>("preview", PREVIEW);
        let tags = fields.optional("tags", "Additional tags for all resources").unwrap_or_default();
        let names = fields.section("names", "Physical names that replace the generated ones");
        let log_level = fields.choice("log_level", "The log level of the function");
        let region = region?;
        let model = model?.resolve(target, &region, fields)?;
        let environment = Self {
            project: project?,
            name: name?,
            target,
            budget: for_model(&model, budget, fields),
            model,
            prompt: prompt?,
            region,
            profile,
            assume_role,
            account,
            data: data.unwrap_or_default(),
            lambda: lambda?,
            api: api?,
            streaming,
            alarms,
            waf,
            web: web?,
            memory: memory?,
            release: release?,
            domain,
            local: local?,
            protect: protected,
            ttl,
            preview,
            tags,
            names: names?,
            log_level,
        };
        Some(environment.checked(fields))
    }
}

/// Reads the region, which a local twin needs only for its model.
fn read_region(target: Target, fields: &mut Fields<'_>) -> Option<Region> {
    match target {
        Target::Aws => fields.required("region", REGION),
        Target::Local => Some(fields.with_default::<Region, _>("region", REGION, Region::default())),
    }
}

impl Environment {
    /// Checks what several fields together must fulfill.
    fn checked(self, fields: &mut Fields<'_>) -> Self {
        match self.target {
            Target::Aws => {
                self.check_bucket_names(fields);
                self.check_throttle(fields);
            }
            Target::Local => {
                self.check_no_domain(fields);
                let has_email = self.alarms.as_ref().is_some_and(|alarms| alarms.email.is_some());
                check_only_on_aws(fields, "alarms.email", has_email);
                let has_email = self.budget.as_ref().is_some_and(|budget| budget.email.is_some());
                check_only_on_aws(fields, "budget.email", has_email);
                check_only_on_aws(fields, "waf", self.waf.is_some());
            }
        }
        self.check_ttl(fields);
        self.check_preview(fields);
        self.check_budget(fields);
        self
    }

    fn check_preview(&self, fields: &mut Fields<'_>) {
        let reason = match (self.preview, self.target) {
            (Some(_), Target::Local) => "a local twin cannot have previews",
            (Some(_), Target::Aws) if self.protect => {
                "an environment with `protect: true` cannot have previews"
            }
            _ => return,
        };
        let help = "remove `preview`; if another file sets it, write `preview: null`".to_owned();
        fields.reject(&["preview"], reason.to_owned(), "previews are on AWS, and are deleted again", help);
    }

    fn check_ttl(&self, fields: &mut Fields<'_>) {
        if self.protect && self.ttl.is_some() {
            let message = "an environment with `protect: true` cannot have a `ttl`".to_owned();
            let help = "remove `ttl`; if another file sets it, write `ttl: null`".to_owned();
            fields.reject(&["ttl"], message, "`sweep` would delete it", help);
        }
    }

    fn check_no_domain(&self, fields: &mut Fields<'_>) {
        if let Some(domain) = &self.domain {
            let message = "`domain` requires `target: aws`".to_owned();
            let help = format!(
                "use a reverse proxy with a certificate, and set `local: {{ allowed_hosts: [{}] }}`",
                domain.name
            );
            fields.reject(&["domain"], message, "not supported with `target: local`", help);
        }
    }

    /// Checks that the limits can be divided between the two APIs of a twin that streams.
    fn check_throttle(&self, fields: &mut Fields<'_>) {
        let Throttle { burst, rate } = self.api.throttle;
        let Some((name, _)) = [("burst", burst), ("rate", rate)].into_iter().find(|(_, limit)| *limit < 2)
        else {
            return;
        };
        if self.streaming {
            let message = format!("`api.throttle.{name}` is less than 2");
            let label = "`streaming` divides it between two APIs";
            fields.reject(&["streaming"], message, label, format!("set `api.throttle.{name}` to 2 or more"));
        }
    }

    /// Checks the length of the generated names. All account ids have 12 digits, so the account need not be known.
    fn check_bucket_names(&self, fields: &mut Fields<'_>) {
        let Names { frontend_bucket, memory_bucket, data_bucket, .. } = &self.names;
        let longest_first = [("frontend", frontend_bucket), ("memory", memory_bucket), ("data", data_bucket)];
        let Some((kind, _)) = longest_first.into_iter().find(|(_, name)| name.is_none()) else {
            return;
        };
        let bucket = format!("{}-{}-{kind}-000000000000", self.project, self.name);
        let Err(error) = bucket.parse::<BucketName>() else {
            return;
        };
        let message = format!("the {kind} bucket's name would have {} characters", bucket.len());
        let help = format!("choose another project name, or set `names.{kind}_bucket`");
        fields.reject(&["project"], message, &error.expected, help);
    }
}

fn check_only_on_aws(fields: &mut Fields<'_>, key: &'static str, is_set: bool) {
    if is_set {
        let message = format!("`{key}` requires `target: aws`");
        let help = format!("remove `{key}`; if another file sets it, write `{key}: null`");
        fields.reject(&[key], message, "not supported with `target: local`", help);
    }
}

impl Choice for Target {
    const WORDS: &'static [(&'static str, Self)] = &[("aws", Self::Aws), ("local", Self::Local)];
}

impl Section for Prompt {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let description =
            "`owner`: the twin declines homework, code and other tasks of visitors. `any`: it does not";
        Some(Self { scope: fields.choice("scope", description) })
    }
}

impl Choice for Scope {
    const WORDS: &'static [(&'static str, Self)] = &[("owner", Self::Owner), ("any", Self::Any)];
}

impl Section for Lambda {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            memory_mb: fields.with_default::<Whole<128, 10_240>, _>(
                "memory_mb",
                "Memory in MB; CPU is proportional to it",
                256,
            ),
            timeout_s: fields.with_default::<Whole<1, 29>, _>(
                "timeout_s",
                "Timeout of one reply in seconds; API Gateway times out after 30",
                29,
            ),
            architecture: fields
                .choice("architecture", "`auto` is arm64 if this machine can build it, otherwise `x86_64`"),
            reserved_concurrency: fields
                .optional::<Whole<1, 10_000>>("reserved_concurrency", "Maximum number of concurrent replies")
                .map(Into::into),
            log_retention_days: fields.with_default::<Retention, _>(
                "log_retention_days",
                "Days until log entries are deleted",
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
            throttle: fields.section("throttle", "Limits for requests to the API")?,
            cors_origins: fields.list("cors_origins", "Origins of other pages that may call the API"),
            direct_access: fields.with_default::<bool, _>(
                "direct_access",
                "Whether the API also answers at its own address",
                false,
            ),
        })
    }
}

impl Section for Throttle {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let before = fields.errors.len();
        let burst =
            fields.with_default::<Whole<1, 10_000>, _>("burst", "Maximum number of concurrent requests", 10);
        let rate =
            fields.with_default::<Whole<1, 10_000>, _>("rate", "Maximum requests per second, on average", 5);
        if burst < rate && fields.errors.len() == before {
            let message = format!("`burst` ({burst}) is less than `rate` ({rate})");
            let label = "`burst` must be at least `rate`";
            let help = format!("set `burst` to {rate} or more");
            fields.reject(&["burst", "rate"], message, label, help);
        }
        Some(Self { burst, rate })
    }
}

impl Section for Web {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let bundle = fields.with_default::<ProjectPath, _>(
            "bundle",
            "The folder of the built page",
            PathBuf::from(DEFAULT_PAGE),
        );
        Some(Self {
            bundle,
            title: fields.optional::<Text<80>>("title", "The title above the chat").map(Into::into),
            greeting: fields
                .optional::<Text<1_000>>("greeting", "The first message of the twin")
                .map(Into::into),
            suggestions: fields
                .list::<Text<120>>("suggestions", "Suggested first questions")
                .into_iter()
                .map(Into::into)
                .collect(),
            accent: fields.optional("accent", "The accent color, like \"#3366cc\""),
            avatar: fields.optional::<ImagePath>("avatar", "An image file for the avatar").map(Into::into),
            links: fields
                .optional::<Links>("links", "Links in the menu: a map of labels to addresses")
                .map_or_else(Vec::new, Into::into),
            privacy: fields
                .optional::<Text<300>>("privacy", "The privacy notice, in one line")
                .map(Into::into),
            languages: fields
                .list("languages", "The languages that the page may use, like `en` [default: all]"),
            rewrite_api: fields.optional(
                "rewrite_api",
                "Whether to replace the API address that the page was built with [default: ask]",
            ),
            frame_ancestors: fields.list("frame_ancestors", "Sites that may embed the page in a frame"),
            csp: fields
                .optional::<Directives>(
                    "csp",
                    "Directives of the content security policy, like `script-src`, and their sources",
                )
                .map_or_else(Vec::new, Into::into),
        })
    }
}

impl Section for Memory {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let days = fields.optional::<Whole<1, 36_500>>(
            "expire_after_days",
            "Days until an inactive conversation that the twin wrote while this is set is deleted [default: never]",
        );
        Some(Self { expire_after_days: days.map(Into::into) })
    }
}

impl Section for Release {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let description = "Whether the new version must answer one question, which calls the model";
        Some(Self {
            ask: fields.with_default::<bool, _>("ask", description, true),
            canary: fields.optional("canary", CANARY),
        })
    }
}

impl Choice for LogLevel {
    const WORDS: &'static [(&'static str, Self)] =
        &[("error", Self::Error), ("warn", Self::Warn), ("info", Self::Info), ("debug", Self::Debug)];
}

/// Returns the text of `environments/schema.json`.
pub fn schema() -> String {
    let mut schema = fields::schema::<Environment>();
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("twinctl environment file");
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "only this test reads the variable")]
    fn the_committed_schema_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments/schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, super::schema()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == super::schema(),
            "environments/schema.json is outdated: run `UPDATE_SCHEMA=1 cargo test -p twinctl schema`"
        );
    }
}
