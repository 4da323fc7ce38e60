//! `model`: the model that generates the replies.

use contract::models::OPENAI_DEFAULT;

use crate::spec::environment::{Model, Target};
use crate::spec::fields::{Fields, Section};
use crate::spec::kinds::Text;
use crate::spec::shape::Choice;
use crate::spec::words::{ModelId, Region, ServerUrl};

/// The map `model` of the file. Its meaning depends on the target and the region.
pub(super) struct ModelSection {
    source: Source,
    id: Option<String>,
    base_url: Option<ServerUrl>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Source {
    /// Bedrock on AWS; `builtin` on this machine, which needs neither an account nor a key.
    #[default]
    TargetDefault,
    Bedrock,
    OpenAi,
    Builtin,
}

impl Choice for Source {
    const WORDS: &'static [(&'static str, Self)] =
        &[("bedrock", Self::Bedrock), ("openai", Self::OpenAi), ("builtin", Self::Builtin)];
}

impl Section for ModelSection {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let source = fields.choice(
            "source",
            "`bedrock`, `openai` (or an OpenAI-compatible server), or `builtin`, which answers from your data files at no cost",
        );
        let id = fields.optional::<Text<200>>(
            "id",
            "A Bedrock model or inference profile (the region's prefix is added to Nova models), or the server's model name. The default is the cheapest Amazon Nova of the region",
        );
        let base_url = fields
            .optional("base_url", "The URL of an OpenAI-compatible server, like http://localhost:11434/v1");
        Some(Self { source, id: id.map(Into::into), base_url })
    }
}

impl ModelSection {
    /// Returns the model, or `None` after reporting an error.
    pub(super) fn resolve(self, target: Target, region: &Region, fields: &mut Fields<'_>) -> Option<Model> {
        match (self.source, target) {
            (Source::OpenAi, Target::Aws) => {
                if let Some(url) = self.base_url.as_ref().filter(|url| is_here(&url.to_string())) {
                    let message = format!("a function on AWS cannot reach {url}");
                    fields.reject(&["model.base_url"], message, "an address of your machine", None);
                } else if let Some(url) =
                    self.base_url.as_ref().filter(|url| is_without_tls(&url.to_string()))
                {
                    let message =
                        format!("a function on AWS would send messages and API key to {url} without TLS");
                    let https = url.to_string().replacen("http:", "https:", 1);
                    fields.reject_for_deploys(
                        &["model.base_url"],
                        message,
                        "expected https",
                        format!("put TLS in front of the server, and write `{https}`"),
                    );
                }
                self.openai(fields)
            }
            (Source::OpenAi, Target::Local) => self.openai(fields),
            (Source::Builtin, _) | (Source::TargetDefault, Target::Local) => Some(Model::Builtin),
            (Source::Bedrock, _) | (Source::TargetDefault, Target::Aws) => self.bedrock(region, fields),
        }
    }

    fn bedrock(self, region: &Region, fields: &mut Fields<'_>) -> Option<Model> {
        let id: ModelId = match self.id.map(|id| id.parse()) {
            None => ModelId::default_in(region),
            Some(Ok(id)) => id,
            Some(Err(error)) => {
                fields.reject(&["model.id"], error.message, &error.expected, error.help);
                return None;
            }
        };
        if let Some((prefix, right)) = id.wrong_prefix(region) {
            let message = format!("profiles with `{prefix}.` cannot be invoked from {region}");
            let label = "a prefix for other regions";
            fields.reject(&["model.id"], message, label, format!("write `{right}`"));
        }
        Some(Model::Bedrock(id))
    }

    fn openai(self, fields: &mut Fields<'_>) -> Option<Model> {
        let id = self.id.unwrap_or_else(|| OPENAI_DEFAULT.to_owned());
        // Usually inherited from the file that this one extends.
        if id.contains("amazon.") || id.contains("anthropic.") {
            let help = format!("write `id: {OPENAI_DEFAULT}`, or the name of a model on your server");
            fields.reject(
                &["model.id"],
                format!("`{id}` is a Bedrock model"),
                "expected a model of OpenAI or your server",
                help,
            );
            return None;
        }
        Some(Model::OpenAi { id, base_url: self.base_url })
    }
}

/// Whether requests go through the Internet without TLS. Emulated accounts have loopback addresses.
fn is_without_tls(url: &str) -> bool {
    url.strip_prefix("http://").is_some_and(|rest| !rest.starts_with("127."))
}

fn is_here(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or(host);
    matches!(host, "localhost" | "127.0.0.1") || host.starts_with("[::1]")
}
