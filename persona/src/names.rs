//! The names under which the twin looks for its owner's files. What is called otherwise is never read.

use contract::data::{File, PDFS};

pub use contract::data::FOLDERS;

/// What stands after `personal_data/` or `data/`, by which the twin knows a file.
pub fn bare(name: &str) -> &str {
    FOLDERS.iter().find_map(|folder| name.strip_prefix(folder)).unwrap_or(name)
}

pub(crate) fn is_template(name: &str) -> bool {
    let stem = name.rsplit('/').next().unwrap_or(name);
    stem.split('.').next().is_some_and(|stem| stem.ends_with("_template"))
}

pub fn is_read(name: &str) -> bool {
    File::named(bare(name)).is_some()
}

pub(crate) fn is_knowledge(name: &str) -> bool {
    File::named(bare(name)).is_some_and(File::is_knowledge)
}

/// What the twin is told word for word.
pub(crate) fn is_prompt(name: &str) -> bool {
    ["system_prompt.txt", "critical_rules.txt"].contains(&name.rsplit('/').next().unwrap_or(name))
}

/// A PDF whose text the twin would read.
pub fn is_read_pdf(name: &str) -> bool {
    PDFS.iter().any(|(_, pdf)| *pdf == bare(name))
}

/// JSON and YAML.
pub(crate) fn is_data(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ["json", "yml", "yaml"].contains(&ending)
}

pub(crate) fn is_pdf(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("pdf"))
}

/// Where the text of a PDF is looked for.
pub(crate) fn text_of(pdf: &str) -> String {
    format!("{pdf}.txt")
}

/// The names that are read instead of this one, the most preferred first: its own is among them.
pub(crate) fn rivals(name: &str) -> impl Iterator<Item = String> {
    File::named(bare(name)).into_iter().flat_map(File::paths)
}

/// Every name that somebody can have meant.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    let names = File::ALL.into_iter().flat_map(File::names).copied();
    names.filter(|name| !name.ends_with(".pdf.txt")).chain(PDFS.map(|(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_in_three_places() {
        for name in
            ["facts.json", "data/facts.json", "personal_data/facts.json", "prompts/critical_rules.txt"]
        {
            assert!(is_read(name), "{name}");
        }
        for name in ["Facts.json", "sample/facts.json", "facts_template.json", "linkedin.pdf"] {
            assert!(!is_read(name), "{name}");
        }
        assert!(is_template("data/facts_template.json") && is_template("qna_template.example.yml"));
        assert!(!is_template("template.txt") && !is_template("my_template/facts.json"));
        assert!(is_knowledge("data/cv.pdf.txt") && !is_knowledge("style.txt"));
    }
}
