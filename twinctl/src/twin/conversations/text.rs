//! Conversations as people read them. What visitors wrote commands no terminal.

use std::fmt::Write as _;

use super::{Conversation, conversation::Said};
use crate::ui::plain;

/// One line, cut where it gets longer than `most` letters.
pub(crate) fn headline(text: &str, most: usize) -> String {
    let line = plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        None => line,
        Some(_) => format!("{}…", line.chars().take(most.saturating_sub(1)).collect::<String>().trim_end()),
    }
}

fn who(said: &Said<'_>) -> String {
    match said.role {
        "user" => "visitor".to_owned(),
        "assistant" => "twin".to_owned(),
        other => headline(other, 20),
    }
}

fn when(said: &Said<'_>) -> String {
    said.at.map(|at| format!("  {}", headline(at, 40))).unwrap_or_default()
}

/// For a terminal.
pub(crate) fn readable(conversation: &Conversation) -> String {
    let said = conversation.said().map(|said| {
        let content = plain(said.content).trim().replace('\n', "\n  ");
        format!("{}{}\n  {content}", who(&said), when(&said))
    });
    said.collect::<Vec<_>>().join("\n\n")
}

/// For a file. What was said is quoted, so that a heading in it is none of the document.
pub(crate) fn markdown(conversation: &Conversation) -> String {
    let mut text = format!("# Conversation {}\n", conversation.id);
    for said in conversation.said() {
        let content = plain(said.content).trim().replace('\n', "\n> ");
        let _ = write!(text, "\n**{}**{}\n\n> {content}\n", who(&said), when(&said));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::twin::conversations::conversation::tests::conversation;

    #[test]
    fn as_people_read_it() {
        let conversation = conversation(&json!([
            { "role": "user", "content": "# Hi\r\nwho are you?\u{1b}[2J", "timestamp": "2026-11-20T14:03:20Z" },
            { "role": "assistant", "content": "I am **Ada's** twin.\n" },
            { "role": "system\u{1b}", "content": "" },
        ]));
        insta::assert_snapshot!("readable", readable(&conversation));
        insta::assert_snapshot!("markdown", markdown(&conversation));
    }

    #[test]
    fn a_headline_is_one_line_of_its_length() {
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
