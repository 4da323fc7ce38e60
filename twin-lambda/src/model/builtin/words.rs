//! Normalizes texts to comparable words: lowercase stems without stop words, and a few synonyms.

/// Words that do not describe the topic, sorted for binary search.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "could", "did", "do", "does", "doing", "for", "from", "get", "give", "had", "has", "have", "he",
    "hello", "her", "hey", "hi", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just",
    "know", "let", "like", "me", "more", "most", "much", "my", "of", "on", "or", "our", "please", "she",
    "should", "so", "some", "something", "tell", "than", "thank", "thanks", "that", "the", "their", "them",
    "there", "they", "this", "to", "up", "us", "was", "we", "were", "what", "when", "which", "who", "why",
    "will", "with", "would", "you", "your", "yours", "yourself",
];

/// Words of questions about the twin itself.
#[rustfmt::skip]
const TWIN_WORDS: &[&str] = &[
    "ai", "artificial", "assistant", "bot", "chatbot", "chatgpt", "human", "llm", "machine", "model",
    "person", "real", "robot", "twin",
];

/// Groups of synonyms, because questions often use other words than the notes.
#[rustfmt::skip]
const SYNONYMS: &[&[&str]] = &[
    &["contact", "email", "mail", "reach", "touch", "linkedin", "phone", "hire"],
    &["work", "job", "role", "occupation", "career", "employer", "company", "experience", "position", "living"],
    &["study", "studied", "education", "school", "university", "degree", "college", "graduate"],
    &["skill", "technology", "stack", "tool", "language", "specialty", "expertise", "good"],
    &["live", "location", "based", "where", "city", "country", "home"],
    &["hobby", "interest", "fun", "free", "enjoy", "spare"],
    &["name", "called"],
    &["project", "built", "build", "made", "portfolio"],
    &["old", "age", "born", "birthday"],
];

/// Questions that consist of stop words only, and what they mean.
const PHRASES: &[(&str, &str)] = &[("what do you do", "work")];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// Stems of the question's words.
    pub(super) words: Vec<String>,
    pub(super) synonyms: Vec<String>,
    pub(super) is_about_twin: bool,
}

pub(super) fn parse_question(text: &str) -> Question {
    let normalized = normalize(text);
    let meant = PHRASES.iter().find(|(phrase, _)| *phrase == normalized).map_or(text, |(_, meant)| meant);
    let mut words = tokenize(meant);
    words.sort();
    words.dedup();
    let is_about_twin = words.iter().all(|word| TWIN_WORDS.iter().any(|twin_word| stem(twin_word) == *word));
    let groups = SYNONYMS.iter().filter(|group| group.iter().any(|word| words.contains(&stem(word))));
    let mut synonyms: Vec<String> = groups.flat_map(|group| group.iter().map(|word| stem(word))).collect();
    synonyms.retain(|word| !words.contains(word));
    synonyms.sort();
    synonyms.dedup();
    Question { words, synonyms, is_about_twin }
}

/// Returns a text in lowercase, without punctuation and with single spaces.
pub(super) fn normalize(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// Splits a text into stems, without stop words.
pub(super) fn tokenize(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '+' && c != '#') {
        let word = word.to_lowercase();
        if word.chars().any(|c| u32::from(c) >= 0x2E80) {
            // Scripts without spaces: each character is a word.
            words.extend(word.chars().map(String::from));
        } else if !word.is_empty() && STOP_WORDS.binary_search(&word.as_str()).is_err() {
            words.push(stem(&word));
        }
    }
    words
}

/// Removes common English endings, so that `skills` matches `skill` and `worked` matches `working`.
fn stem(word: &str) -> String {
    let endings = [("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")];
    let is_stem = |stem: &str| stem.len() >= 3 && stem.is_ascii();
    for (ending, replacement) in endings {
        if let Some(stem) = word.strip_suffix(ending).filter(|stem| is_stem(stem)) {
            return format!("{stem}{replacement}");
        }
    }
    word.strip_suffix('e').filter(|stem| is_stem(stem)).unwrap_or(word).to_owned()
}
