//! Renders passages and joins them to an answer of limited length.

use super::super::index::Term;
use super::super::passage::{Kind, Passage};
use super::super::topics::Topic;
use super::super::words;
use super::context::Context;

/// Length in characters of the lines of one passage in an answer.
const LINES: usize = 320;

/// Length in characters from which only the sentences about the question are taken from a paragraph.
const FOCUS: usize = 200;

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The subject of the following lines, such as a job. It ends without punctuation.
    pub(super) head: String,
    pub(super) lines: Vec<String>,
    pub(super) is_list: bool,
}

impl Piece {
    /// Creates a piece of one sentence.
    pub(super) fn short(text: &str) -> Self {
        Self { head: String::new(), lines: vec![text.to_owned()], is_list: false }
    }

    pub(super) fn text(&self) -> String {
        let comma = if self.lines.iter().any(|line| line.contains(words::is_cjk)) { "、" } else { ", " };
        let lines = if self.is_list { self.lines.join(comma) } else { join_sentences(&self.lines) };
        match (self.head.is_empty(), lines.is_empty()) {
            (true, _) => finish(&lines),
            (false, true) => finish(&self.head),
            (false, false) => format!("{}: {}", self.head, finish(&lines)),
        }
    }
}

impl Context<'_> {
    /// Renders a passage, with the lines that contain most terms if it is long.
    pub(super) fn render(&self, number: usize, terms: &[Term]) -> Piece {
        let passage = &self.index.passages[number];
        let is_list = passage.kind == Kind::List;
        let head = match passage.kind {
            Kind::Entry => entry_head(passage),
            Kind::Fact if self.sentence(passage).is_some() => String::new(),
            Kind::List | Kind::Fact => label(passage),
            // The heading of a section is a part of the answer only if it says more than the topic.
            Kind::Prose
                if self.index.matches(&passage.head, terms) > 0
                    && passage.topic.is_none_or(Topic::has_entries) =>
            {
                passage.head.clone()
            }
            Kind::Prose | Kind::Answer => String::new(),
        };
        let lines = match passage.kind {
            Kind::Fact => self.sentence(passage).map_or_else(|| passage.lines.clone(), |text| vec![text]),
            Kind::Prose => self.around(&passage.lines, terms),
            _ => passage.lines.clone(),
        };
        Piece { head, lines: self.choose(&lines, terms), is_list }
    }

    /// Returns a value with a known label as a sentence: "I work as a baker." for "Current role: Baker".
    fn sentence(&self, passage: &Passage) -> Option<String> {
        let topic = passage.topic.filter(|topic| {
            matches!(topic, Topic::Work | Topic::Employer | Topic::Location | Topic::Links | Topic::Contact)
        })?;
        let is_named = super::super::topics::of_heading(&passage.head) == Some(topic);
        let line = passage.lines.first().filter(|line| is_named && !line.ends_with(['.', '!', '。']))?;
        Some(self.lead(topic, line))
    }

    /// Returns the sentences of a long paragraph that contain the most terms, each with the one that follows.
    fn around(&self, lines: &[String], terms: &[Term]) -> Vec<String> {
        let counts: Vec<usize> = lines.iter().map(|line| self.index.matches(line, terms)).collect();
        let most = counts.iter().max().copied().unwrap_or_default();
        let total: usize = lines.iter().map(|line| line.chars().count()).sum();
        if most == 0 || total <= FOCUS {
            return lines.to_vec();
        }
        let is_near = |at: usize| counts[at] == most || at > 0 && counts[at - 1] == most;
        lines.iter().enumerate().filter(|(at, _)| is_near(*at)).map(|(_, line)| line.clone()).collect()
    }

    /// Returns the lines that fit, preferring those with most terms, in their order.
    fn choose(&self, lines: &[String], terms: &[Term]) -> Vec<String> {
        let total: usize = lines.iter().map(|line| line.chars().count()).sum();
        if total <= LINES {
            return lines.to_vec();
        }
        let mut order: Vec<(usize, usize)> =
            lines.iter().enumerate().map(|(at, line)| (self.index.matches(line, terms), at)).collect();
        order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        if let Some((1.., first)) = order.first().copied() {
            // The sentence after the best one often continues it.
            order[1..].sort_by_key(|(count, at)| (std::cmp::Reverse(*count), *at < first, *at));
        }
        let mut used = 0;
        let mut chosen: Vec<usize> = Vec::new();
        for (_, at) in order {
            let length = lines[at].chars().count();
            if chosen.is_empty() || used + length <= LINES {
                used += length;
                chosen.push(at);
            }
        }
        chosen.sort_unstable();
        chosen.into_iter().map(|at| lines[at].clone()).collect()
    }
}

/// Returns whether a folded word is a number, but not a year.
pub(super) fn is_number(word: &str) -> bool {
    let is_year = word.len() == 4 && ["19", "20"].iter().any(|start| word.starts_with(start));
    word.contains(char::is_numeric) && !is_year || words::is_in(words::NUMBERS, word)
}

/// Returns whether a text contains a number that is not a year.
pub(super) fn has_number(text: &str) -> bool {
    words::split(&words::fold(text)).iter().any(|word| is_number(word.text))
}

/// Returns whether a text contains a place: a name after a word such as "in", or a word for a street or a neighbor.
pub(super) fn has_place(text: &str) -> bool {
    const PREPOSITIONS: &str = "in at near bei à en a em im am an from aus nach";
    /// Without accents, as folded text.
    #[rustfmt::skip]
    const PLACES: [&str; 24] = [
        "street", "road", "square", "next to", "behind", "corner", "strasse", "gasse", "platz", "hinter d", "neben d", "rue ", "avenue",
        "a cote", "derriere", "calle", "plaza", "al lado", "detras", "via ", "piazza", "accanto", "rua ", "ao lado",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_named =
        |pair: &[&str]| words::is_in(PREPOSITIONS, pair[0]) && pair[1].starts_with(char::is_uppercase);
    let folded = words::fold(text);
    words.windows(2).any(is_named) || PLACES.iter().any(|place| folded.contains(place))
}

/// Returns whether a text names a person: two words with capital letters that are not at its beginning.
pub(super) fn has_person(text: &str) -> bool {
    let is_name = |word: &&str| word.starts_with(char::is_uppercase) && word.chars().count() > 2;
    let is_sentence = text.ends_with(['.', '!', '?']);
    let words: Vec<&str> = text.split_whitespace().skip(usize::from(is_sentence)).collect();
    words.windows(2).any(|pair| pair.iter().all(is_name) && !pair[0].ends_with(['.', ',', ':', ';']))
}

/// Returns whether a text contains a length of time.
pub(super) fn has_duration(text: &str) -> bool {
    const UNITS: &str = "minut hour day week month year stunde tage woche monat jahr heure jour semaine mois ans hora dia \
        semana mes ore giorn settiman ann";
    let folded = words::fold(text);
    let is_unit = |word: &words::Word<'_>| words::starts_with_any(UNITS, word.text);
    has_number(text) && words::split(&folded).iter().any(is_unit)
}

/// Returns whether a sentence begins with a word that refers to the previous sentence, as in "That is my largest
/// project."
pub(super) fn refers_back(line: &str) -> bool {
    const STARTS: &str = "das dies this that it c'est cela esto eso questo isto isso";
    let folded = words::fold(line);
    folded.split_whitespace().next().is_some_and(|first| words::is_in(STARTS, first))
}

/// Returns whether a text contains a reason.
pub(super) fn has_reason(text: &str) -> bool {
    const REASONS: [&str; 16] = [
        "because",
        "since",
        "so that",
        "that is why",
        "weil",
        "deshalb",
        "darum",
        "damit",
        "denn",
        "parce qu",
        "car ",
        "pour que",
        "porque",
        "perche",
        "por eso",
        "ため",
    ];
    let folded = words::fold(text);
    REASONS.iter().any(|reason| folded.contains(reason))
}

/// Returns the heading of an entry with its dates.
pub(super) fn entry_head(passage: &Passage) -> String {
    match (passage.head.is_empty(), passage.dates.is_empty()) {
        (false, false) => format!("{} ({})", passage.head, passage.dates),
        (true, _) => passage.dates.clone(),
        (false, true) => passage.head.clone(),
    }
}

/// Returns the label of a fact, unless the topic's sentence replaces it.
fn label(passage: &Passage) -> String {
    let is_value = passage.lines.first().is_some_and(|line| line == &passage.head);
    if is_value { String::new() } else { capitalize(&passage.head) }
}

pub(super) fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Joins pieces until the answer is long enough. Repetitions are left out.
pub(super) fn join(pieces: &[Piece], enough: usize) -> String {
    let mut answer = String::new();
    for piece in pieces {
        let mut text = piece.text();
        let room = enough.saturating_sub(answer.chars().count());
        let is_full = text.chars().count() > room;
        if !answer.is_empty() && (is_full && room < enough / 2 || answer.contains(text.trim_end_matches('.')))
        {
            continue;
        }
        if !answer.is_empty() && is_full {
            text = shorten(&text, room);
        }
        if !answer.is_empty() && !answer.ends_with(['。', '？', '！']) {
            answer.push(' ');
        }
        answer.push_str(&text);
    }
    answer
}

fn join_sentences(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        if !text.is_empty() {
            let is_sentence = text.ends_with(['.', '!', '?', '…', ':']);
            let is_cjk = text.ends_with(['。', '！', '？']);
            text.push_str(if is_cjk {
                ""
            } else if is_sentence {
                " "
            } else {
                "; "
            });
        }
        text.push_str(line);
    }
    text
}

/// Ends a text with a period.
fn finish(text: &str) -> String {
    let text = text.trim();
    let is_open = text
        .ends_with(|letter: char| letter.is_alphanumeric() || matches!(letter, ')' | '）' | '%' | '"' | '”'));
    let is_address = text.rsplit(' ').next().is_some_and(|word| word.contains("://") || word.contains('@'));
    if !is_open || is_address {
        return text.to_owned();
    }
    let stop = if text.contains(words::is_cjk) { "。" } else { "." };
    format!("{text}{stop}")
}

/// Shortens a text to a number of characters, at the end of a sentence or of a word.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(limit) else {
        return text.to_owned();
    };
    let cut = &text[..end];
    let ends = [". ", "! ", "? ", "。", "！", "？"];
    let sentence = ends.iter().filter_map(|mark| cut.rfind(mark).map(|at| at + mark.trim_end().len())).max();
    if let Some(end) = sentence.filter(|end| *end * 2 > cut.len()) {
        return cut[..end].to_owned();
    }
    let (room, _) = text.char_indices().nth(limit.saturating_sub(2)).unwrap_or((end, ' '));
    let cut = &text[..room];
    let word = cut.rfind([' ', '、', ',']).filter(|end| *end * 2 > cut.len()).unwrap_or(cut.len());
    format!("{} …", cut[..word].trim_end_matches([',', ';', ' ', '、']))
}
