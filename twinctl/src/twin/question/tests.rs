//! Tests of the classes of errors, their sentences, and the printed price.

use super::*;

fn report(provider: &str, model: &str, error: Option<(&str, &str)>) -> Report {
    serde_json::from_value(json!({
        "provider": provider,
        "model": model,
        "milliseconds": 1234.5,
        "characters": 40,
        "input_tokens": 1612,
        "output_tokens": 64,
        "error": error.map(|(code, message)| json!({"code": code, "message": message})),
    }))
    .unwrap()
}

fn finding(provider: &str, code: &str, message: &str) -> Finding {
    report(provider, "m-1", Some((code, message))).finding()
}

#[test]
fn a_refusal_of_each_kind_becomes_one_sentence_and_one_link() {
    let cases = [
        (
            "bedrock",
            "ResourceNotFoundException: Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model.",
        ),
        ("bedrock", "AccessDeniedException: You don't have access to the model with the specified model ID."),
        (
            "bedrock",
            "AccessDeniedException: Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe)",
        ),
        (
            "bedrock",
            "AccessDeniedException: Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be provided.",
        ),
        ("bedrock", "ResourceNotFoundException: This model version has reached the end of its life."),
        (
            "bedrock",
            "ResourceNotFoundException: Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 15 days.",
        ),
        (
            "bedrock",
            "ValidationException: Invocation of model ID m-1 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        ),
        ("bedrock", "ValidationException: The provided model identifier is invalid."),
        ("bedrock", "ValidationException: Operation not allowed"),
        (
            "openai",
            "insufficient_quota: You exceeded your current quota, please check your plan and billing details.",
        ),
        ("openai", "model_not_found: The model `m-1` does not exist or you do not have access to it."),
        ("openai", "model \"m-1\" not found, try pulling it first"),
        ("openai", "something that nobody has seen before"),
    ];
    let sentences = cases.map(|(provider, message)| match finding(provider, "model_refused", message) {
        Finding::Refused(refusal) => refusal.to_string(),
        other => panic!("{message}: {other:?}"),
    });
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn a_rejected_key_and_too_large_data_files_are_refusals() {
    for (code, message, link) in [
        ("model_key", "the model rejected the API key: wrong", "https://platform.openai.com/api-keys"),
        ("persona_too_large", "the data files are too large for the model: about 9 tokens", "docs/data.md"),
    ] {
        let Finding::Refused(refusal) = finding("openai", code, message) else { panic!("{code}") };
        assert_eq!(refusal.link, link);
    }
}

#[test]
fn a_busy_model_is_no_refusal_but_a_used_up_daily_quota_may_be_one() {
    for (code, message) in [
        ("model_throttled", "ThrottlingException: Too many tokens, please wait before trying again."),
        ("model_timeout", "failed to reach the model: the request timed out"),
        ("model_unavailable", "failed to reach the model: the connection failed"),
        ("model_broken", "the model returned an empty answer"),
        ("persona_missing", "no data file describes the owner"),
    ] {
        assert!(matches!(finding("bedrock", code, message), Finding::Unproven(_)), "{code}");
    }
    for (provider, message) in [
        ("bedrock", "ThrottlingException: Too many tokens per day, please wait before trying again."),
        ("openai", "rate_limit_exceeded: Rate limit reached for m-1 on tokens per day (TPD)"),
    ] {
        assert!(matches!(finding(provider, "model_throttled", message), Finding::Exhausted(_)), "{message}");
    }
}

/// An attacker who uses up the budget cannot prevent a canary.
#[test]
fn without_data_files_or_budget_the_model_is_asked_nothing() {
    for (code, expected) in [("persona_missing", true), ("budget_reached", true), ("model_timeout", false)] {
        assert_eq!(report("bedrock", "m-1", Some((code, ""))).asked_nothing(), expected, "{code}");
    }
    assert!(!report("bedrock", "m-1", None).asked_nothing());
}

#[test]
fn a_question_whose_tokens_were_used_up_is_no_refusal() {
    let message = "Could not finish the message because max_tokens or model output limit was reached.";
    let found = finding("openai", "model_refused", message);
    assert!(matches!(found, Finding::Unproven(_)), "{found:?}");
}

#[test]
fn permissions_that_may_not_have_taken_effect_yet_are_distinguished() {
    for (code, message) in [
        (
            "model_refused",
            "AccessDeniedException: User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: bedrock:InvokeModel",
        ),
        ("model_key", "failed to read the model's API key: AccessDeniedException"),
        (
            "persona_unreadable",
            "failed to read the data files: bucket data rejected the request with status 403",
        ),
        ("memory_unavailable", "bucket memory rejected the request with status 403 AccessDenied"),
    ] {
        assert!(matches!(finding("bedrock", code, message), Finding::Denied(_)), "{code}");
    }
}

#[test]
fn an_answer_is_described_with_its_tokens_and_price() {
    let described = [
        report("bedrock", "us.amazon.nova-lite-v1:0", None),
        Report { cached_tokens: Some(1_500), ..report("bedrock", "us.amazon.nova-lite-v1:0", None) },
        Report {
            base_url: Some("https://openrouter.ai/api/v1".to_owned()),
            ..report("openai", "gpt-4o", None)
        },
        report("openai", "tiny", None),
        report("builtin", "builtin", None),
        Report { input_tokens: None, ..report("openai", "tiny", None) },
    ];
    insta::assert_snapshot!(described.map(|report| report.describe()).join("\n"), @r"
    the new version answered a question in 1.2 s with us.amazon.nova-lite-v1:0: 1,612 input tokens, 64 output tokens, about $0.00011 (prices of 2026-10-29)
    the new version answered a question in 1.2 s with us.amazon.nova-lite-v1:0: 1,612 input tokens (1,500 cached), 64 output tokens, about $0.000045 (prices of 2026-10-29)
    the new version answered a question in 1.2 s with gpt-4o: 1,612 input tokens, 64 output tokens; twinctl does not know the price
    the new version answered a question in 1.2 s with tiny: 1,612 input tokens, 64 output tokens; twinctl does not know the price
    the new version answered a question in 1.2 s, at no cost
    the new version answered a question in 1.2 s with tiny; the server did not report the tokens
    ");
}
