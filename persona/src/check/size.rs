//! Checks the size of the data files, in bytes and in tokens.

use contract::limits::{self, ANSWER_TOKENS, HISTORY_TOKENS, LARGE_DATA_TOKENS};

use crate::{files::Files, finding::Finding, price::Provider};

/// The limits for one file and for all files. Real ones have a few hundred kilobytes.
const MAX_FILE: usize = 16 << 20;
const MAX_TOTAL: usize = 64 << 20;
/// The tokens that the conversation and the answer need.
const CONVERSATION: usize = HISTORY_TOKENS + ANSWER_TOKENS;

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
pub fn too_large(provider: Provider, model: &str, tokens: usize) -> Option<Finding> {
    let context = match provider {
        Provider::Bedrock => limits::bedrock_context_tokens(model),
        Provider::OpenAi => limits::CONTEXT_TOKENS,
    };
    let most = context - CONVERSATION;
    let hint = "shorten what visitors do not ask about";
    if tokens > most {
        let what = format!(
            "they have about {tokens} tokens in total, but at most {most} fit into a message to this model, so the \
             twin could not answer"
        );
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
    use super::*;
    use crate::finding::Severity;

    #[test]
    fn data_files_are_small_large_or_too_large() {
        let severity =
            |provider, model, tokens| too_large(provider, model, tokens).map(|finding| finding.severity);
        for (model, tokens, expected) in [
            ("amazon.nova-lite-v1:0", 8_000, None),
            ("amazon.nova-lite-v1:0", 8_001, Some(Severity::Warning)),
            ("amazon.nova-lite-v1:0", 293_001, Some(Severity::Error)),
            ("eu.amazon.nova-micro-v1:0", 121_001, Some(Severity::Error)),
            ("us.anthropic.claude-sonnet-4-6", 121_001, Some(Severity::Warning)),
            ("unknown", 121_001, Some(Severity::Error)),
        ] {
            assert_eq!(severity(Provider::Bedrock, model, tokens), expected, "{model} {tokens}");
        }
        assert_eq!(severity(Provider::OpenAi, "nova", 130_000), Some(Severity::Error));
    }
}
