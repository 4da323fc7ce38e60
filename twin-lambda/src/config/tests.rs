//! Settings by table: names, aliases, defaults, and all mistakes at once.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(&environment.collect())
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "secret")];

fn read_with_keys(pairs: &[(&str, &str)]) -> Config {
    read(&[&KEYS, pairs].concat()).unwrap()
}

#[test]
fn nothing_set_is_a_local_twin_without_a_model() {
    let config = read(&[]).unwrap();
    assert_eq!(config.model, ModelChoice::Builtin);
    assert_eq!(config.memory, Place::Folder("memory".into()));
    assert_eq!(config.persona, Place::Folder("data".into()));
    assert_eq!(config.turns_per_minute, 10);
    assert!(config.origin.accept(b"anything"));
}

#[test]
fn the_default_bedrock_model_follows_the_region() {
    let cases = [
        ("eu-west-1", "eu.amazon.nova-lite-v1:0"),
        ("us-east-1", "us.amazon.nova-lite-v1:0"),
        ("ap-south-1", "apac.amazon.nova-lite-v1:0"),
        ("us-gov-west-1", "us-gov.amazon.nova-lite-v1:0"),
    ];
    for (region, model) in cases {
        let config = read_with_keys(&[("AI_PROVIDER", "bedrock"), ("AWS_REGION", region)]);
        assert_eq!(config.ai_model(), model, "{region}");
    }
}

#[test]
fn aliases_are_read() {
    let config = read_with_keys(&[
        ("LLM_PROVIDER", "Bedrock"),
        ("LLM_MODEL", "m"),
        ("S3_BUCKET", "talks"),
        ("S3_PERSONA_BUCKET", "me"),
    ]);
    assert_eq!(config.model, ModelChoice::Bedrock { model: "m".to_owned() });
    assert_eq!(config.memory, Place::Bucket("talks".to_owned()));
    assert_eq!(config.persona, Place::Bucket("me".to_owned()));
    let config = read_with_keys(&[("AI_PROVIDER", "openai"), ("SECRETS_MANAGER_SECRET_NAME", "key")]);
    let ModelChoice::OpenAi { key, .. } = config.model else { panic!("{:?}", config.model) };
    assert_eq!(key, KeySource::Secret("key".to_owned()));
}

#[test]
fn use_s3_false_keeps_everything_in_folders() {
    let config = read(&[("USE_S3", "false"), ("MEMORY_BUCKET", "talks"), ("MEMORY_DIR", "m")]).unwrap();
    assert_eq!(config.memory, Place::Folder("m".into()));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mistakes = read(&[
        ("AI_PROVIDER", "gemini"),
        ("USE_S3", "maybe"),
        ("MEMORY_BUCKET", "talks"),
        ("CORS_ORIGINS", "https://a.example, b.example"),
        ("ORIGIN_SECRET_HASHES", "abc"),
        ("LOG_LEVEL", "loud"),
        ("TURNS_PER_MINUTE", "ten"),
        ("INVOKE_MODE", "fast"),
    ])
    .unwrap_err();
    insta::assert_snapshot!(mistakes.0.join("\n"));
}

#[test]
fn openai_needs_a_key_or_a_server_of_its_own() {
    assert!(read(&[("AI_PROVIDER", "openai")]).is_err());
    assert!(read(&[("AI_PROVIDER", "openai"), ("OPENAI_BASE_URL", "http://localhost:11434/v1/")]).is_ok());
}

#[test]
fn buckets_have_a_host_on_aws_and_a_path_elsewhere() {
    let on_aws = read_with_keys(&[("AWS_REGION", "eu-west-1")]).aws;
    assert_eq!(on_aws.bucket_url("talks"), "https://talks.s3.eu-west-1.amazonaws.com");
    assert_eq!(on_aws.bucket_url("a.b"), "https://s3.eu-west-1.amazonaws.com/a.b");
    assert_eq!(on_aws.endpoint(Service::Bedrock), "https://bedrock-runtime.eu-west-1.amazonaws.com");
    let emulated = read_with_keys(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")]).aws;
    assert_eq!(emulated.bucket_url("talks"), "http://127.0.0.1:4566/talks");
}

#[test]
fn origin_secrets_are_accepted_by_hash_two_at_a_time() {
    let hash = |text: &str| {
        data_encoding::HEXLOWER.encode(&sha2::Digest::finalize(sha2::Digest::chain_update(
            <sha2::Sha256 as sha2::Digest>::new(),
            text,
        )))
    };
    let both = format!("{}, {}", hash("old"), hash("new").to_uppercase());
    let config = read(&[("ORIGIN_SECRET_HASHES", &both)]).unwrap();
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
