//! The questions of `init`. Each has a default, which is used without a terminal.

use std::{fmt::Display, path::Path};

use contract::models::OPENAI_DEFAULT;

use super::{
    answers::{Answers, FullName, Line, Model, Owner},
    existing::Existing,
};
use crate::spec::{EmailAddress, ProjectName, Region, ServerUrl};

/// The source of the twin's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ModelKind {
    Builtin,
    Openai,
    Bedrock,
}

impl ModelKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Openai => "openai",
            Self::Bedrock => "bedrock",
        }
    }
}

const OLLAMA: &str = "http://localhost:11434/v1";
const OLLAMA_MODEL: &str = "llama3.2";

const MODELS: &str = "Which model answers on this machine?
  1  builtin   answers from your data files: no account, no key, no cost
  2  openai    an OpenAI-compatible server, such as Ollama on this machine
  3  bedrock   a model of Amazon Bedrock: needs an AWS account";

/// A terminal that can be asked.
pub(crate) trait Dialog {
    /// Returns the typed line, or `None` at the end of the input.
    fn ask(&mut self, prompt: &str) -> Option<String>;
    fn say(&mut self, text: &str);
}

/// Answers every question with its default.
#[derive(Debug)]
pub(crate) struct Defaults;

impl Dialog for Defaults {
    fn ask(&mut self, _prompt: &str) -> Option<String> {
        Some(String::new())
    }

    fn say(&mut self, _text: &str) {}
}

/// Answers from the command line, which are not asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenAnswers {
    pub(crate) owner: Owner,
    pub(crate) project: Option<ProjectName>,
    pub(crate) model: Option<ModelKind>,
    pub(crate) model_id: Option<Line>,
    pub(crate) base_url: Option<ServerUrl>,
    pub(crate) region: Option<Region>,
}

/// Which questions are open. An existing file already contains its answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenQuestions {
    pub(crate) base: bool,
    pub(crate) local: bool,
    pub(crate) owner: bool,
}

/// Asks whether to take over the existing twin. Returns `None` at the end of the input.
pub(crate) fn take_over(dialog: &mut dyn Dialog) -> Option<bool> {
    ask_until_valid(dialog, "Take this over? [Y/n]", |text| yes(text, true))
}

/// Asks whether to take over the twin in a subfolder. Returns `None` at the end of the input.
pub(crate) fn take_over_subfolder(dialog: &mut dyn Dialog, folder: &Path) -> Option<bool> {
    let question = format!("{} contains a twin. Take it over? [Y/n]", folder.display());
    ask_until_valid(dialog, &question, |text| yes(text, true))
}

pub(crate) fn ask(
    dialog: &mut dyn Dialog,
    given: GivenAnswers,
    open: OpenQuestions,
    found: &Existing,
) -> Option<Answers> {
    let GivenAnswers { owner: known, project: named, model: kind, region: place, .. } = given.clone();
    let owner = if open.owner { owner(dialog, known)? } else { known };
    let project = match named {
        None if open.base => Some(project(dialog, owner.name.as_ref(), found)?),
        given => given,
    };
    let model = if open.local || kind.is_some() { Some(model(dialog, given, found)?) } else { None };
    let (region, wants_aws) = match place {
        None if open.base => {
            let (region, wants_aws) = region(dialog, model.as_ref(), found)?;
            (Some(region), wants_aws)
        }
        given => (given, false),
    };
    Some(Answers { owner, project, model, region, wants_aws })
}

fn owner(dialog: &mut dyn Dialog, given: Owner) -> Option<Owner> {
    let name = match given.name {
        Some(name) => Some(name),
        None => ask_until_valid(dialog, "Your name (Enter to skip):", optional::<FullName>)?,
    };
    if name.is_none() {
        return Some(Owner { name, ..given });
    }
    let role = match given.role {
        Some(role) => Some(role),
        None => ask_until_valid(dialog, "Your work, in a few words (Enter to skip):", optional::<Line>)?,
    };
    let email = match given.email {
        Some(email) => Some(email),
        None => ask_until_valid(
            dialog,
            "Your email address, shown to visitors (Enter to skip):",
            optional::<EmailAddress>,
        )?,
    };
    Some(Owner { name, role, email })
}

/// Asks for the project name. The default is Terraform's, else one derived from the owner's name.
fn project(dialog: &mut dyn Dialog, owner: Option<&FullName>, found: &Existing) -> Option<ProjectName> {
    let in_facts = || found.data.as_ref()?.name.as_deref()?.parse().ok();
    let of_owner = || owner.cloned().or_else(in_facts)?.project();
    let default = found.setting("project").and_then(|name| name.parse().ok()).or_else(of_owner);
    let default = default.or_else(|| "twin".parse().ok())?;
    if let Some(conflict) = found.conflict("project") {
        return decide(dialog, "project", &conflict);
    }
    let origin = found.origin("project");
    ask_until_valid(dialog, &format!("A short name for the twin [{default}{origin}]:"), |text| {
        or_default(text, &default)
    })
}

fn model(dialog: &mut dyn Dialog, given: GivenAnswers, found: &Existing) -> Option<Model> {
    let openai = found.terraform.as_ref().and_then(|terraform| terraform.openai.as_deref());
    let default = if openai.is_some() { ModelKind::Openai } else { ModelKind::Builtin };
    let kind = if let Some(kind) = given.model {
        kind
    } else {
        dialog.say(MODELS);
        ask_until_valid(dialog, &format!("Number or name [{}]:", default.name()), |text| {
            choice(text, default)
        })?
    };
    match kind {
        ModelKind::Builtin => Some(Model::Builtin),
        ModelKind::Bedrock => Some(Model::Bedrock),
        ModelKind::Openai => openai_model(dialog, given.model_id, given.base_url, openai),
    }
}

/// Asks for server and model. A model ID from Terraform (`known`) belongs to OpenAI's own server.
fn openai_model(
    dialog: &mut dyn Dialog,
    id: Option<Line>,
    base_url: Option<ServerUrl>,
    known: Option<&str>,
) -> Option<Model> {
    let own = if known.is_some() { "openai" } else { OLLAMA };
    let base_url = match base_url {
        Some(url) => Some(url),
        None => ask_until_valid(
            dialog,
            &format!("Server address, or `openai` for OpenAI itself [{own}]:"),
            |text| match if text.is_empty() { own } else { text } {
                "openai" => Ok(None),
                url => url.parse::<ServerUrl>().map(Some),
            },
        )?,
    };
    let default = known.unwrap_or(if base_url.is_some() { OLLAMA_MODEL } else { OPENAI_DEFAULT });
    let id = match id {
        Some(id) => id,
        None => ask_until_valid(dialog, &format!("The model [{default}]:"), |text| {
            if text.is_empty() { default.parse() } else { text.parse::<Line>() }
        })?,
    };
    Some(Model::OpenAi { id, base_url })
}

/// Asks for the region only if the twin will be deployed to AWS. Also returns whether it will, as far as that was asked.
fn region(dialog: &mut dyn Dialog, model: Option<&Model>, found: &Existing) -> Option<(Region, bool)> {
    if let Some(conflict) = found.conflict("region") {
        return Some((decide(dialog, "AWS region", &conflict)?, false));
    }
    let default = found.setting("region").and_then(|name| name.parse().ok()).unwrap_or_default();
    let prompt = "Will you also deploy it to AWS? (You can decide later.) [y/N]";
    let is_asked = model != Some(&Model::Bedrock);
    if is_asked && !ask_until_valid(dialog, prompt, |text| yes(text, false))? {
        return Some((default, false));
    }
    let origin = found.origin("region");
    let region = ask_until_valid(dialog, &format!("The AWS region [{default}{origin}]:"), |text| {
        or_default(text, &default)
    })?;
    Some((region, is_asked))
}

/// Asks for a value on which the files of the former twin do not agree. There is no default.
fn decide<T: std::str::FromStr<Err: Display>>(
    dialog: &mut dyn Dialog,
    what: &str,
    conflict: &str,
) -> Option<T> {
    dialog.say(&format!("Your files do not agree on the {what}: {conflict}"));
    ask_until_valid(dialog, &format!("The {what}:"), str::parse)
}

/// Repeats the question until the answer is valid.
fn ask_until_valid<T, E: Display>(
    dialog: &mut dyn Dialog,
    prompt: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<T> {
    loop {
        match parse(dialog.ask(prompt)?.trim()) {
            Ok(answer) => return Some(answer),
            Err(error) => dialog.say(&format!("  {error}")),
        }
    }
}

fn or_default<T: std::str::FromStr + Clone>(text: &str, default: &T) -> Result<T, T::Err> {
    if text.is_empty() { Ok(default.clone()) } else { text.parse() }
}

fn optional<T: std::str::FromStr>(text: &str) -> Result<Option<T>, T::Err> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

fn yes(text: &str, default: bool) -> Result<bool, &'static str> {
    match text.to_lowercase().as_str() {
        "" => Ok(default),
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("`y` or `n`"),
    }
}

fn choice(text: &str, default: ModelKind) -> Result<ModelKind, &'static str> {
    match text.to_lowercase().as_str() {
        "" => Ok(default),
        "1" | "builtin" => Ok(ModelKind::Builtin),
        "2" | "openai" | "ollama" => Ok(ModelKind::Openai),
        "3" | "bedrock" => Ok(ModelKind::Bedrock),
        _ => Err("1, 2 or 3"),
    }
}

#[cfg(test)]
mod tests;
