//! The data files that describe a twin's owner: their names, and the placeholders in an owner's system prompt.

/// A data file. The variants are in the order in which the prompt presents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    Qna,
    Facts,
    Summary,
    Me,
    Experience,
    Education,
    Skills,
    Linkedin,
    Resume,
    Cv,
    Proficiency,
    Sources,
    Style,
    CriticalRules,
    SystemPrompt,
}

/// Folders in which a data file is searched, in this order.
pub const FOLDERS: [&str; 3] = ["personal_data/", "data/", ""];

/// PDFs that owners may have. twin-lambda does not read them: it reads the text file next to each, `<name>.txt`.
pub const PDFS: [(File, &str); 4] = [
    (File::Me, "me.pdf"),
    (File::Linkedin, "linkedin.pdf"),
    (File::Resume, "resume.pdf"),
    (File::Cv, "cv.pdf"),
];

/// Placeholders that are filled in `system_prompt.txt`, without their braces.
pub const PLACEHOLDERS: [&str; 10] = [
    "full_name",
    "name",
    "formatted_facts",
    "facts",
    "summary",
    "linkedin",
    "style",
    "critical_rules",
    "num_rules",
    "current_datetime",
];

/// The text that replaces private data in data files. It has no special meaning in JSON and YAML.
pub const LEFT_OUT: &str = "(left out)";

impl File {
    pub const ALL: [Self; 15] = [
        Self::Qna,
        Self::Facts,
        Self::Summary,
        Self::Me,
        Self::Experience,
        Self::Education,
        Self::Skills,
        Self::Linkedin,
        Self::Resume,
        Self::Cv,
        Self::Proficiency,
        Self::Sources,
        Self::Style,
        Self::CriticalRules,
        Self::SystemPrompt,
    ];

    /// Returns the names that the file can have. The first one that exists is read.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Qna => &["qna.yml", "qna.yaml"],
            Self::Facts => &["facts.json"],
            Self::Summary => &["summary.txt"],
            Self::Me => &["me.txt", "me.pdf.txt"],
            Self::Experience => &["experience.yml", "experience.yaml"],
            Self::Education => &["education.yml", "education.yaml"],
            Self::Skills => &["skills.yml", "skills.yaml"],
            Self::Linkedin => &["linkedin.txt", "linkedin.pdf.txt"],
            Self::Resume => &["resume.md", "resume.txt", "resume.pdf.txt"],
            Self::Cv => &["cv.txt", "cv.pdf.txt"],
            Self::Proficiency => &["proficiency_levels.json", "prompts/proficiency_levels.json"],
            Self::Sources => &["sources.json"],
            Self::Style => &["style.txt"],
            Self::CriticalRules => &["prompts/critical_rules.txt", "critical_rules.txt"],
            Self::SystemPrompt => &["prompts/system_prompt.txt", "system_prompt.txt"],
        }
    }

    /// Returns the file that has this name, given without its folder.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.names().contains(&name))
    }

    /// Returns the paths at which the file is searched, the most preferred first.
    pub fn paths(self) -> impl Iterator<Item = String> {
        FOLDERS.iter().flat_map(move |folder| self.names().iter().map(move |name| format!("{folder}{name}")))
    }

    /// Returns whether the file describes the owner, rather than how the twin should speak.
    pub fn is_knowledge(self) -> bool {
        self <= Self::Cv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_are_listed_in_order_and_no_name_is_used_twice() {
        assert!(File::ALL.is_sorted());
        let mut names: Vec<_> = File::ALL.iter().flat_map(|file| file.names()).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(File::ALL.iter().filter(|file| file.is_knowledge()).count(), 10);
    }

    #[test]
    fn paths_prefer_the_folder_to_the_name() {
        let paths: Vec<_> = File::Qna.paths().collect();
        let expected = [
            "personal_data/qna.yml",
            "personal_data/qna.yaml",
            "data/qna.yml",
            "data/qna.yaml",
            "qna.yml",
            "qna.yaml",
        ];
        assert_eq!(paths, expected);
        assert!(PDFS.iter().all(|(file, name)| File::named(&format!("{name}.txt")) == Some(*file)));
    }
}
