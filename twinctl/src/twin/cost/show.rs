//! An estimate as text and as JSON.

use std::fmt::Write as _;

use contract::models::{AS_OF as MODELS_AS_OF, Model, Provider};
use serde_json::{Value, json};

use super::{
    Assumptions, DataTokens, Estimate,
    estimate::Charge,
    model::ModelCost,
    prices::{AS_OF, DEFAULT_REGION},
};
use crate::artifacts::data::thousands;

const ASSUMES_ARM: &str = "the function is assumed to be built for arm64; set `lambda.architecture: x86_64` if yours is \
    not, as with a `--lambda-zip` for x86_64";

/// A line of the estimate: the service, its usage, its price, and its price without free allowances.
struct Line {
    service: &'static str,
    usage: Vec<String>,
    /// `None` if the price is unknown.
    usd: Option<[f64; 2]>,
}

impl Estimate {
    /// Returns the model if the table does not have its price. A server of the owner has no price per token.
    pub(super) fn unpriced_model(&self) -> Option<&str> {
        let model = self.model.as_ref().filter(|model| model.provider != Provider::Other)?;
        model.usd.is_none().then_some(model.model.as_str())
    }

    /// Says how many of the turns the budget pays for, if there is one.
    fn budget_note(&self, assumed: &Assumptions) -> Option<String> {
        let budget = self.budget?;
        let turns = self.turns_for(budget, assumed)?;
        let pays = format!(
            "the budget of {} pays for about {} turns of the model",
            monthly(budget),
            thousands(turns)
        );
        Some(if turns < assumed.turns {
            format!("{pays}; for the others, the twin does not ask it, so the total is lower")
        } else {
            pays
        })
    }

    /// Formats the estimate for people.
    pub(crate) fn text(&self, region: Option<&str>, assumed: &Assumptions) -> String {
        let lines = self.lines();
        let rows = lines.iter().map(|line| {
            let usd = line.usd.map_or_else(|| "unknown".to_owned(), |[usd, _]| monthly(usd));
            [line.service.to_owned(), usd, line.usage.join(", ")]
        });
        let total = [String::from("total"), monthly(self.usd()), String::from("a month")];
        let rows: Vec<_> = rows.chain([total]).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
        let (service, usd) = (width(0), width(1));
        let mut text = String::new();
        for row in &rows {
            let _ = writeln!(text, "{:<service$}  {:>usd$}  {}", row[0], row[1], row[2]);
        }
        text.push('\n');
        for line in assumptions(assumed, region.is_some()).into_iter().chain(self.notes(region, assumed)) {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// Returns the lines of the services, in the order of their items.
    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = self.model.iter().map(model_line).collect();
        for charge in &self.items {
            let service = charge.item.service();
            let unit = charge.item.unit();
            let unit = if amount(charge.quantity) == "1" { unit.trim_end_matches('s') } else { unit };
            let usage = format!("{} {unit}", amount(charge.quantity));
            let usd = [charge.usd(), charge.full_usd()];
            match lines.last_mut().filter(|line| line.service == service) {
                Some(Line { usage: all, usd: Some(sum), .. }) => {
                    all.push(usage);
                    *sum = [sum[0] + usd[0], sum[1] + usd[1]];
                }
                _ => lines.push(Line { service, usage: vec![usage], usd: Some(usd) }),
            }
        }
        lines
    }

    fn notes(&self, region: Option<&str>, assumed: &Assumptions) -> Vec<String> {
        let mut notes: Vec<_> = self.budget_note(assumed).into_iter().collect();
        if let Some(model) = self.unpriced_model() {
            notes.push(format!("twinctl does not know the price of {model}; the total lacks it"));
        }
        if let Some(model) = &self.model
            && model.provider == Provider::Other
            && model.usd.is_none()
        {
            notes.push("your own model server has no price per token".to_owned());
        }
        if self.model.as_ref().is_some_and(|model| Model::of(model.provider, &model.model).reasons) {
            notes.push(
                "the model may reason before it answers, which is charged as output: set --answer-tokens to include it"
                    .to_owned(),
            );
        }
        let Some(region) = region else {
            notes.push(format!("prices of {MODELS_AS_OF}"));
            return notes;
        };
        notes.extend(self.assumes_arm.then(|| ASSUMES_ARM.to_owned()));
        notes.push(format!(
            "always-free allowances are subtracted; if your account uses them up elsewhere, the total is {}",
            monthly(self.full_usd())
        ));
        notes.push(
            "free allowances of an account's first year (API Gateway, S3) are not subtracted: the last ones ended on \
             2026-07-15, and newer accounts have credits instead"
                .to_owned(),
        );
        let mut others: Vec<_> = self.substitutes(region).map(|charge| charge.item.service()).collect();
        others.dedup();
        if !others.is_empty() {
            notes.push(format!(
                "twinctl does not know the prices of {region}; it uses those of {DEFAULT_REGION} for {}",
                others.join(", ")
            ));
        }
        notes.push(format!("prices of {AS_OF} (AWS) and {MODELS_AS_OF} (models), without taxes and support"));
        notes
    }

    fn substitutes(&self, region: &str) -> impl Iterator<Item = &Charge> {
        self.items.iter().filter(move |charge| charge.price.is_substitute(region))
    }

    /// Returns the estimate as JSON, with the source of each price.
    pub(crate) fn json(&self, region: Option<&str>, assumed: &Assumptions) -> Value {
        let services: Vec<_> = self.lines().iter().map(service).collect();
        let items: Vec<_> = self.items.iter().map(item).collect();
        let model = self.model.as_ref().map(|model| {
            json!({
                "provider": model.service(),
                "model": model.model,
                "input_tokens": model.input,
                "cached_tokens": model.cached,
                "output_tokens": model.output,
                "usd": model.usd,
            })
        });
        let mut json = json!({
            "region": region,
            "usd": cents(self.usd()),
            "usd_without_free_allowances": cents(self.full_usd()),
            "services": services,
            "model": model,
            "items": items,
            "assumptions": assumed,
            "conversations": assumed.conversations(),
            "notes": self.notes(region, assumed),
            "prices_as_of": { "aws": region.map(|_| AS_OF), "models": MODELS_AS_OF },
        });
        if let Some(budget) = self.budget {
            json["budget_usd"] = budget.into();
        }
        json
    }
}

fn model_line(model: &ModelCost) -> Line {
    let cached = match model.cached {
        0 => String::new(),
        cached => format!(" ({} cached)", thousands(cached)),
    };
    let usage = format!(
        "{} tokens in{cached}, {} out, {}",
        thousands(model.input),
        thousands(model.output),
        model.model
    );
    let own = (model.provider == Provider::Other).then_some(0.0);
    Line { service: model.service(), usage: vec![usage], usd: model.usd.or(own).map(|usd| [usd, usd]) }
}

fn service(line: &Line) -> Value {
    let usd = |index: usize| line.usd.map(|usd| cents(usd[index]));
    json!({
        "service": line.service,
        "usage": line.usage,
        "usd": usd(0),
        "usd_without_free_allowances": usd(1),
    })
}

fn item(charge: &Charge) -> Value {
    json!({
        "item": charge.item,
        "quantity": charge.quantity,
        "free": charge.free,
        "usd_per_unit": charge.price.usd,
        "region": charge.price.region,
        "source": charge.price.source,
    })
}

fn assumptions(assumed: &Assumptions, on_aws: bool) -> Vec<String> {
    let Assumptions {
        turns, turns_per_conversation: each, other_tokens: other, answer_tokens: answer, ..
    } = assumed;
    let conversations = assumed.conversations();
    let plural = if conversations == 1 { "" } else { "s" };
    let conversations = format!("{} conversation{plural}", thousands(conversations));
    let data = thousands(assumed.data_tokens.count());
    let (origin, flag) = match assumed.data_tokens {
        DataTokens::Measured(_) => ("as your data files have", " (--data-tokens)"),
        DataTokens::Chosen(_) => ("as --data-tokens says", ""),
        DataTokens::Assumed(_) => ("because your data files were not read", " (--data-tokens)"),
    };
    let mut lines = vec![
        String::from("Assumptions, and the options that change them:"),
        format!(
            "  {} turns (--turns) in {conversations} of {each} (--turns-per-conversation)",
            thousands(*turns)
        ),
        format!("  {data} tokens of data files, {origin}{flag}"),
        format!(
            "  {} other input tokens a turn (--other-tokens), {} tokens an answer (--answer-tokens)",
            thousands(*other),
            thousands(*answer)
        ),
    ];
    if on_aws {
        lines.push(format!("  {} s for an answer (--answer-seconds)", assumed.answer_seconds));
    }
    lines.push(String::new());
    lines
}

/// Formats an amount of dollars a month.
pub(super) fn monthly(usd: f64) -> String {
    if usd > 0.0 && usd < 0.005 { "< $0.01".to_owned() } else { format!("${usd:.2}") }
}

/// Formats a quantity: whole numbers with commas, small ones with two digits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "quantities are not negative")]
fn amount(quantity: f64) -> String {
    if quantity >= 10.0 || quantity.fract() == 0.0 {
        thousands(quantity.round() as u64)
    } else {
        format!("{quantity:.2}")
    }
}

/// Rounds to hundredths of a cent.
fn cents(usd: f64) -> f64 {
    (usd * 10_000.0).round() / 10_000.0
}
