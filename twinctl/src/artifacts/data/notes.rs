//! Notes about data files, printed before the upload: redactions, warnings and the cost per message.

use std::{collections::BTreeSet, fmt};

use contract::models::{Model, Provider};
use persona::{Finding, Prepared, Redaction, price};
use reconcile::Plan;

use super::{facts_changes, ollama};

/// The number of redactions that are listed; the others are counted.
const MAX_REDACTIONS: usize = 10;
/// The number of warnings that are listed; the others are counted.
const MAX_WARNINGS: usize = 40;

/// The model that reads the data files, and its provider.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) provider: Provider,
    pub(super) model: String,
    /// The server, if it is neither Bedrock nor OpenAI.
    pub(super) base_url: Option<String>,
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base_url = self.base_url.iter().map(|url| format!(" at {url}"));
        write!(f, "{} from {:?}{}", self.model, self.provider, base_url.collect::<String>())
    }
}

impl Reader {
    /// Returns how the model is called: as its server reports, or else as the table says.
    pub(super) async fn settings(&self) -> Model {
        let asked = match &self.base_url {
            Some(url) => ollama::model(url, &self.model).await,
            None => None,
        };
        asked.unwrap_or_else(|| Model::of(self.provider, &self.model))
    }

    /// Returns the cost per message, for example `, about $0.0004 with MODEL`.
    fn cost(&self, tokens: usize) -> String {
        let model = &self.model;
        let Some(price) = price::per_turn(self.provider, model, tokens) else {
            // A server of the owner has no price per token.
            let is_own = self.provider == Provider::Other;
            let unknown = || format!("; twinctl does not know the price of {model}");
            return if is_own { String::new() } else { unknown() };
        };
        let cached = price.cached_usd.map(|usd| format!(", {} if they are cached", dollars(usd)));
        let (usd, as_of) = (dollars(price.usd), price.as_of);
        format!(", about {usd} with {model}{} (prices of {as_of})", cached.unwrap_or_default())
    }
}

/// Returns the notes about checked files.
pub(super) fn of(prepared: &Prepared, model: Option<&Reader>) -> Vec<String> {
    let warning = |finding: &Finding| match &finding.hint {
        Some(hint) => format!("{finding}: {hint}"),
        None => finding.to_string(),
    };
    let warnings =
        first(&prepared.findings, MAX_WARNINGS, warning, |more| format!("and {more} more warnings"));
    let texts = prepared.pdf_texts.iter().map(|text| format!("{text} was extracted from the PDF"));
    let withheld = prepared.withheld.iter().map(|pdf| format!("{pdf} itself is not uploaded"));
    let cost = model.map(|model| model.cost(prepared.tokens)).unwrap_or_default();
    let tokens = thousands(prepared.tokens as u64);
    let size = format!("a model reads about {tokens} tokens with every message{cost}");
    warnings
        .into_iter()
        .chain(redaction_lines(&prepared.redactions))
        .chain(texts)
        .chain(withheld)
        .chain([size])
        .collect()
}

fn redaction_lines(all: &[Redaction]) -> Vec<String> {
    let line =
        |left: &Redaction| format!("left out: {}:{}: {} {}", left.file, left.line, left.kind, left.masked);
    let mut lines =
        first(all, MAX_REDACTIONS, line, |more| format!("left out: {more} more (`--json` prints all)"));
    if !all.is_empty() {
        let kinds: BTreeSet<_> = all.iter().map(|left| left.kind.word()).collect();
        let kinds: Vec<_> = kinds.into_iter().collect();
        lines.push(format!("to upload them, set `data: {{ allow: [{}] }}`", kinds.join(", ")));
    }
    lines
}

/// Returns lines for the first items, and one with the number of other items.
fn first<T>(
    all: &[T],
    limit: usize,
    line: impl Fn(&T) -> String,
    rest: impl Fn(usize) -> String,
) -> Vec<String> {
    let more = all.len().saturating_sub(limit);
    all.iter().take(limit).map(line).chain((more > 0).then(|| rest(more))).collect()
}

/// Returns notes about a plan: the source of the files, and a warning if the plan deletes the facts.
pub(crate) fn plan_notes(from: &str, plan: &Plan) -> [Option<String>; 2] {
    let is_deleted = facts_changes(plan).any(|change| change.new.is_none());
    let is_written = facts_changes(plan).any(|change| change.new.is_some());
    let warning = (is_deleted && !is_written).then(|| {
        "facts.json would be deleted without a replacement, so the twin would lose its owner's name; check the data folder"
            .to_owned()
    });
    [Some(format!("these files are read from {from}")), warning]
}

/// Formats an amount with at least two significant digits.
pub(crate) fn dollars(usd: f64) -> String {
    let mut digits = 2;
    while digits < 6 && usd * 10_f64.powi(digits) < 10.0 {
        digits += 1;
    }
    format!("${usd:.*}", usize::try_from(digits).unwrap_or(2))
}

/// Formats a number with commas.
pub(crate) fn thousands(number: u64) -> String {
    if number < 1000 {
        number.to_string()
    } else {
        format!("{},{:03}", thousands(number / 1000), number % 1000)
    }
}

#[cfg(test)]
mod tests {
    use persona::{Allow, Files, prepare};

    use super::*;

    #[test]
    fn notes_contain_the_redactions_and_the_cost() {
        let mut files = Files::default();
        files
            .insert("facts.json", br#"{"full_name": "Ada Maplewood", "phone": "+44 20 7946 0018"}"#.to_vec());
        files.insert("summary.txt", b"Ada draws maps of islands.".to_vec());
        let prepared = prepare(files, &Allow::new());
        let model = Reader {
            provider: Provider::Bedrock,
            model: "us.amazon.nova-lite-v1:0".to_owned(),
            base_url: None,
        };
        insta::assert_snapshot!(of(&prepared, Some(&model)).join("\n"), @r#"
        left out: facts.json:1: phone number +44…18
        to upload them, set `data: { allow: [phone] }`
        a model reads about 519 tokens with every message, about $0.00015 with us.amazon.nova-lite-v1:0 (prices of 2026-10-29)
        "#);
        insta::assert_snapshot!(of(&Prepared::default(), None).join("\n"), @"a model reads about 0 tokens with every message");
    }

    #[test]
    fn readers_differ_by_their_server() {
        let at = |url: Option<&str>| {
            let (provider, model) = (Provider::Other, "m".to_owned());
            Reader { provider, model, base_url: url.map(ToOwned::to_owned) }.to_string()
        };
        let all = [None, Some("http://a/v1"), Some("http://b/v1")].map(at);
        assert_eq!(all, ["m from Other", "m from Other at http://a/v1", "m from Other at http://b/v1"]);
    }

    #[test]
    fn small_amounts_have_two_significant_digits() {
        let texts = [0.000_041_2, 0.000_38, 0.004_21, 0.051, 1.234].map(dollars);
        assert_eq!(texts, ["$0.000041", "$0.00038", "$0.0042", "$0.051", "$1.23"]);
    }
}
