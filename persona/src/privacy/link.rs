//! Numbers in links name a page, not a phone: without them the link leads nowhere.

/// Links that call somebody.
const CALLS: [&str; 5] = ["tel:", "sms:", "wa.me/", "whatsapp", "signal.me/"];

/// Whether a place in a text is inside a link that leads to a page.
pub(super) fn holds(text: &str, at: usize) -> bool {
    let ends = |letter: char| letter.is_whitespace() || "\"'<>()[]|`".contains(letter);
    let link = text[..at].rsplit(ends).next().unwrap_or_default().to_lowercase();
    let leads =
        ["http://", "https://"].iter().any(|scheme| link.contains(scheme)) || link.starts_with("www.");
    let dials = text[at..].starts_with('+') || link.ends_with('+') || link.ends_with("%2b");
    leads && !dials && !CALLS.iter().any(|call| link.contains(call))
}
