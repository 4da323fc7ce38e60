//! Prices of calls, in billionths of a dollar.

use contract::budget::{self, from_usd, most_output};
use contract::models::Usage;
use contract::tokens;

use crate::config::BudgetSettings;
use crate::memory::Role;
use crate::prompt::Prompt;

/// How many times more tokens the owner's and the model's own texts can have than estimated. Tokenizers differ by a third,
/// and the text of a language other than English has up to twice the tokens.
const ESTIMATE_FACTOR: usize = 2;
/// Tokens that a server adds to each message, and to the whole prompt.
const MESSAGE_TOKENS: usize = 16;
const FRAME_TOKENS: usize = 256;

/// Returns the price of a call.
pub(super) fn of(settings: &BudgetSettings, usage: Usage) -> u64 {
    from_usd(settings.price.of_call(usage))
}

/// Returns the highest price of a call with this prompt.
pub(super) fn highest(settings: &BudgetSettings, prompt: &Prompt) -> u64 {
    budget::highest(&settings.price, &settings.model, largest_input(prompt), prompt.answer_tokens)
}

/// Estimates the price of a call whose server did not report the tokens. The estimate errs on the high side. Without
/// any text, it is unknown how much the model has generated.
pub(super) fn estimate(settings: &BudgetSettings, prompt: &Prompt, text: &str) -> u64 {
    let highest = highest(settings, prompt);
    let most = most_output(&settings.model, prompt.answer_tokens);
    let reasoning = most.saturating_sub(prompt.answer_tokens);
    let output = if text.is_empty() { most } else { (tokens::estimate(text) + reasoning).min(most) };
    let unused = Usage { output: (most - output) as u64, ..Usage::default() };
    highest.saturating_sub(of(settings, unused))
}

/// Returns the maximum number of input tokens of a prompt. A visitor's text can have one token per byte.
fn largest_input(prompt: &Prompt) -> usize {
    let turns = prompt.turns.iter().map(|turn| {
        MESSAGE_TOKENS
            + if turn.role == Role::User {
                turn.text.len()
            } else {
                ESTIMATE_FACTOR * tokens::estimate(&turn.text)
            }
    });
    FRAME_TOKENS + prompt.today.len() + ESTIMATE_FACTOR * prompt.system.tokens + turns.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contract::models::{Model, Provider, price};

    use super::*;
    use crate::config::{Scope, UsageLocation};
    use crate::persona::Persona;
    use crate::prompt::{SystemPrompt, build};

    fn settings(provider: Provider, id: &str) -> BudgetSettings {
        let price = price(provider, id).unwrap();
        BudgetSettings { monthly: 1, price, model: Model::of(provider, id), usage: UsageLocation::Folder }
    }

    fn prompt(question: &str) -> Prompt {
        let system = Arc::new(SystemPrompt::new(Persona::default(), Scope::Owner));
        build(system, &[], question, 6_000, "2026-11-30T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_highest_price_covers_every_tokenizer_the_cache_and_hidden_reasoning() {
        let hostile = "§$%&/()=?*'#".repeat(300);
        for (provider, id) in [
            (Provider::Bedrock, "us.amazon.nova-micro-v1:0"),
            (Provider::Bedrock, "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
            (Provider::OpenAi, "gpt-5-mini"),
        ] {
            let (settings, prompt) = (settings(provider, id), prompt(&hostile));
            let input = (prompt.system.tokens + hostile.len()) as u64;
            let output = settings.model.generated_tokens(prompt.answer_tokens) as u64;
            let worst = Usage { input, cached: 0, cache_written: input, output };
            let dearest = of(&settings, worst).max(of(&settings, Usage { cache_written: 0, ..worst }));
            let highest = highest(&settings, &prompt);
            assert!(highest >= dearest && highest < 3 * dearest, "{id}: {highest} {dearest}");
        }
    }

    #[test]
    fn an_interrupted_answer_is_estimated_by_what_was_received() {
        let (settings, prompt) = (settings(Provider::OpenAi, "gpt-4o-mini"), prompt("Hi"));
        let price = |text: &str| estimate(&settings, &prompt, text);
        assert_eq!(price(""), highest(&settings, &prompt));
        assert_eq!(price(&"word ".repeat(5_000)), highest(&settings, &prompt));
        assert!(price("A few words") < price(&"word ".repeat(500)));
        assert!(price(&"word ".repeat(500)) < price(""));
    }
}
