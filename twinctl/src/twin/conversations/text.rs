//! Conversations as text. Terminal escape sequences in messages are neutralized.

use std::fmt::Write as _;

use super::{Conversation, conversation::Message};
use crate::ui::plain;

/// Returns the text on one line, shortened to `length` characters.
pub(crate) fn headline(text: &str, length: usize) -> String {
    let line = plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(length) {
        None => line,
        Some(_) => format!("{}…", line.chars().take(length.saturating_sub(1)).collect::<String>().trim_end()),
    }
}

fn speaker(message: &Message<'_>) -> String {
    match message.role {
        "user" => "visitor".to_owned(),
        "assistant" => "twin".to_owned(),
        other => headline(other, 20),
    }
}

fn time(message: &Message<'_>) -> String {
    message.timestamp.map(|time| format!("  {}", headline(time, 40))).unwrap_or_default()
}

/// Formats a conversation for a terminal.
pub(crate) fn readable(conversation: &Conversation) -> String {
    let messages = conversation.messages().map(|message| {
        let content = plain(message.content).trim().replace('\n', "\n  ");
        format!("{}{}\n  {content}", speaker(&message), time(&message))
    });
    messages.collect::<Vec<_>>().join("\n\n")
}

/// Formats a conversation as Markdown. Messages are quoted, so that a heading in one is not a heading of the document.
pub(crate) fn markdown(conversation: &Conversation) -> String {
    let mut text = format!("# Conversation {}\n", conversation.id);
    for message in conversation.messages() {
        let content = plain(message.content).trim().replace('\n', "\n> ");
        let _ = write!(text, "\n**{}**{}\n\n> {content}\n", speaker(&message), time(&message));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::twin::conversations::conversation::tests::conversation;

    #[test]
    fn conversations_are_formatted_for_people() {
        let conversation = conversation(&json!([
            { "role": "user", "content": "# Hi\r\nwho are you?\u{1b}[2J", "timestamp": "2026-11-20T14:03:20Z" },
            { "role": "assistant", "content": "I am **Ada's** twin.\n" },
            { "role": "system\u{1b}", "content": "" },
        ]));
        insta::assert_snapshot!("readable", readable(&conversation));
        insta::assert_snapshot!("markdown", markdown(&conversation));
    }

    #[test]
    fn headlines_are_shortened_to_one_line() {
        for (text, line) in [
            ("Do you\n  ski?", "Do you ski?"),
            ("12345678901", "12345678901"),
            ("123456789012", "1234567890…"),
            ("été été été été", "été été ét…"),
            ("\u{1b}[31m", "␛[31m"),
        ] {
            assert_eq!(headline(text, 11), line);
        }
    }
}
