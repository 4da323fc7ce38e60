//! Placeholders in an owner's own prompt, of which the twin knows ten.

use std::sync::LazyLock;

use contract::data::PLACEHOLDERS;

use super::near::nearest;
use super::{error, warning};
use crate::pattern::{Pattern, pattern};
use crate::{Mistake, names};

/// A word in braces. JSON has more than a word between them, and two braces are meant as braces.
static PLACEHOLDER: Pattern = LazyLock::new(|| pattern(&[r"(\{?)\{([A-Za-z_][A-Za-z0-9_]*)\}"]));

pub(super) fn look(file: &str, text: &str) -> Vec<Mistake> {
    let is_filled = names::bare(file).ends_with("system_prompt.txt");
    let lines = text.lines().enumerate();
    let each =
        lines.flat_map(|(line, text)| PLACEHOLDER.captures_iter(text).map(move |found| (line + 1, found)));
    each.filter(|(_, found)| found[1].is_empty())
        .filter_map(|(line, found)| mistake(file, line, &found[2], is_filled))
        .collect()
}

fn mistake(file: &str, line: usize, name: &str, is_filled: bool) -> Option<Mistake> {
    if PLACEHOLDERS.contains(&name) {
        let what = format!("`{{{name}}}` is filled in only in `system_prompt.txt`, and stays as it is here");
        return (!is_filled).then(|| warning(file, Some(line), what, "write here what you mean by it"));
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
    Some(error(file, Some(line), format!("the twin has nothing to put in place of `{{{name}}}`"), hint))
}
