//! What people should know of their files before they go online.

use std::{collections::BTreeSet, fmt};

use persona::{
    Finding, Prepared, Redaction,
    price::{self, Provider},
    too_large,
};
use reconcile::Plan;

use super::of_facts;

/// More that were left out are a number.
const LEFT_OUT: usize = 10;
/// More warnings are a number.
const WARNINGS: usize = 40;

/// A model, and who sends the bill.
#[derive(Debug, Clone)]
pub(super) struct Paid {
    provider: Provider,
    model: String,
}

impl fmt::Display for Paid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {:?}", self.model, self.provider)
    }
}

impl Paid {
    pub(super) fn bedrock(model: String) -> Self {
        Self { provider: Provider::Bedrock, model }
    }

    pub(super) fn openai(model: String) -> Self {
        Self { provider: Provider::OpenAi, model }
    }

    pub(super) fn too_large(&self, tokens: usize) -> Option<Finding> {
        too_large(self.provider, &self.model, tokens)
    }

    /// `, $0.0004 a turn with MODEL`; what is not known is not guessed.
    fn cost(&self, tokens: usize) -> String {
        let model = &self.model;
        let Some(price) = price::per_turn(self.provider, model, tokens) else {
            return format!("; what {model} costs is not known here");
        };
        let cached = price.cached_usd.map(|usd| format!(", {} while it remembers them", dollars(usd)));
        let (usd, as_of) = (dollars(price.usd), price.as_of);
        format!(", about {usd} a turn with {model}{} (prices of {as_of})", cached.unwrap_or_default())
    }
}

pub(super) fn of(prepared: &Prepared, model: Option<&Paid>) -> Vec<String> {
    let warning = |finding: &Finding| match &finding.hint {
        Some(hint) => format!("{finding}: {hint}"),
        None => finding.to_string(),
    };
    let warnings = first(&prepared.findings, WARNINGS, warning, |more| format!("and {more} more like these"));
    let texts = prepared.pdf_texts.iter().map(|text| format!("{text} was made from the PDF"));
    let withheld = prepared.withheld.iter().map(|pdf| format!("{pdf} itself does not go online"));
    let cost = model.map(|model| model.cost(prepared.tokens)).unwrap_or_default();
    let tokens = thousands(prepared.tokens);
    let size = format!("a model reads about {tokens} tokens with every message{cost}");
    warnings
        .into_iter()
        .chain(left_out(&prepared.redactions))
        .chain(texts)
        .chain(withheld)
        .chain([size])
        .collect()
}

fn left_out(all: &[Redaction]) -> Vec<String> {
    let line =
        |left: &Redaction| format!("left out: {}:{}: {} {}", left.file, left.line, left.kind, left.masked);
    let mut lines =
        first(all, LEFT_OUT, line, |more| format!("left out: and {more} more like these (--json shows all)"));
    if !all.is_empty() {
        let kinds: BTreeSet<_> = all.iter().map(|left| left.kind.word()).collect();
        let kinds: Vec<_> = kinds.into_iter().collect();
        lines.push(format!("`data: {{ allow: [{}] }}` would let them online", kinds.join(", ")));
    }
    lines
}

/// The first of them, and how many more there are.
fn first<T>(
    all: &[T],
    named: usize,
    line: impl Fn(&T) -> String,
    rest: impl Fn(usize) -> String,
) -> Vec<String> {
    let more = all.len().saturating_sub(named);
    all.iter().take(named).map(line).chain((more > 0).then(|| rest(more))).collect()
}

/// Where the files of a plan come from, and what people may not mean by it.
pub(crate) fn around(from: &str, plan: &Plan) -> [Option<String>; 2] {
    let goes = of_facts(plan).any(|change| change.new.is_none());
    let stays = of_facts(plan).any(|change| change.new.is_some());
    let lost = (goes && !stays).then(|| {
        "facts.json goes, and none takes its place: the twin will not know who it is (is this the right folder?)"
            .to_owned()
    });
    [Some(format!("these files are taken from {from}")), lost]
}

/// With two digits that say something.
fn dollars(usd: f64) -> String {
    let mut digits = 2;
    while digits < 6 && usd * 10_f64.powi(digits) < 10.0 {
        digits += 1;
    }
    format!("${usd:.*}", usize::try_from(digits).unwrap_or(2))
}

fn thousands(number: usize) -> String {
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
    fn what_is_left_out_and_what_it_costs_is_told() {
        let mut files = Files::default();
        files
            .insert("facts.json", br#"{"full_name": "Ada Maplewood", "phone": "+44 20 7946 0018"}"#.to_vec());
        files.insert("summary.txt", b"Ada draws maps of islands.".to_vec());
        let prepared = prepare(files, &Allow::new());
        let model = Paid::bedrock("us.amazon.nova-lite-v1:0".to_owned());
        insta::assert_snapshot!(of(&prepared, Some(&model)).join("\n"), @r#"
        left out: facts.json:1: phone number +44…18
        `data: { allow: [phone] }` would let them online
        a model reads about 369 tokens with every message, about $0.00014 a turn with us.amazon.nova-lite-v1:0 (prices of 2026-10-29)
        "#);
        insta::assert_snapshot!(of(&Prepared::default(), None).join("\n"), @"a model reads about 0 tokens with every message");
    }

    #[test]
    fn small_amounts_keep_two_digits() {
        let told = [0.000_041_2, 0.000_38, 0.004_21, 0.051, 1.234].map(dollars);
        assert_eq!(told, ["$0.000041", "$0.00038", "$0.0042", "$0.051", "$1.23"]);
    }
}
