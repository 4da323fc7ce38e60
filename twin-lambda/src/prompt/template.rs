//! Fills the `{placeholders}` of an owner's system prompt.

use super::facts;
use crate::persona::{File, Persona};

pub(super) struct Filled {
    pub(super) text: String,
    /// The files that the template includes, so that the notes do not repeat them.
    pub(super) included: Vec<File>,
}

/// Fills a template. Placeholders inside of inserted text are not filled.
pub(super) fn fill(template: &str, persona: &Persona) -> Filled {
    let mut filled = Filled {
        text: String::with_capacity(template.len()),
        included: vec![File::CriticalRules, File::Style],
    };
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.text.push_str(&rest[..open]);
        rest = &rest[open..];
        let found = rest.find('}').and_then(|close| {
            Some((close, placeholder_text(&rest[1..close], persona, &mut filled.included)?))
        });
        if let Some((close, value)) = found {
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

fn placeholder_text(name: &str, persona: &Persona, included: &mut Vec<File>) -> Option<String> {
    let mut include = |files: &[File]| {
        included.extend(files);
        let texts: Vec<&str> = files.iter().filter_map(|file| persona.text(*file)).collect();
        texts.join("\n\n")
    };
    Some(match name {
        "full_name" => persona.full_name().unwrap_or("the owner").to_owned(),
        "name" => persona.name().unwrap_or("the owner").to_owned(),
        "formatted_facts" | "facts" => {
            let raw = include(&[File::Facts]);
            if persona.facts().is_object() { facts::render(persona.facts()) } else { raw }
        }
        "summary" => include(&[File::Summary, File::Me]),
        "linkedin" => include(&[File::Linkedin, File::Resume, File::Cv]),
        "style" => include(&[File::Style]),
        "critical_rules" => include(&[File::CriticalRules]),
        "num_rules" => count_rules(persona).to_string(),
        // The date follows the system prompt, so that the system prompt can be cached.
        "current_datetime" => "the date given at the end".to_owned(),
        _ => return None,
    })
}

fn count_rules(persona: &Persona) -> usize {
    let rules = persona.text(File::CriticalRules).unwrap_or_default();
    rules.lines().filter(|line| !line.trim().is_empty()).count()
}
