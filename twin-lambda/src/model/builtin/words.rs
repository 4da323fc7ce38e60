//! Words: their comparable form, light stems, stop words and synonyms.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::language::Language;

/// Counts the steps of loops over notes and questions, so that a test can compare them. It is empty outside of tests.
pub(super) mod work {
    #[cfg(test)]
    thread_local! {
        static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    #[cfg(not(test))]
    pub(in super::super) const fn add(_steps: usize) {}

    #[cfg(test)]
    pub(in super::super) fn add(steps: usize) {
        STEPS.with(|sum| sum.set(sum.get() + steps));
    }

    /// Returns how many steps an operation takes.
    #[cfg(test)]
    pub(in super::super) fn of(operation: impl FnOnce()) -> usize {
        STEPS.with(|sum| sum.set(0));
        operation();
        STEPS.with(std::cell::Cell::get)
    }
}

/// A word of a folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
    /// Whether it is a run of Chinese or Japanese characters, which have no spaces between words.
    pub(super) is_cjk: bool,
}

impl Word<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

struct Vocabulary {
    stop_words: [HashSet<String>; 8],
    /// The words that mean the same as a word, including itself.
    synonyms: HashMap<String, Vec<String>>,
}

fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| {
        let mut stop_words: [HashSet<String>; 8] = Default::default();
        let mut synonyms: HashMap<String, Vec<String>> = HashMap::new();
        for line in include_str!("words.txt").lines() {
            let Some((start, rest)) = line.split_once(' ') else { continue };
            let folded: Vec<String> = rest.split(' ').map(fold).collect();
            if let Some(language) = Language::named(start) {
                stop_words[language as usize].extend(folded);
            } else if let (">", Some((general, special))) = (start, rest.split_once(" , ")) {
                for word in general.split(' ').map(fold) {
                    synonyms.entry(word).or_default().extend(special.split(' ').map(fold));
                }
            } else if start == "=" {
                for word in &folded {
                    synonyms.entry(word.clone()).or_default().extend(folded.iter().cloned());
                }
            }
        }
        Vocabulary { stop_words, synonyms }
    })
}

/// Returns whether a folded word is a stop word: it does not describe the subject of a question.
pub(super) fn is_stop_word(word: &str, language: Language) -> bool {
    vocabulary().stop_words[language as usize].contains(word)
}

/// Returns whether a folded word is in the list of words with the same meaning.
pub(super) fn has_synonyms(word: &str) -> bool {
    vocabulary().synonyms.contains_key(word)
}

/// Numbers in letters. Accents are folded.
pub(super) const NUMBERS: &str = "two three four five six seven eight nine ten eleven twelve zwei drei vier funf sechs sieben acht neun \
    zehn elf zwolf vierzehn deux trois quatre cinq sept huit neuf dix onze douze dos tres cuatro cinco \
    seis siete ocho nueve diez once doce due tre quattro cinque sei sette otto nove dieci dois quatro \
    oito dez fourteen twenty quinze";

/// Returns whether a list of words, separated by spaces, contains a word.
pub(super) fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// Returns whether a word starts with one of a list of beginnings, separated by spaces.
pub(super) fn starts_with_any(list: &str, word: &str) -> bool {
    list.split(' ').any(|beginning| word.starts_with(beginning))
}

/// Returns the words that mean the same as a folded word, or as another form of it in this language.
pub(super) fn synonyms(word: &str, language: Language) -> &'static [String] {
    static STEMS: [OnceLock<HashMap<String, &'static [String]>>; 8] = [const { OnceLock::new() }; 8];
    let synonyms = &vocabulary().synonyms;
    if let Some(list) = synonyms.get(word) {
        return list;
    }
    let stems = STEMS[language as usize].get_or_init(|| {
        // The first of several words with the same stem wins, in alphabetical order.
        let mut words: Vec<(&String, &Vec<String>)> = synonyms.iter().collect();
        words.sort_unstable_by(|a, b| b.0.cmp(a.0));
        let long = words.into_iter().filter(|(word, _)| word.chars().count() >= 4);
        long.map(|(word, list)| (stem(word, language), list.as_slice())).collect()
    });
    stems.get(&stem(word, language)).copied().unwrap_or_default()
}

/// Returns a text in lowercase and without accents, so that spellings can be compared.
pub(super) fn fold(text: &str) -> String {
    work::add(text.len());
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'à'..='å' | 'ā' | 'ą' => folded.push('a'),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => folded.push('e'),
            'ì'..='ï' | 'ī' => folded.push('i'),
            'ñ' | 'ń' | 'ň' => folded.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => folded.push('o'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ś' | 'š' => folded.push('s'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            'ł' => folded.push('l'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            '‘' | '’' | '`' | '´' => folded.push('\''),
            'أ' | 'إ' | 'آ' | 'ٱ' => folded.push('ا'),
            'ى' | 'ئ' => folded.push('ي'),
            'ة' => folded.push('ه'),
            'ؤ' => folded.push('و'),
            '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{652}' => {}
            '！'..='～' => folded.extend(char::from_u32(u32::from(letter) - 0xFEE0)),
            _ => folded.push(letter),
        }
    }
    folded
}

/// Returns a word as it is folded if "ae", "oe" and "ue" stand for German letters.
pub(super) fn without_digraphs(word: &str) -> Option<String> {
    let plain = word.replace("ae", "a").replace("oe", "o").replace("ue", "u");
    (plain != word).then_some(plain)
}

pub(super) fn is_cjk(letter: char) -> bool {
    matches!(letter, '々' | '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// Splits a folded text into words. Articles and endings that are attached with an apostrophe are left out.
pub(super) fn split(folded: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut letters = folded.char_indices().peekable();
    while let Some((start, first)) = letters.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let belongs = |letter: char| {
            letter.is_alphanumeric() && is_cjk(letter) == is_cjk(first) || matches!(letter, '+' | '#')
        };
        let mut end = start + first.len_utf8();
        while let Some((_, letter)) = letters.next_if(|(_, letter)| belongs(*letter)) {
            end += letter.len_utf8();
        }
        let text = &folded[start..end];
        let is_ending = folded[..start].ends_with('\'')
            && words.last().is_some_and(|last| last.end() + 1 == start)
            && is_short_form(text);
        let rest = folded[end..].strip_prefix('\'').unwrap_or_default();
        let rest = rest.find(|letter: char| !letter.is_alphanumeric()).map_or(rest, |at| &rest[..at]);
        let is_article =
            !rest.is_empty() && !is_short_form(rest) && (end - start <= 2 || ELIDED.contains(&text));
        if !is_ending && !is_article {
            words.push(Word { text, start, is_cjk: is_cjk(first) });
        }
    }
    words
}

/// Returns whether a text is a word that English attaches to the one before, as in "we're".
fn is_short_form(text: &str) -> bool {
    matches!(text, "s" | "t" | "m" | "d" | "re" | "ve" | "ll")
}

/// Words of three letters or more that French and Italian attach to the next word.
const ELIDED: [&str; 9] = ["all", "dell", "nell", "dall", "sull", "quell", "jusqu", "lorsqu", "puisqu"];

/// Returns the terms of a word by which passages are found: its stem, or the pairs of its Japanese characters.
pub(super) fn terms(word: Word<'_>, language: Language) -> Vec<String> {
    if !word.is_cjk {
        return vec![stem(word.text, language)];
    }
    let mut terms = Vec::new();
    let letters: Vec<char> = word.text.chars().collect();
    for run in letters.chunk_by(|a, b| is_kana(*a) == is_kana(*b)) {
        match run {
            // Hiragana are mostly endings and particles.
            [first, ..] if is_kana(*first) => {}
            [single] => terms.push(single.to_string()),
            run => terms.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
        }
    }
    terms
}

fn is_kana(letter: char) -> bool {
    ('\u{3041}'..='\u{309f}').contains(&letter)
}

/// Common endings by language, the longest first. Accents are folded.
fn endings(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &[
            "ations", "ation", "ments", "ment", "ings", "ees", "ing", "ers", "ies", "ied", "ly", "ee", "er",
            "ed", "es", "s", "e", "y",
        ],
        Language::German => &[
            "erinnen", "innen", "erin", "ungen", "ung", "ern", "em", "er", "en", "es", "st", "e", "s", "n",
            "t",
        ],
        Language::French => &[
            "issements",
            "issement",
            "ations",
            "rices",
            "rice",
            "ions",
            "ion",
            "ation",
            "ements",
            "ement",
            "euses",
            "euse",
            "eurs",
            "eur",
            "ives",
            "ive",
            "ees",
            "ee",
            "aient",
            "ons",
            "ent",
            "ais",
            "ait",
            "er",
            "ez",
            "es",
            "if",
            "e",
            "s",
            "x",
        ],
        Language::Spanish => &[
            "amientos", "amiento", "aciones", "acion", "iones", "ion", "idades", "idad", "mente", "iendo",
            "ando", "asteis", "isteis", "aste", "iste", "aron", "ieron", "amos", "emos", "imos", "ais",
            "eis", "ados", "adas", "idos", "idas", "ado", "ada", "ido", "ida", "aba", "an", "en", "ar", "er",
            "ir", "os", "as", "es", "o", "a", "e", "s",
        ],
        Language::Italian => &[
            "azioni", "azione", "ioni", "ione", "mente", "iamo", "ando", "endo", "ano", "ono", "ati", "ate",
            "ato", "ata", "ete", "iti", "ite", "ito", "ita", "uto", "are", "ere", "ire", "i", "e", "o", "a",
        ],
        Language::Portuguese => &[
            "acoes", "acao", "mente", "aram", "eram", "iram", "amos", "emos", "imos", "avam", "ava", "ando",
            "endo", "indo", "ados", "adas", "ado", "ada", "oes", "ao", "ei", "ou", "iu", "ar", "er", "ir",
            "os", "as", "es", "o", "a", "e", "s",
        ],
        Language::Arabic => &["ها", "ات", "ون", "ين", "ان", "يه", "ه", "ي"],
        Language::Japanese => &[],
    }
}

/// Removes a common ending from a folded word, and an article from an Arabic one.
pub(super) fn stem(word: &str, language: Language) -> String {
    let mut stem = word;
    if language == Language::Arabic {
        let articles = ["وال", "بال", "كال", "فال", "لل", "ال"];
        let rest = articles.iter().find_map(|article| word.strip_prefix(article));
        stem = rest.filter(|rest| rest.chars().count() > 2).unwrap_or(word);
    }
    if language == Language::German && (word.ends_with('t') || word.ends_with("en")) {
        // A participle, such as "gebaut".
        stem = word.strip_prefix("ge").filter(|rest| rest.len() >= 4 && rest.is_ascii()).unwrap_or(word);
    }
    let is_long = |stem: &str, ending: &str| {
        // A short word has the same stem in the plural: "code" and "codes", "gato" and "gatos", "Eule" and "Eulen".
        let is_plural =
            ending.len() == 2 && ending.ends_with(['s', 'n']) && ending.starts_with(['a', 'e', 'o']);
        let is_short = ending.len() == 1
            || is_plural
            || language == Language::English && matches!(ending, "ing" | "ed")
            || language == Language::French && matches!(ending, "ez" | "er")
            || matches!(ending, "ando" | "endo" | "iendo" | "indo");
        stem.chars().count() >= if is_short { 3 } else { 4 } && stem.chars().all(char::is_alphabetic)
    };
    let is_english = language == Language::English;
    let cut = endings(language)
        .iter()
        .filter(|ending| !is_english || **ending != "s" || !stem.ends_with("ss"))
        .find_map(|ending| stem.strip_suffix(ending).filter(|stem| is_long(stem, ending)))
        .unwrap_or(stem);
    // The stem of another word can be a stop word.
    if cut.len() < stem.len() && is_stop_word(cut, language) && !is_stop_word(stem, language) {
        return stem.to_owned();
    }
    match language {
        Language::German => return german(cut, cut.len() < stem.len()),
        // "Figlio", "figlia" and "figlie" keep a letter that "figli" has lost.
        Language::Italian => {
            let shorter = cut.strip_suffix('i').filter(|rest| rest.len() >= 3 && cut.len() < stem.len());
            return shorter.unwrap_or(cut).to_owned();
        }
        _ => {}
    }
    let letters: Vec<char> = cut.chars().rev().take(2).collect();
    // "Planned" is "plan", and "installed" is "install", but "mills" is "mill".
    let is_doubled = cut.len() >= 5 || cut.len() < stem.len() && !matches!(&stem[cut.len()..], "s" | "es");
    match letters.as_slice() {
        [last, other] if is_english && is_doubled && last == other => {
            cut[..cut.len() - last.len_utf8()].to_owned()
        }
        _ => cut.to_owned(),
    }
}

/// Unites the forms of German verbs: "sammeln" and "sammle", "wandern" and "wandere", "arbeitest" and "arbeitet".
fn german(stem: &str, is_cut: bool) -> String {
    if stem.len() >= 5
        && let Some(rest) = stem.strip_suffix("el")
    {
        return format!("{rest}l");
    }
    let shorter = stem.strip_suffix("er").or_else(|| stem.strip_suffix('e'));
    shorter.filter(|rest| is_cut && rest.len() >= 4).unwrap_or(stem).to_owned()
}

/// Returns whether two words share a long beginning, as forms of the same word do: "registered" and "registration".
pub(super) fn is_related(word: &str, other: &str) -> bool {
    const LONG: usize = 6;
    let same = word.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let longest = word.len().max(other.len());
    same >= LONG && same * 2 >= longest && longest - same <= LONG
}

/// Returns whether two words of at least five letters differ in one letter, or in the place of one letter.
pub(super) fn is_misspelled(word: &str, other: &str) -> bool {
    // Most words fail this check, which is cheap.
    if word.len() < 5 || word.len().abs_diff(other.len()) > 4 || word.chars().next() != other.chars().next() {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), other.chars().collect());
    if a.len() < 5 || b.len() < 5 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same_start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) =
        (a.len().saturating_sub(same_start + same_end), b.len().saturating_sub(same_start + same_end));
    if rest_a <= 1 && rest_b <= 1 {
        return true;
    }
    if a.len() != b.len() {
        return false;
    }
    let (a, b) = (&a[same_start..same_start + rest_a], &b[same_start..same_start + rest_b]);
    let is_moved = |a: &[char], b: &[char]| a[0] == b[b.len() - 1] && a[1..] == b[..b.len() - 1];
    (2..=3).contains(&a.len()) && (is_moved(a, b) || is_moved(b, a))
}
