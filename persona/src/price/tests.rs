//! Prices of turns and calls.

use super::*;

#[test]
fn the_price_of_a_turn() {
    let price = per_turn(Provider::Bedrock, "us.amazon.nova-lite-v1:0", 5_000).unwrap();
    assert_eq!(
        format!("{:.6}", price.usd),
        "0.000420",
        "6,200 input tokens at 6 cents per million, 200 output tokens at 24"
    );
    assert_eq!(format!("{:.6}", price.cached_usd.unwrap()), "0.000195");
    let haiku = |prefix: &str, tokens| {
        per_turn(Provider::Bedrock, &format!("{prefix}.anthropic.claude-haiku-4-5-20251001-v1:0"), tokens)
            .unwrap()
    };
    let (short, global) = (haiku("global", 4_095), haiku("global", 4_096));
    assert_eq!(format!("{:.3}", haiku("eu", 4_096).usd / global.usd), "1.100");
    assert_eq!(short.cached_usd, None, "this model caches from 4,096 tokens on");
    assert!(global.cached_usd.is_some());
    assert_eq!(format!("{:.6}", short.usd), "0.006295");
    assert_eq!(
        format!("{:.6}", global.usd),
        "0.007320",
        "the first turn writes the cache for a quarter more"
    );
    assert_eq!(per_turn(Provider::Other, "tiny", 1), None);
}

#[test]
fn the_price_of_a_call_depends_on_its_cached_tokens() {
    let usage = Usage { input: 1_000_000, output: 500_000, ..Usage::default() };
    let nova = |usage| of_call(Provider::Bedrock, "us.amazon.nova-lite-v1:0", usage).unwrap();
    assert_eq!(format!("{:.3}", nova(usage)), "0.180");
    assert_eq!(format!("{:.3}", nova(Usage { cached: 800_000, ..usage })), "0.144");
    let claude = |usage| of_call(Provider::Bedrock, "global.anthropic.claude-haiku-4-5-20251001-v1:0", usage);
    let written = Usage { input: 1_000_000, cache_written: 1_000_000, ..Usage::default() };
    assert_eq!(format!("{:.2}", claude(written).unwrap()), "1.25");
    assert_eq!(of_call(Provider::OpenAi, "tiny", usage), None);
}
