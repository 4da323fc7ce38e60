//! Environments on AWS with arbitrary settings, for tests of what holds for all of them.

use std::fs;

use proptest::{prelude::*, sample};

use super::{Environment, Overrides, load, render, rules::aws::REGIONS};

const MODELS: [&str; 5] = [
    "",
    "model: { source: bedrock, id: amazon.nova-lite-v1:0 }\n",
    "model: { source: builtin }\n",
    "model: { source: openai, id: gpt-4o-mini }\n",
    "model: { source: openai, id: m, base_url: \"https://models.example/v1\" }\n",
];
/// Settings that do not depend on each other.
const SETTINGS: [&str; 11] = [
    "streaming: true\n",
    "domain: { name: chat.example.com }\n",
    "alarms: { daily_tokens: 1000, email: ada@example.com, webhook: \"https://hooks.example/a\" }\n",
    "budget: { monthly_usd: 5, price: { input: 0.25, output: 2 } }\n",
    "memory: { expire_after_days: 30 }\n",
    "prompt: { scope: any }\n",
    "api: { direct_access: true, cors_origins: [\"https://me.example\"] }\n",
    "waf: { arn: \"arn:aws:wafv2:us-east-1:123456789012:global/webacl/twin/1\" }\n",
    "web: { frame_ancestors: [\"https://me.example\"] }\n",
    "names: { function: Own_Function, role: own.role, memory_bucket: own-memory, data_bucket: own-data, log_group: /own/logs }\n",
    "log_level: debug\n",
];

/// Returns a strategy for environments that are valid together with their settings.
pub(crate) fn environments() -> impl Strategy<Value = Environment> {
    let regions: Vec<&str> = REGIONS
        .split_whitespace()
        .filter(|region| !region.contains("gov") && !region.starts_with("cn-"))
        .collect();
    // No name is that of a preview, or of a built-in environment.
    let names = ("[a-z][a-z0-9-]{0,8}[a-z0-9]", "e[a-z0-9]{0,8}");
    let settings = sample::subsequence(SETTINGS.to_vec(), 0..=SETTINGS.len());
    (names, sample::select(regions), sample::select(MODELS.to_vec()), settings).prop_map(
        |((project, name), region, model, settings)| {
            let settings = settings.concat();
            let text =
                format!("project: {project}\nenvironment: {name}\nregion: {region}\n{model}{settings}");
            let folder = tempfile::tempdir().expect("a temporary folder");
            fs::write(folder.path().join(format!("{name}.yaml")), &text).expect("a writable folder");
            load(folder.path(), &name, &Overrides::default())
                .unwrap_or_else(|errors| panic!("{}", render(&errors, false)))
        },
    )
}
