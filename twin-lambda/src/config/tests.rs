//! Tests of settings: names, aliases, defaults and errors.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(&environment.collect())
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "secret")];

fn read_with_keys(pairs: &[(&str, &str)]) -> Config {
    read(&[&KEYS, pairs].concat()).unwrap()
}

#[test]
fn the_default_is_a_local_twin_without_a_model() {
    let config = read(&[]).unwrap();
    assert_eq!(config.model, ModelChoice::Builtin);
    assert_eq!(config.memory, Location::Folder("memory".into()));
    assert_eq!(config.persona, Location::Folder("data".into()));
    assert_eq!(config.turns_per_minute, 10);
    assert!(config.origin.accept(b"anything"));
}

#[test]
fn the_default_bedrock_model_follows_the_region() {
    let cases = [
        ("eu-west-1", "eu.amazon.nova-micro-v1:0"),
        ("us-east-1", "us.amazon.nova-micro-v1:0"),
        ("ap-south-1", "apac.amazon.nova-micro-v1:0"),
        ("us-gov-west-1", "amazon.nova-micro-v1:0"),
    ];
    for (region, model) in cases {
        let config = read_with_keys(&[("AI_PROVIDER", "bedrock"), ("AWS_REGION", region)]);
        assert_eq!(config.ai_model(), model, "{region}");
    }
    let config = read_with_keys(&[("AI_PROVIDER", "openai"), ("OPENAI_API_KEY", "sk-a")]);
    assert_eq!(config.ai_model(), contract::models::OPENAI_DEFAULT);
}

#[test]
fn aliases_are_read() {
    let config = read_with_keys(&[
        ("LLM_PROVIDER", "Bedrock"),
        ("LLM_MODEL", "m"),
        ("S3_BUCKET", "memory"),
        ("S3_PERSONA_BUCKET", "me"),
    ]);
    assert_eq!(config.model, ModelChoice::Bedrock { model: "m".to_owned() });
    assert_eq!(config.memory, Location::Bucket("memory".to_owned()));
    assert_eq!(config.persona, Location::Bucket("me".to_owned()));
    let config = read_with_keys(&[("AI_PROVIDER", "openai"), ("SECRETS_MANAGER_SECRET_NAME", "key")]);
    let ModelChoice::OpenAi { key, .. } = config.model else { panic!("{:?}", config.model) };
    assert_eq!(key, KeySource::Secret("key".to_owned()));
}

#[test]
fn use_s3_false_disables_buckets() {
    let config = read(&[("USE_S3", "false"), ("MEMORY_BUCKET", "memory"), ("MEMORY_DIR", "m")]).unwrap();
    assert_eq!(config.memory, Location::Folder("m".into()));
}

#[test]
fn all_errors_are_reported_together() {
    let errors = read(&[
        ("AI_PROVIDER", "gemini"),
        ("USE_S3", "maybe"),
        ("MEMORY_BUCKET", "memory"),
        ("CORS_ORIGINS", "https://a.example, b.example"),
        ("ORIGIN_SECRET_HASHES", "abc"),
        ("LOG_LEVEL", "loud"),
        ("TURNS_PER_MINUTE", "ten"),
        ("INVOKE_MODE", "fast"),
    ])
    .unwrap_err();
    insta::assert_snapshot!(errors.0.join("\n"));
}

#[test]
fn openai_requires_a_key_or_a_base_url() {
    assert!(read(&[("AI_PROVIDER", "openai")]).is_err());
    assert!(read(&[("AI_PROVIDER", "openai"), ("OPENAI_BASE_URL", "http://localhost:11434/v1/")]).is_ok());
}

#[test]
fn buckets_are_hosts_on_aws_and_paths_on_custom_endpoints() {
    let on_aws = read_with_keys(&[("AWS_REGION", "eu-west-1")]).aws;
    assert_eq!(on_aws.bucket_url("memory"), "https://memory.s3.eu-west-1.amazonaws.com");
    assert_eq!(on_aws.bucket_url("a.b"), "https://s3.eu-west-1.amazonaws.com/a.b");
    assert_eq!(on_aws.endpoint(Service::Bedrock), "https://bedrock-runtime.eu-west-1.amazonaws.com");
    let emulated = read_with_keys(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")]).aws;
    assert_eq!(emulated.bucket_url("memory"), "http://127.0.0.1:4566/memory");
}

#[test]
fn origin_secrets_are_compared_by_hash() {
    let hash = |text: &str| {
        hex::encode(sha2::Digest::finalize(sha2::Digest::chain_update(
            <sha2::Sha256 as sha2::Digest>::new(),
            text,
        )))
    };
    let hashes = format!("{}, {}", hash("old"), hash("new").to_uppercase());
    let config = read(&[("ORIGIN_SECRET_HASHES", &hashes)]).unwrap();
    for (sent, accepted) in [("old", true), ("new", true), ("other", false), ("", false)] {
        assert_eq!(config.origin.accept(sent.as_bytes()), accepted, "{sent}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let config = read_with_keys(&[("AI_PROVIDER", "openai"), ("OPENAI_API_KEY", "sk-123")]);
    let text = format!("{config:?}");
    assert!(!text.contains("sk-123") && !text.contains("secret\""), "{text}");
}

#[test]
fn a_budget_requires_a_price_and_a_place_to_count() {
    let budget = ("BUDGET_MONTHLY_USD", "5");
    let known = read_with_keys(&[("AI_PROVIDER", "bedrock"), budget]).budget.unwrap();
    assert_eq!((known.monthly, known.usage), (5_000_000_000, UsageLocation::Folder));
    assert!(known.price.input > 0.0 && known.model.context.is_some());
    let own = [("OPENAI_BASE_URL", "http://localhost:1/v1"), ("OPENAI_MODEL", "m"), budget];
    let given = read_with_keys(&[&own[..], &[("BUDGET_PRICE", "0.5, 2"), ("USAGE_TABLE", "t")]].concat());
    let given = given.budget.unwrap();
    assert_eq!((given.price.input, given.price.output), (0.5, 2.0));
    assert_eq!(given.usage, UsageLocation::Table("t".to_owned()));
    assert_eq!(read(&[budget]).unwrap().budget, None, "the built-in model costs nothing");
    let bucket = [("MEMORY_BUCKET", "b"), ("AI_PROVIDER", "bedrock"), budget];
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&own, "BUDGET_MONTHLY_USD requires BUDGET_PRICE, because the price of m is unknown"),
        (
            &[&bucket[..], &KEYS].concat(),
            "BUDGET_MONTHLY_USD requires USAGE_TABLE, because the memory is in a bucket",
        ),
        (
            &[("BUDGET_MONTHLY_USD", "five")],
            "BUDGET_MONTHLY_USD is \"five\", but must be a number of US dollars",
        ),
        (
            &[&own[..], &[("BUDGET_PRICE", "1")]].concat(),
            "BUDGET_PRICE is \"1\", but must be two numbers, like 0.5,1.5",
        ),
        (
            &[&own[..], &[("BUDGET_PRICE", "1,2"), ("USAGE_TABLE", "t")]].concat(),
            "USAGE_TABLE requires AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (Lambda sets them automatically)",
        ),
    ];
    for (settings, expected) in cases {
        assert_eq!(read(settings).unwrap_err().to_string(), expected);
    }
}
