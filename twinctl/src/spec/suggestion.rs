//! The right form of values that are often written in another one.

use super::{
    kinds::Usd,
    tree::Value,
    words::{EmailAddress, Ttl},
};

/// Returns how to write the value of a field, if its meaning is clear and that would be valid.
pub(super) fn suggestion(key: &str, value: &Value) -> Option<String> {
    let right = match (key, value) {
        ("alarms", Value::Bool(true)) => "alarms: {}".to_owned(),
        ("alarms", Value::Bool(false)) => "alarms: null".to_owned(),
        ("alarms", Value::Text(email)) if email.parse::<EmailAddress>().is_ok() => {
            format!("alarms: {{email: {email}}}")
        }
        ("budget", Value::Number(usd)) if Usd::parse(usd).is_some() => {
            format!("budget: {{monthly_usd: {usd}}}")
        }
        ("model", Value::Text(source)) if ["bedrock", "openai", "builtin"].contains(&source.as_str()) => {
            format!("model: {{source: {source}}}")
        }
        ("model", Value::Text(id)) if !id.is_empty() => format!("model: {{id: {id:?}}}"),
        ("ttl", Value::Text(text)) => format!("ttl: {}", ttl(text)?),
        _ => return None,
    };
    Some(format!("write `{right}`"))
}

/// Returns `8h` for `8 hours`.
fn ttl(text: &str) -> Option<String> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit = match unit.trim().to_lowercase().as_str() {
        "min" | "mins" | "minute" | "minutes" | "m" => 'm',
        "h" | "hour" | "hours" => 'h',
        "d" | "day" | "days" => 'd',
        _ => return None,
    };
    Some(format!("{number}{unit}")).filter(|right| right.parse::<Ttl>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_form_is_suggested_if_the_meaning_is_clear() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (key, value, right) in [
            ("alarms", Value::Bool(true), Some("alarms: {}")),
            ("alarms", text("ada@example.com"), Some("alarms: {email: ada@example.com}")),
            ("alarms", text("Ada <ada@example.com>"), None),
            ("budget", Value::Number("5".to_owned()), Some("budget: {monthly_usd: 5}")),
            ("budget", Value::Number("0".to_owned()), None),
            ("budget", Value::Number("-5".to_owned()), None),
            ("model", text("bedrock"), Some("model: {source: bedrock}")),
            ("model", text("nova-lite"), Some("model: {id: \"nova-lite\"}")),
            ("model", text(""), None),
            ("ttl", text("8 hours"), Some("ttl: 8h")),
            ("ttl", text("2 Days"), Some("ttl: 2d")),
            ("ttl", text("30 m"), Some("ttl: 30m")),
            ("ttl", text("400d"), None),
            ("ttl", text("500 days"), None),
            ("ttl", text("5 minutes"), None),
            ("ttl", text("soon"), None),
            ("ttl", text("hours"), None),
            ("lambda", text("big"), None),
        ] {
            let right = right.map(|right| format!("write `{right}`"));
            assert_eq!(suggestion(key, &value), right, "{key}");
        }
    }
}
