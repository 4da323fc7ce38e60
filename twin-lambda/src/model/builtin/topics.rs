//! The topics of questions and notes, and the words by which they are recognized.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use super::language::Language;
use super::words::{self, Word};

macro_rules! topics {
    ($($variant:ident $name:literal)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum Topic { $($variant),* }

        impl Topic {
            pub(super) const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name of the topic in the lists of cues and phrases.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

topics! {
    Human "human" Help "help" Greeting "greeting" Thanks "thanks" Goodbye "goodbye" Unrelated "unrelated" More "more"
    Recall "recall"
    Who "who" Summary "summary" Name "name" Since "since" Years "years" Now "now" Past "past" Employer "employer"
    Work "work" Jobs "jobs" Know "know" Programming "programming" Languages "languages" Skills "skills"
    Projects "projects" Education "education" Certificates "certificates" Links "links" Contact "contact"
    Availability "availability" Remote "remote" Location "location" Origin "origin" Leadership "leadership"
    Talks "talks" Publications "publications" Volunteering "volunteering" Hobbies "hobbies" Salary "salary"
    Awards "awards" Motivation "motivation" Age "age" Family "family" Internships "internships" Pride "pride"
    Hours "hours" Delivery "delivery" Visits "visits" Cancel "cancel" Insurance "insurance" Mistakes "mistakes"
    Favorites "favorites" Naming "naming" Abroad "abroad" Pets "pets" Food "food" Hiring "hiring" Finances "finances"
    Booking "booking" Colleagues "colleagues" Children "children" Partner "partner" Advice "advice"
}

impl Topic {
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|topic| topic.name() == name)
    }

    /// Returns whether it is about the conversation and not about the owner.
    pub(super) fn is_small_talk(self) -> bool {
        matches!(
            self,
            Self::Human
                | Self::Help
                | Self::Greeting
                | Self::Thanks
                | Self::Goodbye
                | Self::Unrelated
                | Self::More
        )
    }

    /// Returns whether sections about it consist of entries with a heading and dates.
    pub(super) fn has_entries(self) -> bool {
        matches!(
            self,
            Self::Jobs
                | Self::Past
                | Self::Education
                | Self::Projects
                | Self::Certificates
                | Self::Talks
                | Self::Publications
                | Self::Volunteering
                | Self::Awards
        )
    }

    /// Returns whether notes usually cover the topic in a sentence or two, without a heading. These topics are the last
    /// variants.
    pub(super) fn is_detail(self) -> bool {
        self as u64 >= Self::Hours as u64
    }

    /// Returns whether questions about it often have little in common.
    pub(super) fn is_broad(self) -> bool {
        matches!(self, Self::Leadership | Self::Motivation | Self::Projects | Self::Talks)
    }

    pub(super) fn bit(self) -> u128 {
        1 << self as u64
    }
}

#[derive(Debug)]
struct Cue {
    topic: Topic,
    language: Language,
    /// Whether it occurs only in questions.
    is_question: bool,
    /// Sequences of words with anything in between.
    parts: Vec<Vec<Pattern>>,
    weight: usize,
}

#[derive(Debug)]
struct Pattern {
    text: String,
    is_prefix: bool,
}

impl Pattern {
    fn matches(&self, word: &str) -> bool {
        if self.is_prefix { word.starts_with(&self.text) } else { word == self.text }
    }
}

/// An occurrence of a cue.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) topic: Topic,
    pub(super) language: Language,
    pub(super) is_question: bool,
    pub(super) weight: usize,
    pub(super) ranges: Vec<Range<usize>>,
}

/// All cues, and the ones that start with each pair of letters.
#[derive(Debug, Default)]
struct Cues {
    cues: Vec<Cue>,
    by_start: HashMap<String, Vec<usize>>,
}

fn cues() -> &'static Cues {
    static CUES: OnceLock<Cues> = OnceLock::new();
    CUES.get_or_init(|| {
        let mut cues = Cues::default();
        let mut topic = None;
        for line in include_str!("cues.txt").lines() {
            if let Some(name) = line.strip_prefix('[') {
                topic = Topic::named(name.trim_end_matches(']'));
            } else if let (Some(topic), Some((start, list))) = (topic, line.split_once(' '))
                && let Some(language) = start.get(..2).and_then(Language::named)
            {
                for text in list.split('|') {
                    cues.add(topic, language, start.ends_with('?'), text);
                }
            }
        }
        cues
    })
}

impl Cues {
    fn add(&mut self, topic: Topic, language: Language, is_question: bool, text: &str) {
        let folded = words::fold(text);
        let parts: Vec<Vec<Pattern>> = if language == Language::Japanese {
            vec![vec![Pattern { text: folded.clone(), is_prefix: true }]]
        } else {
            folded.split("..").map(patterns).collect()
        };
        let Some(first) = parts.first().and_then(|part| part.first()) else { return };
        let words: usize = parts.iter().map(Vec::len).sum();
        let letters = folded.chars().count();
        let weight =
            if language == Language::Japanese { letters } else { 2 * words + usize::from(is_question) };
        self.by_start.entry(start(&first.text).to_owned()).or_default().push(self.cues.len());
        self.cues.push(Cue { topic, language, is_question, parts, weight });
    }
}

fn patterns(text: &str) -> Vec<Pattern> {
    let words = words::split(text);
    words
        .iter()
        .map(|word| Pattern { text: word.text.to_owned(), is_prefix: text[word.end()..].starts_with('*') })
        .collect()
}

/// Returns the first two letters, by which cues are looked up, or the first one of Japanese.
fn start(word: &str) -> &str {
    let mut letters = word.char_indices();
    let is_cjk = letters.next().is_some_and(|(_, letter)| words::is_cjk(letter));
    let count = if is_cjk { 1 } else { 2 };
    let end = word.char_indices().take(count).take_while(|(_, letter)| letter.is_alphanumeric()).last();
    end.map_or("", |(at, letter)| &word[..at + letter.len_utf8()])
}

/// Finds all cues in a folded text. The time is linear in the text.
pub(super) fn find(folded: &str, words: &[Word<'_>]) -> Vec<Found> {
    let cues = cues();
    let mut found = Vec::new();
    let mut add = |cue: &Cue, ranges: Vec<Range<usize>>| {
        found.push(Found {
            topic: cue.topic,
            language: cue.language,
            is_question: cue.is_question,
            weight: cue.weight,
            ranges,
        });
    };
    for (index, word) in words.iter().enumerate() {
        let starts = word.text.char_indices().take_while(|(at, _)| *at == 0 || word.is_cjk);
        for begin in starts.map(|(at, _)| word.start + at) {
            for cue in cues.starting(start(&folded[begin..])) {
                let ranges = match cue.language {
                    Language::Japanese => {
                        let text = &cue.parts[0][0].text;
                        folded[begin..]
                            .starts_with(text)
                            .then(|| std::iter::once(begin..begin + text.len()).collect())
                    }
                    _ => cue.match_at(words, index),
                };
                if let Some(ranges) = ranges {
                    add(cue, ranges);
                }
            }
        }
    }
    found
}

impl Cues {
    fn starting<'a>(&'a self, start: &str) -> impl Iterator<Item = &'a Cue> + use<'a> {
        let indexes = self.by_start.get(start).map_or(&[][..], Vec::as_slice);
        indexes.iter().map(|index| &self.cues[*index])
    }
}

/// Words that may stand between the parts of a cue.
const MAX_GAP: usize = 8;

impl Cue {
    fn match_at(&self, words: &[Word<'_>], index: usize) -> Option<Vec<Range<usize>>> {
        let mut ranges = Vec::new();
        let mut next = index;
        for (number, part) in self.parts.iter().enumerate() {
            let last = if number == 0 { index } else { next + MAX_GAP };
            let at = (next..=last).find(|at| {
                words.get(*at..*at + part.len()).is_some_and(|words| {
                    words.iter().zip(part).all(|(word, pattern)| pattern.matches(word.text))
                })
            })?;
            ranges.push(words[at].start..words[at + part.len() - 1].end());
            next = at + part.len();
        }
        Some(ranges)
    }
}

/// Returns the word of a cue of which this word is a misspelling.
pub(super) fn corrected(word: &str) -> Option<&'static str> {
    static WORDS: OnceLock<HashMap<char, Vec<&'static str>>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let mut words: HashMap<char, Vec<&str>> = HashMap::new();
        let patterns = cues().cues.iter().flat_map(|cue| &cue.parts).flatten();
        for text in patterns.map(|pattern| pattern.text.as_str()).filter(|text| text.len() >= 5) {
            words.entry(text.chars().next().unwrap_or_default()).or_default().push(text);
        }
        for list in words.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
        words
    });
    let list = words.get(&word.chars().next()?)?;
    let is_known = list.iter().any(|known| word.starts_with(known));
    let is_long = word.len() >= 6 && !is_known;
    list.iter()
        .copied()
        .filter(|known| is_long && known.len() >= 6)
        .find(|known| words::is_misspelled(word, known))
}

/// Returns the topic that a heading or a key names, if all of its words belong to it.
pub(super) fn of_heading(heading: &str) -> Option<Topic> {
    named(heading).or_else(|| named(&words::without_digraphs(heading)?))
}

/// Weight of a cue of two words, the least that makes a sentence a heading.
const LEAST: usize = 4;

/// Returns the topic of a heading that can be a short sentence, as in "What I am working on".
pub(super) fn of_title(title: &str) -> Option<Topic> {
    of_heading(title).or_else(|| {
        let folded = words::fold(title);
        let words = words::split(&folded);
        let mut found = find(&folded, &words);
        found.retain(|found| {
            found.weight >= LEAST && !found.topic.is_small_talk() && found.topic != Topic::Know
        });
        found
            .into_iter()
            .filter(|_| words.len() <= 6)
            .max_by_key(|found| found.weight)
            .map(|found| found.topic)
    })
}

fn named(heading: &str) -> Option<Topic> {
    let folded = words::fold(heading).replace(['_', '-'], " ");
    let words = words::split(&folded);
    let letters: usize = words.iter().map(|word| word.text.len()).sum();
    if letters == 0 || words.len() > 6 {
        return None;
    }
    if let [word] = words.as_slice()
        && words::is_in(PRIVATE, word.text)
    {
        return Some(Topic::Hobbies);
    }
    let mut all = find(&folded, &words);
    if all.iter().any(|found| !found.is_question) {
        all.retain(|found| !found.is_question);
    } else {
        all.retain(|found| {
            !found.topic.is_small_talk() && found.topic != Topic::Know && found.weight >= LEAST
        });
    }
    let names = all.iter();
    // "Volunteer experience" is not about jobs.
    let best = names.max_by_key(|found| {
        let length = found.ranges.iter().map(Range::len).sum::<usize>();
        (found.topic == Topic::Volunteering, length)
    })?;
    let is_covered = |word: &&Word<'_>| {
        let is_filler = Language::ALL.iter().any(|language| words::is_stop_word(word.text, *language))
            || FILLERS.contains(&word.text);
        is_filler || all.iter().any(|found| found.ranges.iter().any(|range| range.contains(&word.start)))
    };
    let covered: usize = words.iter().filter(is_covered).map(|word| word.text.len()).sum();
    // "First aid at work" is not about work.
    let own: usize = best.ranges.iter().map(Range::len).sum();
    if own * 3 < letters {
        return None;
    }
    // As in "Talks and writing".
    let is_pair = folded.contains('&')
        || words.iter().any(|word| matches!(word.text, "and" | "und" | "et" | "y" | "e"));
    let is_named = covered * 4 >= letters * 3 || is_pair && words.len() == 3 && covered * 2 >= letters;
    is_named.then_some(best.topic)
}

/// Headings of what owners tell about their life. In sentences, these words mean many things.
const PRIVATE: &str = "life leben vie vida reste resto";

/// Words of headings that do not change their topic.
const FILLERS: [&str; 16] = [
    "selected",
    "key",
    "main",
    "further",
    "additional",
    "relevant",
    "weitere",
    "wichtigste",
    "autres",
    "otros",
    "otras",
    "altri",
    "altre",
    "outros",
    "info",
    "details",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_cues_in_all_languages() {
        for topic in Topic::ALL {
            for language in Language::ALL {
                let has_cues = cues().cues.iter().any(|cue| cue.topic == *topic && cue.language == language);
                assert!(has_cues, "{topic:?} {language:?}");
            }
        }
    }

    #[test]
    fn headings_are_recognized_in_any_language() {
        let cases = [
            ("WORK EXPERIENCE", Topic::Jobs),
            ("Berufserfahrung", Topic::Jobs),
            ("Formation", Topic::Education),
            ("Aficiones", Topic::Hobbies),
            ("spoken_languages", Topic::Languages),
            ("years_experience", Topic::Years),
            ("資格", Topic::Certificates),
            ("Languages", Topic::Languages),
            ("Top Skills", Topic::Skills),
        ];
        for (heading, topic) in cases {
            assert_eq!(of_heading(heading), Some(topic), "{heading}");
        }
        assert_eq!(of_heading("Acme GmbH"), None);
        assert_eq!(of_heading("First Aid at Work"), None);
    }
}
