//! An owner's own system prompt with its `{placeholders}`.

use super::facts_as_text;
use crate::persona::{File, Persona};

pub(super) struct Filled {
    pub(super) text: String,
    /// What the template told, so that it is not told twice.
    pub(super) told: Vec<File>,
}

/// One pass: a placeholder inside a value stays as it is.
pub(super) fn fill(template: &str, persona: &Persona) -> Filled {
    let mut filled =
        Filled { text: String::with_capacity(template.len()), told: vec![File::CriticalRules, File::Style] };
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.text.push_str(&rest[..open]);
        rest = &rest[open..];
        let value = rest
            .find('}')
            .and_then(|close| Some((close, value(&rest[1..close], persona, &mut filled.told)?)));
        if let Some((close, value)) = value {
            filled.text.push_str(&value);
            rest = &rest[close + 1..];
        } else {
            filled.text.push('{');
            rest = &rest[1..];
        }
    }
    filled.text.push_str(rest);
    filled
}

fn value(name: &str, persona: &Persona, told: &mut Vec<File>) -> Option<String> {
    let mut tell = |files: &[File]| {
        told.extend(files);
        let texts: Vec<&str> = files.iter().filter_map(|file| persona.text(*file)).collect();
        texts.join("\n\n")
    };
    Some(match name {
        "full_name" => persona.full_name().unwrap_or("the owner").to_owned(),
        "name" => persona.name().unwrap_or("the owner").to_owned(),
        "formatted_facts" | "facts" => {
            let raw = tell(&[File::Facts]);
            if persona.facts().is_object() { facts_as_text(persona.facts()) } else { raw }
        }
        "summary" => tell(&[File::Summary, File::Me]),
        "linkedin" => tell(&[File::Linkedin, File::Resume, File::Cv]),
        "style" => tell(&[File::Style]),
        "critical_rules" => tell(&[File::CriticalRules]),
        "num_rules" => number_of_rules(persona).to_string(),
        // The real date stands after the part that never changes.
        "current_datetime" => "the date given at the end".to_owned(),
        _ => return None,
    })
}

fn number_of_rules(persona: &Persona) -> usize {
    let rules = persona.text(File::CriticalRules).unwrap_or_default();
    rules.lines().filter(|line| !line.trim().is_empty()).count()
}
