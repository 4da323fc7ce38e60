//! Whether the persona fits into what the twin sends to a model.

use super::{error, warning};
use crate::Mistake;
use crate::price::Seller;

/// Tokens that the twin's models take, as the twin has them in its own table.
const WINDOWS: [(&str, usize); 4] =
    [("nova-micro", 128_000), ("nova", 300_000), ("claude", 200_000), ("llama3-1", 128_000)];
const WINDOW: usize = 128_000;
/// Kept free for the conversation and the answer.
const CONVERSATION: usize = 7_000;
/// From here on answers get noticeably slower and dearer.
const LARGE: usize = 8_000;

/// No single file is too large.
const FILE: &str = "all files";

/// What is wrong with the size of all files together.
pub fn too_large(seller: Seller, model: &str, tokens: usize) -> Option<Mistake> {
    let known = WINDOWS.iter().find(|(name, _)| seller == Seller::Bedrock && model.contains(name));
    let most = known.map_or(WINDOW, |(_, window)| *window) - CONVERSATION;
    let hint = "shorten what visitors do not ask about";
    if tokens > most {
        let what = format!(
            "together they are about {tokens} tokens, and at most {most} fit into a message to this model, so the \
             twin would answer nothing"
        );
        Some(error(FILE, None, what, hint))
    } else if tokens > LARGE {
        let what = format!(
            "together they are about {tokens} tokens, sent with every message: from {LARGE} on answers get slower \
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

    const BEDROCK: &str = include_str!("../../../twin-lambda/src/model/bedrock.rs");
    const PROMPT: &str = include_str!("../../../twin-lambda/src/prompt.rs");
    const PERSONA: &str = include_str!("../../../twin-lambda/src/persona.rs");

    #[test]
    fn the_limits_are_those_of_the_twin() {
        assert!(WINDOWS.iter().all(|(name, window)| {
            let digits = format!("{}_000", window / 1000);
            BEDROCK.contains(&format!("(\"{name}\", {digits})"))
        }));
        assert!(
            PROMPT.contains("HISTORY_TOKENS: usize = 6_000")
                && PROMPT.contains("ANSWER_TOKENS: usize = 1_000")
        );
        assert!(PERSONA.contains("LARGE: usize = 8_000"));
    }

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
