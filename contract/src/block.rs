//! The list of conversations and visitors whose messages the twin does not answer: a JSON object next to the data files.

/// The key of the list.
pub const LIST: &str = ".twinctl/blocked.json";
/// The field of the list with its entries.
pub const ENTRIES: &str = "blocked";
/// The field of an entry with the hash of a conversation or of a visitor, as in the log.
pub const HASH: &str = "hash";
/// The field of an entry with a day: the number of days since 1970. The visitor's hash is from the log of this day or
/// of the day before; it is different on each day. The entry of a conversation has no day.
pub const DAY: &str = "day";
/// The bytes of a conversation's hash. The log contains them in hexadecimal.
pub const SESSION_BYTES: usize = 6;
/// The bytes of a visitor's hash.
pub const VISITOR_BYTES: usize = 4;
/// The maximum number of entries. The function compares each message with all of them.
pub const ENTRIES_LIMIT: usize = 1000;
/// The code of the error response.
pub const CODE: &str = "blocked";
/// The field of the health response that says whether a list was found. A backend without it blocks nobody.
pub const HEALTH_FIELD: &str = "blocks";
