//! Checks the placeholders in a custom prompt.

use std::sync::LazyLock;

use contract::data::PLACEHOLDERS;

use super::spelling::nearest;
use crate::pattern::{Pattern, pattern};
use crate::{finding::Finding, names};

/// A word in braces, and a brace before it if there is one. Two braces stand for a brace, not for a placeholder.
static PLACEHOLDER: Pattern = LazyLock::new(|| pattern(&[r"(\{?)\{([A-Za-z_][A-Za-z0-9_]*)\}"]));

pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    let is_replaced = names::without_folder(file).ends_with("system_prompt.txt");
    let lines = text.lines().enumerate();
    let each =
        lines.flat_map(|(line, text)| PLACEHOLDER.captures_iter(text).map(move |found| (line + 1, found)));
    each.filter(|(_, found)| found[1].is_empty())
        .filter_map(|(line, found)| finding(file, line, &found[2], is_replaced))
        .collect()
}

fn finding(file: &str, line: usize, name: &str, is_replaced: bool) -> Option<Finding> {
    if PLACEHOLDERS.contains(&name) {
        let what = format!("`{{{name}}}` is only replaced in `system_prompt.txt`, not here");
        return (!is_replaced)
            .then(|| Finding::warning(file, Some(line), what, "write the text itself here"));
    }
    let hint = nearest(name, PLACEHOLDERS).map_or_else(
        || {
            format!(
                "use one of {}, or double the braces: `{{{{{name}}}}}`",
                PLACEHOLDERS.map(|known| format!("`{{{known}}}`")).join(" ")
            )
        },
        |meant| format!("did you mean `{{{meant}}}`?"),
    );
    Some(Finding::error(file, Some(line), format!("unknown placeholder `{{{name}}}`"), hint))
}
