//! Untrusted text in Markdown, escaped so that it is displayed as text.

/// Formats text as inline code, so that nothing in it becomes a mention, a link or HTML.
pub(crate) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let ticks = "`".repeat(longest_run(&text) + 1);
    // Markdown requires a space between the delimiter and a backtick of the text.
    let space = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// Formats lines as a code block.
pub(crate) fn block(text: &str) -> String {
    let ticks = fence(text);
    format!("{ticks}text\n{}\n{ticks}\n", text.trim_end_matches('\n'))
}

/// Returns a code fence for `text`, longer than any run of backticks in it.
pub(crate) fn fence(text: &str) -> String {
    "`".repeat((longest_run(text) + 1).max(3))
}

/// Shortens account numbers to their last four digits, because everyone can read the comments and summaries of a public
/// repository.
pub(crate) fn without_accounts(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let end =
            rest[begin..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |length| begin + length);
        whole.push_str(&rest[..begin]);
        let number = &rest[begin..end];
        if number.len() == 12 {
            whole.push('…');
            whole.push_str(&number[8..]);
        } else {
            whole.push_str(number);
        }
        rest = &rest[end..];
    }
    whole + rest
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn untrusted_text_is_displayed_as_code() {
        let cases = [
            ("@ada #1 <b>", "`@ada #1 <b>`"),
            ("a ``b`` c", "```a ``b`` c```"),
            ("`a`", "`` `a` ``"),
            ("a\nb", "`a b`"),
            ("", "`  `"),
        ];
        for (text, expected) in cases {
            assert_eq!(code(text), expected);
        }
        assert_eq!(block("a\n```\n</details>\n"), "````text\na\n```\n</details>\n````\n");
    }

    #[test]
    fn account_numbers_are_shortened() {
        let text = "arn:aws:iam::123456789012:role/a-1234567890123 at 12345678901, é123456789012";
        let shown = "arn:aws:iam::…9012:role/a-1234567890123 at 12345678901, é…9012";
        assert_eq!(without_accounts(text), shown);
    }

    proptest! {
        #[test]
        fn no_line_closes_its_block(text in "[`a\n]{0,40}") {
            let block = block(&text);
            let ticks = fence(&text);
            let inside = block.lines().filter(|line| line.trim_start().starts_with(&ticks)).count();
            prop_assert_eq!(inside, 2);
        }
    }
}
