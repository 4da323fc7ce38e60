//! Prices by model name, and models without a price.

use super::*;

fn listed(provider: Provider, model: &str) -> Option<&'static str> {
    find(provider, model).map(|(price, _)| price.model)
}

#[test]
fn a_model_is_found_under_all_its_names() {
    let cases = [
        ("amazon.nova-lite-v1:0", "amazon.nova-lite"),
        ("us.amazon.nova-lite-v1:0", "amazon.nova-lite"),
        ("eu.amazon.nova-lite-v1:0", "eu.amazon.nova-lite"),
        ("global.amazon.nova-2-lite-v1:0", "amazon.nova-2-lite"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5"),
        ("eu.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic.claude-3-5-sonnet"),
        ("eu.anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"),
        ("us.meta.llama3-3-70b-instruct-v1:0", "meta.llama3-3-70b-instruct"),
    ];
    for (model, expected) in cases {
        assert_eq!(listed(Provider::Bedrock, model), Some(expected), "{model}");
    }
    let cases = [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-2024-11-20", "gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-5-mini", "gpt-5-mini"),
    ];
    for (model, expected) in cases {
        assert_eq!(listed(Provider::OpenAi, model), Some(expected), "{model}");
    }
}

#[test]
fn unknown_models_have_no_price() {
    for model in ["", "llama3.2", "gpt-4o-audio-preview", "gpt-4", "gpt-5-pro", "amazon.nova-lite-v1:0"] {
        assert_eq!(listed(Provider::OpenAi, model), None, "{model}");
    }
    for model in
        ["anthropic.claude-sonnet-4-9", "amazon.titan-text-lite-v1", "gpt-4o", "eu.nothing", "global."]
    {
        assert_eq!(listed(Provider::Bedrock, model), None, "{model}");
    }
}

#[test]
fn every_entry_is_found_and_plausible() {
    for entry in MODELS {
        assert_eq!(listed(entry.provider, entry.model), Some(entry.model));
        assert!(entry.input > 0.0 && entry.output >= entry.input && entry.output < 200.0, "{}", entry.model);
        assert!(entry.cached_input.is_none_or(|cached| cached < entry.input), "{}", entry.model);
        assert!((1.0..=1.2).contains(&entry.regional_factor), "{}", entry.model);
    }
}

#[test]
fn the_price_of_a_turn() {
    let price = per_turn(Provider::Bedrock, "us.amazon.nova-lite-v1:0", 5_000).unwrap();
    assert_eq!(
        format!("{:.6}", price.usd),
        "0.000420",
        "6,200 input tokens at 6 cents per million, 200 output tokens at 24"
    );
    assert_eq!(format!("{:.6}", price.cached_usd.unwrap()), "0.000195");
    let regional = per_turn(Provider::Bedrock, "eu.anthropic.claude-haiku-4-5-20251001-v1:0", 0).unwrap();
    let global = per_turn(Provider::Bedrock, "global.anthropic.claude-haiku-4-5-20251001-v1:0", 0).unwrap();
    assert_eq!(format!("{:.3}", regional.usd / global.usd), "1.100");
    assert_eq!(regional.cached_usd, None, "so few tokens are not cached");
}

#[test]
fn the_date_of_the_prices_is_that_of_their_table() {
    assert!(include_str!("models.rs").contains(&format!("//! Checked on {AS_OF}, ")));
}

#[test]
fn the_price_of_tokens() {
    let usd = of_tokens(Provider::Bedrock, "us.amazon.nova-lite-v1:0", 1_000_000, 500_000).unwrap();
    assert_eq!(format!("{usd:.3}"), "0.180");
    assert_eq!(of_tokens(Provider::OpenAi, "tiny", 1, 1), None);
}
