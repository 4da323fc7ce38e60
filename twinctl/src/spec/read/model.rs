//! Who thinks up the replies: what is possible depends on where the twin runs.

use crate::spec::environment::{Model, Target};
use crate::spec::fields::{Fields, Section};
use crate::spec::kinds::Text;
use crate::spec::shape::Choice;
use crate::spec::words::{ModelId, Region, ServerUrl};

const OPENAI_MODEL: &str = "gpt-4o-mini";

/// The map `model`, before it is known what it means.
pub(super) struct WrittenModel {
    source: Source,
    id: Option<String>,
    base_url: Option<ServerUrl>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Source {
    /// Bedrock in AWS; on this machine what needs neither an account nor a key.
    #[default]
    OfTheTarget,
    Bedrock,
    OpenAi,
    Builtin,
}

impl Choice for Source {
    const WORDS: &'static [(&'static str, Self)] =
        &[("bedrock", Self::Bedrock), ("openai", Self::OpenAi), ("builtin", Self::Builtin)];
}

impl Section for WrittenModel {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let source = fields.choice(
            "source",
            "Bedrock, OpenAI or a server that speaks its language, or replies from your own files without any cost",
        );
        let id = fields.optional::<Text<200>>(
            "id",
            "A model or inference profile of Bedrock (Nova gets the prefix of the region), or the server's name of it",
        );
        let base_url = fields
            .optional("base_url", "A server that speaks OpenAI's language, like http://localhost:11434/v1");
        Some(Self { source, id: id.map(Into::into), base_url })
    }
}

impl WrittenModel {
    /// `None` when it cannot be meant.
    pub(super) fn mean(self, target: Target, region: &Region, fields: &mut Fields<'_>) -> Option<Model> {
        match (self.source, target) {
            (Source::OpenAi, Target::Aws) => {
                if let Some(url) = self.base_url.as_ref().filter(|url| is_here(&url.to_string())) {
                    let message = format!("a function in AWS does not reach {url}");
                    fields.refuse(&["model.base_url"], message, "an address of this machine", None);
                }
                self.openai(fields)
            }
            (Source::OpenAi, Target::Local) => self.openai(fields),
            (Source::Builtin, _) | (Source::OfTheTarget, Target::Local) => Some(Model::Builtin),
            (Source::Bedrock, _) | (Source::OfTheTarget, Target::Aws) => self.bedrock(region, fields),
        }
    }

    fn bedrock(self, region: &Region, fields: &mut Fields<'_>) -> Option<Model> {
        let id: ModelId = match self.id.map(|id| id.parse()) {
            None => ModelId::default(),
            Some(Ok(id)) => id,
            Some(Err(refusal)) => {
                fields.refuse(&["model.id"], refusal.message, &refusal.expected, refusal.help);
                return None;
            }
        };
        if let Some((prefix, right)) = id.abroad(region) {
            let message = format!("profiles with `{prefix}.` cannot be invoked from {region}");
            let label = "a prefix of another part of the world";
            fields.refuse(&["model.id"], message, label, format!("write `{right}`"));
        }
        Some(Model::Bedrock(id))
    }

    fn openai(self, fields: &mut Fields<'_>) -> Option<Model> {
        let id = self.id.unwrap_or_else(|| OPENAI_MODEL.to_owned());
        // Mostly the one of the file that this one extends.
        if id.contains("amazon.") || id.contains("anthropic.") {
            let help = format!("write `id: {OPENAI_MODEL}`, or the name that your own server knows");
            fields.refuse(&["model.id"], format!("`{id}` is a model of Bedrock"), "another model", help);
            return None;
        }
        Some(Model::OpenAi { id, base_url: self.base_url })
    }
}

fn is_here(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or(host);
    matches!(host, "localhost" | "127.0.0.1") || host.starts_with("[::1]")
}
