//! The types of values in a file: booleans, numbers, texts, lists, links and tags.

use std::collections::BTreeMap;

use contract::budget::{from_usd, to_usd};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::error::SpecError;
use super::rules::{aws, web};
use super::shape::{Shape, reject, text, unexpected, word};
use super::tree::{Entry, Node, Value};

impl Shape for bool {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let Value::Bool(yes) = node.value else {
            let meant = match &node.value {
                Value::Text(text) => match text.to_lowercase().as_str() {
                    "yes" | "on" | "true" | "y" => Some("true"),
                    "no" | "off" | "false" | "n" => Some("false"),
                    _ => None,
                },
                _ => None,
            };
            let error = unexpected(node, "`true` or `false`");
            errors.push(match meant {
                Some(meant) => error.help(format!("write `{meant}`, without quotes")),
                None => error,
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
pub(super) struct Whole<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> From<Whole<MIN, MAX>> for u16 {
    /// The maximum of the field fits.
    fn from(whole: Whole<MIN, MAX>) -> Self {
        Self::try_from(whole.0).unwrap_or(Self::MAX)
    }
}

impl<const MIN: u32, const MAX: u32> From<Whole<MIN, MAX>> for u32 {
    fn from(whole: Whole<MIN, MAX>) -> Self {
        whole.0
    }
}

impl<const MIN: u32, const MAX: u32> Shape for Whole<MIN, MAX> {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let expected = format!("a whole number from {MIN} to {MAX}");
        let number = match &node.value {
            Value::Number(number) => number,
            Value::Text(text) => {
                // The number is in quotes or has a unit.
                let digits = text.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
                let meant = digits.parse::<u32>().ok();
                let error = unexpected(node, &expected);
                errors.push(
                    error.help(meant.map(|number| format!("write `{number}`, without quotes or unit"))),
                );
                return None;
            }
            _ => return reject(node, &expected, errors),
        };
        match number.parse() {
            Ok(whole) if (MIN..=MAX).contains(&whole) => Some(Self(whole)),
            _ => {
                let message = match number.parse::<i128>() {
                    Ok(_) => format!("`{number}` is out of range"),
                    Err(_) => format!("`{number}` is not a whole number"),
                };
                errors.push(SpecError::at(&node.place, message, expected));
                None
            }
        }
    }

    fn schema() -> Json {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// An amount of US dollars, in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "f64")]
pub struct Usd(u64);

impl Usd {
    const LARGEST: f64 = 1e6;

    /// Parses an amount in dollars. Returns `None` if it is out of range.
    pub(super) fn parse(number: &str) -> Option<Self> {
        let usd = number.parse().ok().filter(|usd| *usd > 0.0 && *usd <= Self::LARGEST)?;
        Some(Self(from_usd(usd)))
    }

    /// Returns the amount in billionths of a dollar.
    pub(crate) fn billionths(self) -> u64 {
        self.0
    }
}

impl From<Usd> for f64 {
    fn from(amount: Usd) -> Self {
        to_usd(amount.0)
    }
}

impl Shape for Usd {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let expected = "a number of US dollars, like `5` or `2.50`";
        match &node.value {
            Value::Number(number) => {
                let amount = Self::parse(number);
                if amount.is_none() {
                    let message = format!("`{number}` is out of range");
                    errors.push(SpecError::at(&node.place, message, "more than 0, at most a million"));
                }
                amount
            }
            Value::Text(text) => {
                let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
                let meant = digits.parse::<f64>().ok();
                let error = unexpected(node, expected);
                errors.push(error.help(meant.map(|_| format!("write `{digits}`, without quotes or unit"))));
                None
            }
            _ => reject(node, expected, errors),
        }
    }

    fn schema() -> Json {
        json!({ "type": "number", "exclusiveMinimum": 0, "maximum": Self::LARGEST })
    }
}

/// The retention of a log, in days.
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
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let days: u16 = Whole::<1, 3653>::read(node, errors)?.into();
        if Self::DAYS.contains(&days) {
            return Some(Self(days));
        }
        let longer = Self::DAYS.into_iter().find(|known| *known > days).unwrap_or(days);
        let message = format!("CloudWatch does not support a retention of {days} days");
        let listed = Self::DAYS.map(|days| days.to_string()).join(", ");
        let error = SpecError::at(&node.place, message, format!("one of {listed}"));
        errors.push(error.help(format!("the next longer retention is {longer} days")));
        None
    }

    fn schema() -> Json {
        json!({ "enum": Self::DAYS })
    }
}

/// A text of 1 to `MAX` characters, without control characters other than line breaks.
pub(super) struct Text<const MAX: usize>(String);

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> Shape for Text<MAX> {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let text = text(node, errors)?.trim();
        let length = text.chars().count();
        let expected = format!("1 to {MAX} characters");
        if !(1..=MAX).contains(&length) {
            let message = match length {
                0 => "the text is empty".to_owned(),
                _ => format!("the text has {length} characters"),
            };
            errors.push(SpecError::at(&node.place, message, expected));
            return None;
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            let message = "the text contains a control character";
            errors.push(SpecError::at(&node.place, message, "plain text only"));
            return None;
        }
        Some(Self(text.to_owned()))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": MAX })
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let Value::List(items) = &node.value else {
            let error = unexpected(node, "a list");
            errors.push(match &node.value {
                Value::Text(text) => error.help(format!("write `[\"{text}\"]`")),
                _ => error,
            });
            return None;
        };
        // All items are read, so that the errors of all of them are reported.
        let read: Vec<Option<T>> = items.iter().map(|item| T::read(item, errors)).collect();
        read.into_iter().collect()
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": T::schema() })
    }
}

/// Links with their labels, in the order of the file.
pub(super) struct Links(Vec<(String, String)>);

impl From<Links> for Vec<(String, String)> {
    fn from(links: Links) -> Self {
        links.0
    }
}

impl Shape for Links {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            return reject(node, "a map of labels to addresses", errors);
        };
        let mut read = |entry: &Entry| {
            let address = word(&entry.node, errors, |text| web::link(text).map(|()| text.to_owned()))?;
            Some((entry.key.clone(), address))
        };
        // All links are read, so that the errors of all of them are reported.
        let links: Vec<_> = entries.iter().map(&mut read).collect();
        links.into_iter().collect::<Option<_>>().map(Self)
    }

    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": { "type": "string", "pattern": "^(https?://|mailto:)" } })
    }
}

/// Directives of a content security policy, with their sources.
pub(super) struct Directives(Vec<(String, String)>);

impl From<Directives> for Vec<(String, String)> {
    fn from(directives: Directives) -> Self {
        directives.0
    }
}

impl Shape for Directives {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            return reject(node, "a map of directives to sources", errors);
        };
        let mut read = |entry: &Entry| {
            if let Err(error) = web::directive(&entry.key) {
                errors.push(SpecError::at(&entry.key_place, error.message, error.expected).help(error.help));
            }
            let sources = word(&entry.node, errors, |text| web::sources(text).map(|()| text.to_owned()))?;
            Some((entry.key.clone(), sources))
        };
        let directives: Vec<_> = entries.iter().map(&mut read).collect();
        directives.into_iter().collect::<Option<_>>().map(Self)
    }

    fn schema() -> Json {
        let sources = json!({ "type": "string", "pattern": "^[^;,]+$" });
        json!({ "type": "object", "propertyNames": { "enum": web::DIRECTIVES }, "additionalProperties": sources })
    }
}

/// Maximum number of tags: 50 on AWS, minus a reserve for ours.
const MOST_TAGS: usize = 45;

impl Shape for BTreeMap<String, String> {
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            return reject(node, "a map of tag keys to values", errors);
        };
        if entries.len() > MOST_TAGS {
            let message = format!("too many tags: {}", entries.len());
            errors.push(SpecError::at(&node.place, message, format!("at most {MOST_TAGS}")));
        }
        let mut tags = Self::new();
        for entry in entries {
            if let Err(error) = aws::tag_key(&entry.key) {
                errors.push(SpecError::at(&entry.key_place, error.message, error.expected));
            }
            let value = word(&entry.node, errors, |text| aws::tag_value(text).map(|()| text.to_owned()));
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
