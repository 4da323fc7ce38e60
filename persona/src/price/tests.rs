//! Which entry a model's name finds, and that nothing is guessed.

use super::*;

fn listed(seller: Seller, model: &str) -> Option<&'static str> {
    find(seller, model).map(|(listed, _)| listed.model)
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
        assert_eq!(listed(Seller::Bedrock, model), Some(expected), "{model}");
    }
    let cases = [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-2024-11-20", "gpt-4o"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-5-mini", "gpt-5-mini"),
    ];
    for (model, expected) in cases {
        assert_eq!(listed(Seller::OpenAi, model), Some(expected), "{model}");
    }
}

#[test]
fn another_model_has_no_price() {
    for model in ["", "llama3.2", "gpt-4o-audio-preview", "gpt-4", "gpt-5-pro", "amazon.nova-lite-v1:0"] {
        assert_eq!(listed(Seller::OpenAi, model), None, "{model}");
    }
    for model in
        ["anthropic.claude-sonnet-4-9", "amazon.titan-text-lite-v1", "gpt-4o", "eu.nothing", "global."]
    {
        assert_eq!(listed(Seller::Bedrock, model), None, "{model}");
    }
}

#[test]
fn every_entry_finds_itself_and_is_plausible() {
    for entry in LISTED {
        assert_eq!(listed(entry.seller, entry.model), Some(entry.model));
        assert!(entry.read > 0.0 && entry.written >= entry.read && entry.written < 200.0, "{}", entry.model);
        assert!(entry.kept.is_none_or(|kept| kept < entry.read), "{}", entry.model);
        assert!((1.0..=1.2).contains(&entry.inside), "{}", entry.model);
    }
}

#[test]
fn a_turn_is_counted_in_fractions_of_a_cent() {
    let price = per_turn(Seller::Bedrock, "us.amazon.nova-lite-v1:0", 5_000).unwrap();
    assert_eq!(format!("{:.6}", price.usd), "0.000420", "6,200 read at 6 cents a million, 200 written at 24");
    assert_eq!(format!("{:.6}", price.cached_usd.unwrap()), "0.000195");
    let inside = per_turn(Seller::Bedrock, "eu.anthropic.claude-haiku-4-5-20251001-v1:0", 0).unwrap();
    let everywhere = per_turn(Seller::Bedrock, "global.anthropic.claude-haiku-4-5-20251001-v1:0", 0).unwrap();
    assert_eq!(format!("{:.3}", inside.usd / everywhere.usd), "1.100");
    assert_eq!(inside.cached_usd, None, "what is this short is not remembered");
}
