//! Expands the ranges in the letter widths of composite fonts.
//!
//! A PDF can contain "all letters from 17 to 26 are 636 wide". pdf-extract 0.12.1 confuses these numbers, and inserts
//! spaces between the digits in PDFs that Chromium has printed. It reads lists of widths correctly.

use pdf_extract::{Document, Object, ObjectId};

/// More letters than any font has.
const MAX_LETTERS: i64 = 1 << 16;

pub(super) fn expand_ranges(document: &mut Document) {
    let fonts: Vec<ObjectId> =
        document.objects.iter().filter(|(_, object)| is_font(object)).map(|(id, _)| *id).collect();
    for id in fonts {
        let expanded = widths(document, id).map(|widths| lists(document, &widths));
        let font = document.get_object_mut(id).and_then(Object::as_dict_mut);
        if let (Some(expanded), Ok(font)) = (expanded, font) {
            font.set("W", Object::Array(expanded));
        }
    }
}

fn is_font(object: &Object) -> bool {
    object.as_dict().is_ok_and(|font| font.has(b"W") && font.has(b"CIDSystemInfo"))
}

fn widths(document: &Document, font: ObjectId) -> Option<Vec<Object>> {
    let font = document.get_object(font).ok()?.as_dict().ok()?;
    let (_, widths) = document.dereference(font.get(b"W").ok()?).ok()?;
    widths.as_array().ok().cloned()
}

/// Replaces each `first last w` by `first [w w w]`, and keeps `first [w w w]`. Stops at anything else.
fn lists(document: &Document, widths: &[Object]) -> Vec<Object> {
    let mut expanded = Vec::new();
    let mut remaining = MAX_LETTERS;
    let mut rest = widths;
    while let [first, second, later @ ..] = rest {
        let Ok((_, second)) = document.dereference(second) else { break };
        if second.as_array().is_ok() {
            expanded.extend([first.clone(), second.clone()]);
            rest = later;
            continue;
        }
        let (Ok(from), Ok(to), Some((width, later))) = (first.as_i64(), second.as_i64(), later.split_first())
        else {
            break;
        };
        let count = to.saturating_sub(from).saturating_add(1).clamp(0, remaining);
        remaining -= count;
        let all = (0..count).map(|_| width.clone()).collect();
        expanded.extend([first.clone(), Object::Array(all)]);
        rest = later;
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(widths: &str) -> String {
        let source =
            widths.split(' ').filter(|word| !word.is_empty()).map(|word| match word.strip_prefix('[') {
                Some(list) => Object::Array(
                    list.trim_end_matches(']').split(',').map(|n| n.parse::<i64>().unwrap().into()).collect(),
                ),
                None => word.parse::<i64>().map_or(Object::Null, Into::into),
            });
        let shown = |object: &Object| match object {
            Object::Array(list) => {
                format!("{:?}", list.iter().map(|n| n.as_i64().unwrap()).collect::<Vec<_>>())
            }
            other => other.as_i64().unwrap().to_string(),
        };
        lists(&Document::new(), &source.collect::<Vec<_>>()).iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ranges_become_lists() {
        let cases = [
            ("", ""),
            ("3 [5,6] 8 [7]", "3 [5, 6] 8 [7]"),
            ("17 19 636", "17 [636, 636, 636]"),
            ("1 [4] 17 17 636 20 [1]", "1 [4] 17 [636] 20 [1]"),
            ("9 3 636", "9 []"),
            ("1 2", ""),
            ("1 x 3", ""),
        ];
        for (widths, expected) in cases {
            assert_eq!(expanded(widths), expected, "{widths}");
        }
        assert!(expanded("0 9000000000 1").len() < 300_000);
    }
}
