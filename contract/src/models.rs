//! Facts about models: sizes, parameters, prices and ends of life.

mod row;
mod table;

pub use row::{Cache, Limit, Model, Price, Provider, REASONING_TOKENS, Source, Usage};

/// The date of the prices: the date of [`Source::LiteLlm`].
pub const AS_OF: &str = "2026-10-29";
/// The default model of OpenAI's API: the cheapest one without an announced end of life.
pub const OPENAI_DEFAULT: &str = "gpt-6-luna";
/// The prefixes of geographic inference profiles, which stay inside one part of the world.
const REGIONAL: [&str; 8] = ["us.", "eu.", "apac.", "jp.", "au.", "ca.", "in.", "us-gov."];

impl Provider {
    /// Returns the provider at the base URL of OpenAI's API.
    pub fn at(base_url: &str) -> Self {
        const HOSTS: [(&str, Provider); 4] = [
            ("api.openai.com", Provider::OpenAi),
            ("api.groq.com", Provider::Groq),
            ("api.deepseek.com", Provider::DeepSeek),
            ("api.mistral.ai", Provider::Mistral),
        ];
        let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
        let host = rest.split(['/', ':']).next().unwrap_or(rest);
        // OpenAI's hosts for data residency have the region in front, for example `eu.api.openai.com`.
        let host = if host.ends_with(".api.openai.com") { "api.openai.com" } else { host };
        HOSTS.iter().find(|(known, _)| *known == host).map_or(Self::Other, |(_, provider)| *provider)
    }
}

impl Model {
    /// Returns the model with this id at a provider, or conservative settings for it.
    pub fn of(provider: Provider, id: &str) -> Self {
        match find(provider, id) {
            Some((model, _)) if model.provider == provider => *model,
            // If the name contains the maker (`openai/gpt-4o`), it is the same model at another provider. Otherwise,
            // the server may use the name for any model: we use the parameters of the row, but not its sizes, which
            // could refuse data files without reason.
            Some((model, _)) => {
                let (context, output) =
                    if id.contains('/') { (model.context, model.output) } else { (None, None) };
                Self { context, output, price: None, end_of_life: None, cache: Cache::None, ..*model }
            }
            None => Self::unknown(provider),
        }
    }
}

/// Returns the address of the server itself, if this base URL may belong to Ollama: its API for clients of OpenAI is at
/// `/v1`.
pub fn ollama_root(base_url: &str) -> Option<&str> {
    let root = base_url.trim_end_matches('/').strip_suffix("/v1")?;
    // After the host follows no other path.
    let host = root.split_once("://")?.1;
    (Provider::at(base_url) == Provider::Other && !host.contains('/')).then_some(root)
}

/// Returns the price of a model, with the factor of its inference profile.
pub fn price(provider: Provider, id: &str) -> Option<Price> {
    let id = id.rsplit('/').next().unwrap_or(id);
    let regional =
        table::REGIONAL_PRICES.iter().find(|(name, _)| provider == Provider::Bedrock && is(name, id));
    if let Some((_, price)) = regional {
        return Some(*price);
    }
    let (model, is_regional) = find(provider, id).filter(|(model, _)| model.provider == provider)?;
    let price = model.price?;
    let factor = if is_regional { price.regional } else { 1.0 };
    Some(Price {
        input: price.input * factor,
        cached_input: price.cached_input.map(|cached| cached * factor),
        output: price.output * factor,
        ..price
    })
}

/// Returns the last day (`2026-09-14`) of a model, if announced. The id may be an inference profile or an ARN.
pub fn end_of_life(provider: Provider, id: &str) -> Option<&'static str> {
    Model::of(provider, id).end_of_life
}

/// Returns the row of a model, and whether its id is a geographic inference profile (`us.`, `eu.`). For an unknown
/// OpenAI-compatible server, searches the models of all known providers.
fn find(provider: Provider, id: &str) -> Option<(&'static Model, bool)> {
    // The id of a profile's ARN, or the name after that of the maker (`openai/gpt-4o`).
    let id = id.rsplit('/').next().unwrap_or(id);
    let named =
        |id: &str| table::MODELS.iter().find(|model| model.provider == provider && is(model.name, id));
    if let Some(model) = named(id) {
        return Some((model, false));
    }
    if provider != Provider::Bedrock {
        // Ollama and `OpenRouter` add a variant after a colon.
        let id = id.split(':').next().unwrap_or(id);
        let mut others = table::MODELS.iter().filter(|model| model.provider != Provider::Bedrock);
        return others.find(|model| is(model.name, id)).map(|model| (model, false));
    }
    if let Some(global) = id.strip_prefix("global.") {
        return named(global).map(|model| (model, false));
    }
    let inside = REGIONAL.iter().find_map(|prefix| id.strip_prefix(prefix))?;
    named(inside).map(|model| (model, true))
}

/// Returns whether `id` is the model `name` in any version: `-20250929-v1:0`, `-2025-04-14`, `-v0:2`.
fn is(name: &str, id: &str) -> bool {
    id.strip_prefix(name).is_some_and(|rest| {
        let (version, revision) = rest.split_once(':').unwrap_or((rest, "0"));
        let mut parts = version.split('-');
        parts.next() == Some("") && parts.all(is_version) && revision.split(':').all(is_revision)
    })
}

/// Returns whether a part of an id after a colon is a revision (`0`) or the size of a context (`200k`).
fn is_revision(part: &str) -> bool {
    let digits = part.strip_suffix('k').unwrap_or(part);
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// Returns whether a part of an id is a version or belongs to a date: `v1`, `0`, `20250929`, or a part of `2025-04-14`.
/// Any other single digit names another model, such as the `5` of `4-5`.
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix('v').unwrap_or(part);
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number && (digits.len() != 1 || part.starts_with('v') || part == "0")
}

#[cfg(test)]
mod tests;
