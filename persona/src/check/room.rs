//! Whether the persona fits into what the twin sends to a model.

use contract::limits::{self, ANSWER_TOKENS, HISTORY_TOKENS, LARGE_DATA_TOKENS};

use super::{error, warning};
use crate::Mistake;
use crate::price::Seller;

/// Kept free for the conversation and the answer.
const CONVERSATION: usize = HISTORY_TOKENS + ANSWER_TOKENS;

/// No single file is too large.
const FILE: &str = "all files";

/// What is wrong with the size of all files together.
pub fn too_large(seller: Seller, model: &str, tokens: usize) -> Option<Mistake> {
    let context = match seller {
        Seller::Bedrock => limits::bedrock_context_tokens(model),
        Seller::OpenAi => limits::CONTEXT_TOKENS,
    };
    let most = context - CONVERSATION;
    let hint = "shorten what visitors do not ask about";
    if tokens > most {
        let what = format!(
            "together they are about {tokens} tokens, and at most {most} fit into a message to this model, so the \
             twin would answer nothing"
        );
        Some(error(FILE, None, what, hint))
    } else if tokens > LARGE_DATA_TOKENS {
        let what = format!(
            "together they are about {tokens} tokens, sent with every message: from {LARGE_DATA_TOKENS} on answers get slower \
             and dearer"
        );
        Some(warning(FILE, None, what, hint))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Gravity;

    #[test]
    fn a_persona_is_small_large_or_too_large() {
        let gravity = |seller, model, tokens| too_large(seller, model, tokens).map(|mistake| mistake.gravity);
        for (model, tokens, expected) in [
            ("amazon.nova-lite-v1:0", 8_000, None),
            ("amazon.nova-lite-v1:0", 8_001, Some(Gravity::Warning)),
            ("amazon.nova-lite-v1:0", 293_001, Some(Gravity::Error)),
            ("eu.amazon.nova-micro-v1:0", 121_001, Some(Gravity::Error)),
            ("us.anthropic.claude-sonnet-4-6", 121_001, Some(Gravity::Warning)),
            ("unknown", 121_001, Some(Gravity::Error)),
        ] {
            assert_eq!(gravity(Seller::Bedrock, model, tokens), expected, "{model} {tokens}");
        }
        assert_eq!(gravity(Seller::OpenAi, "nova", 130_000), Some(Gravity::Error));
    }
}
