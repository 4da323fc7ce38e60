//! Checks the size of the data files, in bytes and in tokens.

use contract::{limits::LARGE_DATA_TOKENS, models::Model};

use crate::{files::Files, finding::Finding};

/// The limits for one file and for all files. Real ones have a few hundred kilobytes.
const MAX_FILE: usize = 16 << 20;
const MAX_TOTAL: usize = 64 << 20;
/// The name in findings about the sum of all files.
const ALL_FILES: &str = "all files";

/// Checks the size of each file and of all files.
pub(super) fn check(files: &Files) -> Vec<Finding> {
    let hint = "remove what visitors do not need";
    let large = files.iter().filter(|(_, bytes)| bytes.len() > MAX_FILE);
    let mut findings: Vec<Finding> = large
        .map(|(name, bytes)| {
            let what = format!("the file has {}; the limit is {}", mib(bytes.len()), mib(MAX_FILE));
            Finding::error(name, None, what, hint)
        })
        .collect();
    let total = files.iter().map(|(_, bytes)| bytes.len()).sum();
    if total > MAX_TOTAL {
        let what = format!("they have {} in total; the limit is {}", mib(total), mib(MAX_TOTAL));
        findings.push(Finding::error(ALL_FILES, None, what, hint));
    }
    findings
}

fn mib(bytes: usize) -> String {
    format!("{} MB", bytes.div_ceil(1 << 20))
}

/// Returns a finding if the data files do not fit into the model's context, or make answers slow and expensive.
pub fn too_large(model: &Model, tokens: usize) -> Option<Finding> {
    let hint = "shorten or remove texts that visitors do not ask about";
    if tokens > model.system_tokens() {
        let (context, reserved) = (model.context_tokens(), model.reserved_tokens());
        let what = format!(
            "they have about {tokens} tokens in total, but the model's context has {context}, of which {reserved} are \
             reserved for the conversation and the answer, so the twin could not answer"
        );
        let hint = format!("{hint}, or choose a model with a larger context");
        Some(Finding::error(ALL_FILES, None, what, hint))
    } else if tokens > LARGE_DATA_TOKENS {
        let what = format!(
            "they have about {tokens} tokens in total, sent with every message; above {LARGE_DATA_TOKENS}, answers \
             become slower and more expensive"
        );
        Some(Finding::warning(ALL_FILES, None, what, hint))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use contract::models::Provider::{Bedrock, OpenAi, Other};

    use super::*;
    use crate::finding::Severity;

    #[test]
    fn data_files_are_small_large_or_too_large() {
        let severity = |model: &Model, tokens| too_large(model, tokens).map(|finding| finding.severity);
        for (provider, model, tokens, expected) in [
            (Bedrock, "amazon.nova-lite-v1:0", 8_000, None),
            (Bedrock, "amazon.nova-lite-v1:0", 8_001, Some(Severity::Warning)),
            (Bedrock, "amazon.nova-lite-v1:0", 293_000, Some(Severity::Warning)),
            (Bedrock, "amazon.nova-lite-v1:0", 293_001, Some(Severity::Error)),
            (Bedrock, "eu.amazon.nova-micro-v1:0", 121_001, Some(Severity::Error)),
            (Bedrock, "us.anthropic.claude-sonnet-4-6", 121_001, Some(Severity::Warning)),
            (Bedrock, "us.meta.llama3-8b-instruct-v1:0", 5_144, None),
            (Bedrock, "us.meta.llama3-8b-instruct-v1:0", 5_145, Some(Severity::Error)),
            (Bedrock, "unknown", 118_001, Some(Severity::Error)),
            (OpenAi, "gpt-4o-mini", 188_000, Some(Severity::Error)),
            (Other, "llama3.2", 188_000, Some(Severity::Error)),
        ] {
            assert_eq!(severity(&Model::of(provider, model), tokens), expected, "{model} {tokens}");
        }
        assert_eq!(severity(&Model::served(8_192, false), 5_144), None);
        assert_eq!(severity(&Model::served(8_192, false), 5_145), Some(Severity::Error));
        assert_eq!(severity(&Model::served(262_144, true), 188_000), Some(Severity::Warning));
    }

    #[test]
    fn data_files_that_are_too_large_are_refused_with_the_numbers() {
        let finding = too_large(&Model::of(OpenAi, "gpt-4o-mini"), 188_000).unwrap();
        assert_eq!(
            finding.message,
            "they have about 188000 tokens in total, but the model's context has 128000, of which 7000 are reserved for \
             the conversation and the answer, so the twin could not answer"
        );
    }
}
