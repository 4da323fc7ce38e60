//! Models by their names, and the plausibility of the table.

use super::Provider::{Bedrock, DeepSeek, Groq, Mistral, OpenAi, Other};
use super::table::MODELS;
use super::*;

fn listed(provider: Provider, id: &str) -> Option<&'static str> {
    find(provider, id).map(|(model, _)| model.name)
}

#[test]
fn a_model_is_found_under_all_its_names() {
    let arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0";
    let cases = [
        (Bedrock, "amazon.nova-lite-v1:0", "amazon.nova-lite"),
        (Bedrock, "us.amazon.nova-lite-v1:0", "amazon.nova-lite"),
        (Bedrock, "global.amazon.nova-2-lite-v1:0", "amazon.nova-2-lite"),
        (Bedrock, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic.claude-sonnet-4-5"),
        (Bedrock, "eu.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4"),
        (Bedrock, "anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic.claude-3-5-sonnet"),
        (Bedrock, "eu.anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"),
        (Bedrock, "us.anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6"),
        (Bedrock, "us.meta.llama3-3-70b-instruct-v1:0", "meta.llama3-3-70b-instruct"),
        (Bedrock, "mistral.mistral-7b-instruct-v0:2", "mistral.mistral-7b-instruct"),
        (Bedrock, "mistral.mixtral-8x7b-instruct-v0:1", "mistral.mixtral-8x7b-instruct"),
        (Bedrock, "amazon.nova-pro-v1:0:300k", "amazon.nova-pro"),
        (Bedrock, "openai.gpt-oss-20b-1:0", "openai.gpt-oss-20b-1:0"),
        (Bedrock, "deepseek.v3-v1:0", "deepseek.v3"),
        (Bedrock, "deepseek.v3.2", "deepseek.v3.2"),
        (Bedrock, arn, "anthropic.claude-opus-4-1"),
        (OpenAi, "gpt-4o", "gpt-4o"),
        (OpenAi, "gpt-4o-2024-11-20", "gpt-4o"),
        (OpenAi, "gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        (OpenAi, "gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        (OpenAi, "gpt-5-mini", "gpt-5-mini"),
        (OpenAi, "gpt-5.1-2025-11-13", "gpt-5.1"),
        (OpenAi, "o4-mini", "o4-mini"),
        (Groq, "openai/gpt-oss-120b", "gpt-oss-120b"),
        (Other, "openai/gpt-4o-mini", "gpt-4o-mini"),
        (Other, "openai/gpt-oss-120b:free", "gpt-oss-120b"),
    ];
    for (provider, id, name) in cases {
        assert_eq!(listed(provider, id), Some(name), "{id}");
    }
}

#[test]
fn other_models_are_unknown() {
    for id in ["", "llama3.2", "gpt-4o-audio-preview", "gpt-5-pro", "amazon.nova-lite-v1:0", "gpt-7"] {
        assert_eq!(listed(OpenAi, id), None, "{id}");
        assert_eq!(listed(Other, id), None, "{id}");
    }
    let others = [
        "anthropic.claude-sonnet-4-9",
        "gpt-4o",
        "eu.nothing",
        "global.",
        "amazon.nova-lite-v1:0-x",
        "amazon.nova-lite:x",
    ];
    for id in others {
        assert_eq!(listed(Bedrock, id), None, "{id}");
    }
    let model = Model::of(OpenAi, "gpt-7");
    assert_eq!((model.limit, model.temperature), (Limit::MaxCompletionTokens, false));
    let model = Model::of(Other, "llama3.2");
    assert_eq!((model.limit, model.temperature), (Limit::MaxTokens, true));
    assert_eq!((model.context_tokens(), model.generated_tokens(1_000)), (128_000, 4_000));
}

#[test]
fn every_row_is_found_and_plausible() {
    for (index, model) in MODELS.iter().enumerate() {
        let name = model.name;
        assert_eq!(listed(model.provider, name), Some(name));
        let is_repeated = |other: &Model| (other.provider, other.name) == (model.provider, name);
        assert!(!MODELS[index + 1..].iter().any(is_repeated), "{name}");
        let (context, output) = (model.context.unwrap_or(4_096), model.output.unwrap_or(4_096));
        assert!(context >= 4_096 && output >= 4_000 && output <= context, "{name}");
        assert!(model.reserved_tokens() < model.context_tokens(), "{name}");
        if let Some(price) = model.price {
            assert!(price.input > 0.0 && price.output >= price.input && price.output < 200.0, "{name}");
            assert!(price.cached_input.is_none_or(|cached| cached < price.input), "{name}");
            assert!((1.0..=1.2).contains(&price.regional), "{name}");
        }
        assert!(!matches!(model.cache, Cache::Point(_)) || model.provider == Bedrock, "{name}");
        assert!(model.effort.is_none() || model.provider != Bedrock, "{name}");
        assert_eq!(model.source == Source::Lifecycle, model.context.is_none(), "{name}");
        assert!(model.end_of_life.is_none_or(|date| date.len() == 10 && date.starts_with("20")), "{name}");
    }
}

#[test]
fn models_are_called_as_their_family_expects() {
    // Temperature, limit, effort, tokens for an answer of 1,000, and cache.
    let old = Limit::MaxTokens;
    let new = Limit::MaxCompletionTokens;
    let cases = [
        (Bedrock, "eu.amazon.nova-micro-v1:0", (true, old, None, 1_000), Cache::Point(1_000)),
        (
            Bedrock,
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            (true, old, None, 1_000),
            Cache::Point(4_096),
        ),
        (Bedrock, "us.anthropic.claude-opus-4-8", (false, old, None, 1_000), Cache::Point(1_024)),
        (Bedrock, "us.anthropic.claude-opus-5-5", (false, old, None, 5_000), Cache::Point(512)),
        (Bedrock, "us.deepseek.r1-v1:0", (true, old, None, 5_000), Cache::None),
        (OpenAi, "gpt-4o-mini", (true, new, None, 1_000), Cache::Automatic(1_024)),
        (OpenAi, "gpt-5-mini", (false, new, Some("minimal"), 5_000), Cache::Automatic(1_024)),
        (OpenAi, "gpt-5.2", (false, new, Some("none"), 1_000), Cache::Automatic(1_024)),
        (OpenAi, "o3", (false, new, Some("low"), 5_000), Cache::Automatic(1_024)),
        (Groq, "openai/gpt-oss-20b", (true, old, Some("low"), 5_000), Cache::None),
        (DeepSeek, "deepseek-v4-flash", (true, old, None, 5_000), Cache::None),
        (Mistral, "mistral-small-latest", (true, old, None, 1_000), Cache::None),
        (Other, "openai/gpt-5-mini", (false, new, Some("minimal"), 5_000), Cache::None),
    ];
    for (provider, id, expected, cache) in cases {
        let model = Model::of(provider, id);
        let (tokens, limit) = (model.generated_tokens(1_000), model.limit);
        assert_eq!((model.temperature, limit, model.effort, tokens), expected, "{id}");
        assert_eq!(model.cache, cache, "{id}");
    }
}

#[test]
fn the_reserve_follows_a_small_context() {
    let reserves = |context, reasons| {
        let model = Model::served(context, reasons);
        (model.system_tokens(), model.history_tokens(), model.generated_tokens(1_000))
    };
    assert_eq!(reserves(131_072, false), (124_072, 6_000, 1_000));
    assert_eq!(reserves(131_072, true), (120_072, 6_000, 5_000));
    assert_eq!(reserves(8_192, false), (5_144, 2_048, 1_000));
    assert_eq!(reserves(8_192, true), (3_096, 2_048, 3_048));
    assert_eq!(reserves(2_048, true), (512, 512, 1_024));
    let llama = Model::of(Bedrock, "meta.llama3-8b-instruct-v1:0");
    assert_eq!((llama.system_tokens(), llama.generated_tokens(64)), (5_144, 64));
}

#[test]
fn the_sizes_of_another_providers_row_apply_only_with_its_makers_name() {
    let sizes = |id| (Model::of(Other, id).context_tokens(), Model::of(Other, id).output);
    assert_eq!(sizes("openai/gpt-4"), (8_192, Some(4_096)));
    assert_eq!(sizes("gpt-4"), (128_000, None), "the server may call any model so");
    assert_eq!(Model::of(Other, "gpt-5-mini").limit, Limit::MaxCompletionTokens);
}

#[test]
fn cached_input_is_cheaper_and_written_input_costs_more_at_some_providers() {
    let rates = |provider, id| price(provider, id).map(|price| (price.cached_input, price.cache_write));
    let cases = [
        (DeepSeek, "deepseek-v4-flash", (Some(0.006), 1.0)),
        (Groq, "openai/gpt-oss-20b", (Some(0.0375), 1.0)),
        (Mistral, "mistral-small-latest", (Some(0.015), 1.0)),
        (OpenAi, "gpt-4o-mini", (Some(0.075), 1.0)),
        (OpenAi, "gpt-6-luna", (Some(0.01), 1.25)),
        (Bedrock, "global.anthropic.claude-haiku-4-5-20251001-v1:0", (Some(0.1), 1.25)),
    ];
    for (provider, id, expected) in cases {
        assert_eq!(rates(provider, id), Some(expected), "{id}");
    }
}

#[test]
fn prices_depend_on_the_provider_and_the_profile() {
    let input = |provider, id| price(provider, id).map(|price| format!("{:.3}", price.input));
    let cases = [
        (Bedrock, "us.amazon.nova-lite-v1:0", Some("0.060")),
        (Bedrock, "eu.amazon.nova-lite-v1:0", Some("0.078")),
        (Bedrock, "us.amazon.nova-2-lite-v1:0", Some("0.330")),
        (Bedrock, "global.amazon.nova-2-lite-v1:0", Some("0.300")),
        (OpenAi, "gpt-4o-mini", Some("0.150")),
        (Groq, "openai/gpt-oss-20b", Some("0.075")),
        (Other, "openai/gpt-4o-mini", None),
        (Bedrock, "cohere.command-r-v1:0", None),
    ];
    for (provider, id, expected) in cases {
        assert_eq!(input(provider, id).as_deref(), expected, "{id}");
    }
}

#[test]
fn the_default_model_of_openai_is_the_cheapest_current_one() {
    let default = Model::of(OpenAi, OPENAI_DEFAULT);
    assert_eq!((default.name, default.end_of_life), (OPENAI_DEFAULT, None));
    let rates = |model: &Model| model.price.map(|price| (price.input, price.output));
    let (input, output) = rates(&default).unwrap();
    for model in MODELS.iter().filter(|model| model.provider == OpenAi && model.end_of_life.is_none()) {
        let is_cheaper = rates(model).is_some_and(|other| other.0 < input || other.1 < output);
        assert!(!is_cheaper, "{} is cheaper", model.name);
    }
}

#[test]
fn a_provider_is_recognized_by_its_host() {
    let cases = [
        ("https://api.openai.com/v1", OpenAi),
        ("https://eu.api.openai.com/v1", OpenAi),
        ("https://us.api.openai.com/v1/", OpenAi),
        ("https://xapi.openai.com/v1", Other),
        ("https://api.groq.com/openai/v1", Groq),
        ("https://api.mistral.ai/v1", Mistral),
        ("https://openrouter.ai/api/v1", Other),
        ("http://localhost:11434/v1", Other),
        ("https://api.openai.com.example.org/v1", Other),
    ];
    for (url, provider) in cases {
        assert_eq!(Provider::at(url), provider, "{url}");
    }
}

#[test]
fn a_server_may_be_ollama_if_its_api_is_where_ollamas_is() {
    let cases = [
        ("http://localhost:11434/v1", Some("http://localhost:11434")),
        ("https://ollama.example.org/v1/", Some("https://ollama.example.org")),
        ("https://api.openai.com/v1", None),
        ("https://openrouter.ai/api/v1", None),
        ("http://127.0.0.1:8000", None),
    ];
    for (url, root) in cases {
        assert_eq!(ollama_root(url), root, "{url}");
    }
}

#[test]
fn the_end_of_life_is_that_of_the_model_behind_a_profile() {
    let arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0";
    let cases = [
        (Bedrock, arn, Some("2027-01-08")),
        (Bedrock, "us.amazon.nova-premier-v1:0", Some("2026-09-14")),
        (Bedrock, "meta.llama3-2-3b-instruct-v1:0", Some("2026-07-07")),
        (OpenAi, "gpt-5-mini", Some("2026-12-11")),
        (OpenAi, "o3-2025-04-16", Some("2026-12-11")),
        (OpenAi, "gpt-4o-mini", Some("2027-01-14")),
        (OpenAi, "gpt-4o-2024-05-13", Some("2026-10-23")),
        (DeepSeek, "deepseek-chat", Some("2026-07-24")),
        (Other, "openai/gpt-5-mini", None),
    ];
    for (provider, id, date) in cases {
        assert_eq!(end_of_life(provider, id), date, "{id}");
    }
    let active = crate::bedrock::NOVA.iter().all(|nova| end_of_life(Bedrock, nova.model).is_none());
    assert!(active, "`bedrock` lists active models only");
}
