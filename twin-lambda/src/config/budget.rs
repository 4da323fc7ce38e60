//! The limit of what the model may cost in a month.

use contract::budget::from_usd;
use contract::models::{Model, Price, Provider, price};
use contract::variable;

use super::model::ModelChoice;
use super::reader::Reader;

#[derive(Clone, Debug, PartialEq)]
pub struct BudgetSettings {
    /// The limit, in billionths of a dollar.
    pub monthly: u64,
    pub price: Price,
    /// The model's row, which decides how long an answer can be.
    pub model: Model,
    pub usage: UsageLocation,
}

impl BudgetSettings {
    pub(super) fn has_table(&self) -> bool {
        matches!(self.usage, UsageLocation::Table(_))
    }
}

/// Where spending is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageLocation {
    Table(String),
    /// The memory folder.
    Folder,
}

/// Reads the budget. The built-in model costs nothing, so it has none.
pub(super) fn read(
    reader: &mut Reader,
    choice: &ModelChoice,
    is_memory_folder: bool,
) -> Option<BudgetSettings> {
    let text = reader.text(&[variable::BUDGET_MONTHLY_USD])?;
    let Some(monthly) = amount(&text) else {
        reader.error(format!("BUDGET_MONTHLY_USD is {text:?}, but must be a number of US dollars"));
        return None;
    };
    let (provider, id) = match choice {
        ModelChoice::Builtin => return None,
        ModelChoice::Bedrock { model } => (Provider::Bedrock, model),
        ModelChoice::OpenAi { model, base_url, .. } => (Provider::at(base_url), model),
    };
    let usage = match reader.text(&[variable::USAGE_TABLE]) {
        Some(table) => UsageLocation::Table(table),
        None if is_memory_folder => UsageLocation::Folder,
        None => {
            reader.error("BUDGET_MONTHLY_USD requires USAGE_TABLE, because the memory is in a bucket");
            return None;
        }
    };
    let price = if let Some(text) = reader.text(&[variable::BUDGET_PRICE]) {
        given_price(reader, &text)?
    } else {
        let known = price(provider, id);
        if known.is_none() {
            reader.error(format!(
                "BUDGET_MONTHLY_USD requires BUDGET_PRICE, because the price of {id} is unknown"
            ));
        }
        known?
    };
    Some(BudgetSettings { monthly: from_usd(monthly), price, model: Model::of(provider, id), usage })
}

fn given_price(reader: &mut Reader, text: &str) -> Option<Price> {
    let rates = text.split_once(',').and_then(|(input, output)| Some((amount(input)?, amount(output)?)));
    if rates.is_none() {
        reader.error(format!("BUDGET_PRICE is {text:?}, but must be two numbers, like 0.5,1.5"));
    }
    let (input, output) = rates?;
    Some(Price { input, cached_input: None, output, cache_write: 1.0, regional: 1.0 })
}

fn amount(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|amount: &f64| amount.is_finite() && *amount > 0.0)
}
