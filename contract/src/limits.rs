//! Sizes and times that a request, a prompt or an answer may have.

use std::time::Duration;

/// The largest request body, in bytes.
pub const BODY: usize = 32 * 1024;
/// The longest message, in characters.
pub const MESSAGE: usize = 4_000;

/// How long a local twin waits for its model. It is long, because a model on the owner's machine can be slow.
pub const ANSWER_TIMEOUT: Duration = Duration::from_mins(3);

/// Tokens reserved for the conversation. Older messages are left out of the prompt if it has more.
pub const HISTORY_TOKENS: usize = 6_000;
/// The maximum length of an answer, in tokens.
pub const ANSWER_TOKENS: usize = 1_000;
/// The same for the question that a new version of the backend answers before visitors reach it.
pub const QUESTION_TOKENS: usize = 64;
/// How long a local twin may take to answer that question.
pub const QUESTION_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum length of an answer, in bytes. Longer answers, of servers that ignore the limit in tokens, are cut off.
pub const ANSWER: usize = 64 * 1024;
/// The size of the data files, in tokens, above which answers become noticeably slower and more expensive.
pub const LARGE_DATA_TOKENS: usize = 8_000;

/// The context size of a model that is not in our table.
pub const CONTEXT_TOKENS: usize = 128_000;

/// Returns the context size of a Bedrock model, in tokens.
pub fn bedrock_context_tokens(model: &str) -> usize {
    const SIZES: [(&str, usize); 4] = [
        ("nova-micro", CONTEXT_TOKENS),
        ("nova", 300_000),
        ("claude", 200_000),
        ("llama3-1", CONTEXT_TOKENS),
    ];
    // `str::contains` would add 1.5 KB to the function.
    let contains = |name: &str| model.as_bytes().windows(name.len()).any(|part| part == name.as_bytes());
    SIZES.iter().find(|(name, _)| contains(name)).map_or(CONTEXT_TOKENS, |(_, tokens)| *tokens)
}
