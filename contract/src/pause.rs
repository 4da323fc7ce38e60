//! The mark that pauses a twin: a JSON object next to the data files. While it exists, the twin does not answer messages.

/// The key of the mark.
pub const MARK: &str = ".twinctl/paused.json";
/// The field of the mark with the owner's sentence for visitors. Optional.
pub const MESSAGE: &str = "message";
/// The maximum length of the owner's sentence, in characters.
pub const MESSAGE_CHARACTERS: usize = 300;
/// The sentence for visitors if the owner wrote none.
pub const SENTENCE: &str = "This chat is paused. Please come back later.";
/// The code of the error response.
pub const CODE: &str = "paused";
/// The field of the health response that says whether the twin is paused. A backend without it cannot be paused.
pub const HEALTH_FIELD: &str = "paused";
