//! Deleted conversations. When a visitor deletes a conversation, another process may be generating an answer in it, which
//! must not be saved.
//!
//! So a deleted conversation is replaced by an empty array. Its white space encodes a random id, so each deletion leaves a
//! different object. A request that read the key before the deletion then fails to write, whether it found the conversation,
//! nothing, or an earlier deletion. Other programs read an empty conversation. If the visitor continues it, the first message
//! keeps the id in the field `deleted`.

use contract::key::DELETED;

/// The field of the first message that contains the id of the last deletion.
pub(super) const DELETION: &str = "deleted";
/// The length of an id.
const ID: usize = DELETED - "[]".len();
/// The digits of an id, and the white space that represents them.
const DIGITS: [(char, u8); 4] = [('0', b' '), ('1', b'\t'), ('2', b'\n'), ('3', b'\r')];

/// Returns the id of a new deletion.
pub(super) fn random_id() -> String {
    let mut bytes = [0; ID];
    getrandom::fill(&mut bytes).expect("the kernel's random source works");
    bytes.iter().map(|byte| DIGITS[usize::from(*byte) % DIGITS.len()].0).collect()
}

/// Returns the object that replaces a deleted conversation.
pub(super) fn tombstone(id: &str) -> Vec<u8> {
    let blank = |digit: char| DIGITS.iter().find(|(known, _)| *known == digit).map(|(_, blank)| *blank);
    let blanks = id.chars().filter_map(blank);
    std::iter::once(b'[').chain(blanks).chain([b']']).collect()
}

/// Returns the id of the deletion, if this is what replaced a deleted conversation.
pub(super) fn id(json: &[u8]) -> Option<String> {
    let blanks = json.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let digit = |blank: &u8| DIGITS.iter().find(|(_, byte)| byte == blank).map(|(digit, _)| *digit);
    let id: Option<String> = blanks.iter().map(digit).collect();
    id.filter(|id| is_id(id))
}

/// Returns whether this is the id of a deletion.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID && text.chars().all(|char| DIGITS.iter().any(|(digit, _)| *digit == char))
}
