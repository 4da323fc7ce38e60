//! The names under which the twin looks for its owner's files. What is called otherwise is never read.

/// Where each file is looked for, in this order.
pub const FOLDERS: [&str; 3] = ["personal_data/", "data/", ""];

/// A file by the names that it can have; the first that exists is read.
const NAMES: [&[&str]; 15] = [
    &["qna.yml", "qna.yaml"],
    &["facts.json"],
    &["summary.txt"],
    &["me.txt", "me.pdf.txt"],
    &["experience.yml", "experience.yaml"],
    &["education.yml", "education.yaml"],
    &["skills.yml", "skills.yaml"],
    &["linkedin.txt", "linkedin.pdf.txt"],
    &["resume.md", "resume.txt", "resume.pdf.txt"],
    &["cv.txt", "cv.pdf.txt"],
    &["proficiency_levels.json", "prompts/proficiency_levels.json"],
    &["sources.json"],
    &["style.txt"],
    &["prompts/critical_rules.txt", "critical_rules.txt"],
    &["prompts/system_prompt.txt", "system_prompt.txt"],
];

/// The first ten say something about the owner; the others say how to speak of it.
const KNOWLEDGE: usize = 10;

/// Read by people only: their text is taken out for the twin.
const PDFS: [&str; 4] = ["me.pdf", "linkedin.pdf", "resume.pdf", "cv.pdf"];

/// What stands after `personal_data/` or `data/`, by which the twin knows a file.
pub fn bare(name: &str) -> &str {
    FOLDERS.iter().find_map(|folder| name.strip_prefix(folder)).unwrap_or(name)
}

pub(crate) fn is_template(name: &str) -> bool {
    let stem = name.rsplit('/').next().unwrap_or(name);
    stem.split('.').next().is_some_and(|stem| stem.ends_with("_template"))
}

pub fn is_read(name: &str) -> bool {
    NAMES.iter().any(|names| names.contains(&bare(name)))
}

pub(crate) fn is_knowledge(name: &str) -> bool {
    NAMES[..KNOWLEDGE].iter().any(|names| names.contains(&bare(name)))
}

/// What the twin is told word for word.
pub(crate) fn is_prompt(name: &str) -> bool {
    ["system_prompt.txt", "critical_rules.txt"].contains(&name.rsplit('/').next().unwrap_or(name))
}

/// A PDF whose text the twin would read.
pub fn is_read_pdf(name: &str) -> bool {
    PDFS.contains(&bare(name))
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
    let names = NAMES.iter().find(|names| names.contains(&bare(name))).copied().unwrap_or_default();
    FOLDERS.iter().flat_map(move |folder| names.iter().map(move |name| format!("{folder}{name}")))
}

/// Every name that somebody can have meant.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied().flatten().copied().filter(|name| !name.ends_with(".pdf.txt")).chain(PDFS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The twin's own table, as it is written there.
    const TWIN: &str = include_str!("../../twin-lambda/src/persona/files.rs");

    #[test]
    fn the_names_are_those_of_the_twin() {
        let table = TWIN.split("const NAMES").nth(1).unwrap().split("];").next().unwrap();
        let theirs: Vec<&str> = table.split('"').skip(1).step_by(2).collect();
        let ours: Vec<&str> = NAMES.iter().copied().flatten().copied().collect();
        assert_eq!(ours, theirs);
        assert!(PDFS.iter().all(|name| TWIN.contains(name) && is_read(&format!("{name}.txt"))));
    }

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
