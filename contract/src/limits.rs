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
/// The maximum length of an answer, in characters of any script. A token has at most eight on average. Longer answers are cut
/// off. They occur if a server ignores the token limit, or if the model reasons, because its token limit includes the
/// reasoning.
pub const ANSWER: usize = 8 * ANSWER_TOKENS;
/// The size of the data files, in tokens, above which answers become noticeably slower and more expensive.
pub const LARGE_DATA_TOKENS: usize = 8_000;
