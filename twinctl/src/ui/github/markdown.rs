//! Text of others inside of Markdown: it stays text, whatever is in it.

/// On a line of its own or in a sentence. Nothing in it is a mention, a link or HTML.
pub(crate) fn code(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let ticks = "`".repeat(longest_run(&text) + 1);
    // What begins or ends with a backtick needs room around it.
    let room = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{ticks}{room}{text}{room}{ticks}")
}

/// Lines as they are.
pub(crate) fn block(text: &str) -> String {
    let ticks = ticks_around(text);
    format!("{ticks}text\n{}\n{ticks}\n", text.trim_end_matches('\n'))
}

/// What a block that holds `text` begins and ends with: longer than any run of backticks in it.
pub(crate) fn ticks_around(text: &str) -> String {
    "`".repeat((longest_run(text) + 1).max(3))
}

/// Numbers of accounts by their last digits only: comments and summaries of public repositories are read by everyone.
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
    fn text_of_others_stays_text() {
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
    fn accounts_are_told_by_their_last_digits() {
        let text = "arn:aws:iam::123456789012:role/a-1234567890123 at 12345678901, é123456789012";
        let shown = "arn:aws:iam::…9012:role/a-1234567890123 at 12345678901, é…9012";
        assert_eq!(without_accounts(text), shown);
    }

    proptest! {
        #[test]
        fn no_line_ends_its_block(text in "[`a\n]{0,40}") {
            let block = block(&text);
            let ticks = ticks_around(&text);
            let inside = block.lines().filter(|line| line.trim_start().starts_with(&ticks)).count();
            prop_assert_eq!(inside, 2);
        }
    }
}
