//! Texts as comparable words: no case, no endings, no filler, and a few words that mean the same.

/// Words that every question has.
const FILLER: &[&str] = &[
    "a",
    "about",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "been",
    "but",
    "by",
    "can",
    "could",
    "did",
    "do",
    "does",
    "doing",
    "for",
    "from",
    "get",
    "give",
    "had",
    "has",
    "have",
    "he",
    "hello",
    "her",
    "hey",
    "hi",
    "him",
    "his",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "just",
    "know",
    "let",
    "like",
    "me",
    "more",
    "most",
    "much",
    "my",
    "of",
    "on",
    "or",
    "our",
    "please",
    "she",
    "should",
    "so",
    "some",
    "something",
    "tell",
    "than",
    "thank",
    "thanks",
    "that",
    "the",
    "their",
    "them",
    "there",
    "they",
    "this",
    "to",
    "up",
    "us",
    "was",
    "we",
    "were",
    "what",
    "when",
    "which",
    "who",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
    "yours",
    "yourself",
];

/// Asking about the twin itself.
const SELF: &[&str] = &[
    "ai",
    "artificial",
    "assistant",
    "bot",
    "chatbot",
    "chatgpt",
    "human",
    "llm",
    "machine",
    "model",
    "person",
    "real",
    "robot",
    "twin",
];

/// One meaning a line: a question rarely uses the word of the notes.
const ALIKE: &[&[&str]] = &[
    &["contact", "email", "mail", "reach", "touch", "linkedin", "phone", "hire"],
    &[
        "work",
        "job",
        "role",
        "occupation",
        "career",
        "employer",
        "company",
        "experience",
        "position",
        "living",
    ],
    &["study", "studied", "education", "school", "university", "degree", "college", "graduate"],
    &["skill", "technology", "stack", "tool", "language", "specialty", "expertise", "good"],
    &["live", "location", "based", "where", "city", "country", "home"],
    &["hobby", "interest", "fun", "free", "enjoy", "spare"],
    &["name", "called"],
    &["project", "built", "build", "made", "portfolio"],
    &["old", "age", "born", "birthday"],
];

/// Questions of filler alone that ask for something all the same.
const IDIOMS: &[(&str, &str)] = &[("what do you do", "work")];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// What was asked, in the asker's words.
    pub(super) words: Vec<String>,
    /// Other words for the same.
    pub(super) alike: Vec<String>,
    pub(super) is_about_the_twin: bool,
}

pub(super) fn of_question(text: &str) -> Question {
    let spoken = plain(text);
    let meant = IDIOMS.iter().find(|(idiom, _)| *idiom == spoken).map_or(text, |(_, meant)| meant);
    let mut words = of(meant);
    words.sort();
    words.dedup();
    let is_about_the_twin = words.iter().all(|word| SELF.iter().any(|own| stem(own) == *word));
    let groups = ALIKE.iter().filter(|group| group.iter().any(|word| words.contains(&stem(word))));
    let mut alike: Vec<String> = groups.flat_map(|group| group.iter().map(|word| stem(word))).collect();
    alike.retain(|word| !words.contains(word));
    alike.sort();
    alike.dedup();
    Question { words, alike, is_about_the_twin }
}

/// Letters and digits alone, in lower case, with one blank between words.
pub(super) fn plain(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

pub(super) fn of(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '+' && c != '#') {
        let word = word.to_lowercase();
        if word.chars().any(|c| u32::from(c) >= 0x2E80) {
            // Scripts without blanks: every sign is a word.
            words.extend(word.chars().map(String::from));
        } else if !word.is_empty() && FILLER.binary_search(&word.as_str()).is_err() {
            words.push(stem(&word));
        }
    }
    words
}

/// Good enough to meet `skills` with `skill` and `worked` with `working`.
fn stem(word: &str) -> String {
    let endings = [("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")];
    let is_stem = |stem: &str| stem.len() >= 3 && stem.is_ascii();
    for (ending, instead) in endings {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| is_stem(stem)) {
            return format!("{stem}{instead}");
        }
    }
    word.strip_suffix('e').filter(|stem| is_stem(stem)).unwrap_or(word).to_owned()
}
