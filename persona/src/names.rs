//! The names of the data files that a twin reads.

use contract::data::{File, PDFS};

pub use contract::data::FOLDERS;

/// Returns the name without `personal_data/` or `data/` in front.
pub fn without_folder(name: &str) -> &str {
    FOLDERS.iter().find_map(|folder| name.strip_prefix(folder)).unwrap_or(name)
}

/// Returns whether it is the name of a template, which the twin does not read.
pub(crate) fn is_template(name: &str) -> bool {
    let stem = name.rsplit('/').next().unwrap_or(name);
    stem.split('.').next().is_some_and(|stem| stem.ends_with("_template"))
}

pub fn is_read(name: &str) -> bool {
    File::named(without_folder(name)).is_some()
}

/// Returns whether it is a text with a name of its own, which the twin reads as part of another one.
pub(crate) fn is_note(name: &str) -> bool {
    let note = without_folder(name).strip_prefix("notes/");
    note.and_then(|note| note.rsplit_once('.')).is_some_and(|(_, ending)| ["md", "txt"].contains(&ending))
}

pub(crate) fn is_knowledge(name: &str) -> bool {
    is_note(name) || File::named(without_folder(name)).is_some_and(File::is_knowledge)
}

/// Returns whether the file is part of the prompt itself.
pub(crate) fn is_prompt(name: &str) -> bool {
    ["system_prompt.txt", "critical_rules.txt"].contains(&name.rsplit('/').next().unwrap_or(name))
}

/// Returns whether the twin reads the text of this PDF.
pub fn is_read_pdf(name: &str) -> bool {
    PDFS.iter().any(|(_, pdf)| *pdf == without_folder(name))
}

/// Returns whether the name ends in `.json`, `.yml` or `.yaml`.
pub(crate) fn is_data(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ["json", "yml", "yaml"].contains(&ending)
}

pub(crate) fn is_pdf(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("pdf"))
}

/// Returns the name of the text file of a PDF.
pub(crate) fn pdf_text(pdf: &str) -> String {
    format!("{pdf}.txt")
}

/// Returns all names for the same content, including this one. The twin reads the first that exists.
pub(crate) fn alternatives(name: &str) -> impl Iterator<Item = String> {
    File::named(without_folder(name)).into_iter().flat_map(File::paths)
}

/// Returns the names to suggest for a misspelled one.
pub(crate) fn suggestions() -> impl Iterator<Item = &'static str> {
    let names = File::ALL.into_iter().flat_map(File::names).copied();
    names.filter(|name| !name.ends_with(".pdf.txt")).chain(PDFS.map(|(_, name)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_at_the_root_and_in_two_folders() {
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
