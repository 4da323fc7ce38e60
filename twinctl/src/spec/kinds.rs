//! The kinds of values that a file can hold: switches, numbers, texts, lists and tags.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::mistake::Mistake;
use super::rules::{aws, web};
use super::shape::{Shape, refuse, text, unexpected, word};
use super::tree::{Entry, Node, Value};

impl Shape for bool {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let Value::Bool(yes) = node.value else {
            let meant = match &node.value {
                Value::Text(text) => match text.to_lowercase().as_str() {
                    "yes" | "on" | "true" | "y" => Some("true"),
                    "no" | "off" | "false" | "n" => Some("false"),
                    _ => None,
                },
                _ => None,
            };
            let mistake = unexpected(node, "`true` or `false`");
            mistakes.push(match meant {
                Some(meant) => mistake.help(format!("write `{meant}`, without quotes")),
                None => mistake,
            });
            return None;
        };
        Some(yes)
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

/// A whole number from `MIN` to `MAX`.
pub(super) struct Whole<const MIN: u16, const MAX: u16>(u16);

impl<const MIN: u16, const MAX: u16> From<Whole<MIN, MAX>> for u16 {
    fn from(whole: Whole<MIN, MAX>) -> Self {
        whole.0
    }
}

impl<const MIN: u16, const MAX: u16> Shape for Whole<MIN, MAX> {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let expected = format!("a whole number from {MIN} to {MAX}");
        let number = match &node.value {
            Value::Number(number) => number,
            Value::Text(text) => {
                // Quotes around it, or a unit behind it.
                let digits = text.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
                let meant = digits.parse::<u16>().ok();
                let mistake = unexpected(node, &expected);
                mistakes.push(mistake.help(meant.map(|number| format!("write `{number}`, only the number"))));
                return None;
            }
            _ => return refuse(node, &expected, mistakes),
        };
        match number.parse() {
            Ok(whole) if (MIN..=MAX).contains(&whole) => Some(Self(whole)),
            _ => {
                let message = match number.parse::<i128>() {
                    Ok(_) => format!("`{number}` is out of range"),
                    Err(_) => format!("`{number}` is not a whole number"),
                };
                mistakes.push(Mistake::at(&node.place, message, expected));
                None
            }
        }
    }

    fn schema() -> Json {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// The days that a log can be kept for.
pub(super) struct Retention(u16);

impl Retention {
    const DAYS: [u16; 22] = [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
        3653,
    ];
}

impl From<Retention> for u16 {
    fn from(retention: Retention) -> Self {
        retention.0
    }
}

impl Shape for Retention {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let days: u16 = Whole::<1, 3653>::read(node, mistakes)?.into();
        if Self::DAYS.contains(&days) {
            return Some(Self(days));
        }
        let longer = Self::DAYS.into_iter().find(|known| *known > days).unwrap_or(days);
        let message = format!("CloudWatch cannot keep a log for {days} days");
        let listed = Self::DAYS.map(|days| days.to_string()).join(", ");
        let mistake = Mistake::at(&node.place, message, format!("one of {listed}"));
        mistakes.push(mistake.help(format!("the next longer time is {longer} days")));
        None
    }

    fn schema() -> Json {
        json!({ "enum": Self::DAYS })
    }
}

/// A text of 1 to `MAX` characters; line breaks are the only control characters.
pub(super) struct Text<const MAX: usize>(String);

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> Shape for Text<MAX> {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let text = text(node, mistakes)?.trim();
        let length = text.chars().count();
        let expected = format!("1 to {MAX} characters");
        if !(1..=MAX).contains(&length) {
            let message = match length {
                0 => "this text is empty".to_owned(),
                _ => format!("this text has {length} characters"),
            };
            mistakes.push(Mistake::at(&node.place, message, expected));
            return None;
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            let message = "this text has a control character in it";
            mistakes.push(Mistake::at(&node.place, message, "plain text only"));
            return None;
        }
        Some(Self(text.to_owned()))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let Value::List(items) = &node.value else {
            let mistake = unexpected(node, "a list");
            mistakes.push(match &node.value {
                Value::Text(text) => mistake.help(format!("write `[\"{text}\"]`")),
                _ => mistake,
            });
            return None;
        };
        // Every item is looked at, also behind a wrong one.
        let read: Vec<Option<T>> = items.iter().map(|item| T::read(item, mistakes)).collect();
        read.into_iter().collect()
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": T::schema() })
    }
}

/// Links by their labels, in the order in which they are written.
pub(super) struct Links(Vec<(String, String)>);

impl From<Links> for Vec<(String, String)> {
    fn from(links: Links) -> Self {
        links.0
    }
}

impl Shape for Links {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            return refuse(node, "links, each a label and an address", mistakes);
        };
        let mut read = |entry: &Entry| {
            let address = word(&entry.node, mistakes, |text| web::link(text).map(|()| text.to_owned()))?;
            Some((entry.key.clone(), address))
        };
        // Every link is looked at, also behind a wrong one.
        let links: Vec<_> = entries.iter().map(&mut read).collect();
        links.into_iter().collect::<Option<_>>().map(Self)
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": { "type": "string", "pattern": "^(https?://|mailto:)" } })
    }
}

/// As many tags as AWS takes, less those that are ours.
const MOST_TAGS: usize = 45;

impl Shape for BTreeMap<String, String> {
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            return refuse(node, "tags, each a name and a value", mistakes);
        };
        if entries.len() > MOST_TAGS {
            let message = format!("{} tags are too many", entries.len());
            mistakes.push(Mistake::at(&node.place, message, format!("at most {MOST_TAGS}")));
        }
        let mut tags = Self::new();
        for entry in entries {
            if let Err(refusal) = aws::tag_key(&entry.key) {
                mistakes.push(Mistake::at(&entry.key_place, refusal.message, refusal.expected));
            }
            let value = word(&entry.node, mistakes, |text| aws::tag_value(text).map(|()| text.to_owned()));
            tags.insert(entry.key.clone(), value.unwrap_or_default());
        }
        Some(tags)
    }

    fn schema() -> Json {
        json!({
            "type": "object",
            "maxProperties": MOST_TAGS,
            "additionalProperties": { "type": ["string", "number"], "maxLength": 256 },
        })
    }
}
