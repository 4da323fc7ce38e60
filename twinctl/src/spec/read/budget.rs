//! `budget`: what the model may cost in a month.

use contract::models::{self, Price, Provider};
use serde_json::Value as Json;

use crate::spec::environment::{Budget, Environment, Model, TokenPrice};
use crate::spec::error::SpecError;
use crate::spec::fields::{Fields, Section, read_section, schema};
use crate::spec::kinds::Usd;
use crate::spec::shape::Shape;
use crate::spec::tree::Node;

maps!(Budget, TokenPrice);

const EMAIL: &str = "The email address to which AWS sends mail when the bill of the whole account has reached 80% and 100% of \
                     `monthly_usd` [default: none]";

impl Section for Budget {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let monthly_usd = fields.required(
            "monthly_usd",
            "The most that the model may cost in a month, in US dollars; then the twin stops asking it",
        );
        let email = fields.optional("email", EMAIL);
        let price = fields
            .optional("price", "The price of the model, if twinctl does not know it or yours is another");
        Some(Self { monthly_usd: monthly_usd?, email, price })
    }
}

impl Section for TokenPrice {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let input = fields.required::<Usd>("input", "US dollars for a million input tokens");
        let output = fields.required::<Usd>("output", "US dollars for a million output tokens");
        Some(Self { input: input?, output: output? })
    }
}

/// Returns the budget, unless the model is the built-in one, which costs nothing.
pub(super) fn for_model(model: &Model, budget: Option<Budget>, fields: &mut Fields<'_>) -> Option<Budget> {
    let budget = budget?;
    if *model != Model::Builtin {
        return Some(budget);
    }
    if budget.email.is_some() {
        let message = "`budget.email` has no effect with the built-in model".to_owned();
        let help = "remove `budget.email`; if another file sets it, write `budget.email: null`".to_owned();
        fields.reject_for_deploys(&["budget.email"], message, "the built-in model has no budget", help);
    }
    None
}

impl Environment {
    /// Returns the provider and the id of the model, by which its price is known. `None` for the built-in model.
    pub(crate) fn priced_model(&self) -> Option<(Provider, String)> {
        match &self.model {
            Model::Builtin => None,
            Model::Bedrock(id) => Some((Provider::Bedrock, id.full(&self.region))),
            Model::OpenAi { id, base_url } => {
                let provider =
                    base_url.as_ref().map_or(Provider::OpenAi, |url| Provider::at(&url.to_string()));
                Some((provider, id.clone()))
            }
        }
    }

    /// Returns the price of the model's tokens: `budget.price`, or the price in the table of models.
    pub(crate) fn token_price(&self) -> Option<Price> {
        let given = self.budget.as_ref().and_then(|budget| budget.price).map(TokenPrice::rates);
        given.or_else(|| self.priced_model().and_then(|(provider, id)| models::price(provider, &id)))
    }

    /// Checks that the price of the model is known, if it may not cost more than a budget.
    pub(super) fn check_budget(&self, fields: &mut Fields<'_>) {
        let Some((_, id)) = self.priced_model().filter(|_| self.budget.is_some()) else { return };
        if self.token_price().is_none() {
            let help = "add `price: { input: 0.5, output: 1.5 }` to `budget`, in US dollars for a million tokens; if the model runs \
                        on your own server, remove `budget`"
                .to_owned();
            let message = format!("`budget` needs the price of {id}, which twinctl does not know");
            fields.reject(&["budget.monthly_usd", "budget"], message, "cannot be kept", help);
        }
    }
}
