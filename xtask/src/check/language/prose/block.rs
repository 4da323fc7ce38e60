//! A paragraph, and how it divides into sentences and words.

/// A piece of text that no sentence continues beyond: a paragraph, a comment, a string, a name.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::check::language) struct Block {
    /// The line that the text begins on, from 1.
    pub(in crate::check::language) line: usize,
    pub(in crate::check::language) text: String,
    /// A heading may be a relative clause ("What a deploy changes").
    pub(in crate::check::language) is_title: bool,
}

#[derive(Debug)]
pub(in crate::check::language) struct Sentence {
    pub(in crate::check::language) words: Vec<Word>,
    pub(in crate::check::language) is_question: bool,
    pub(in crate::check::language) is_title: bool,
}

#[derive(Debug)]
pub(in crate::check::language) struct Word {
    pub(in crate::check::language) written: String,
    pub(in crate::check::language) lower: String,
    pub(in crate::check::language) line: usize,
    /// Only spaces, or marks for bold and code, are between this word and the one before it.
    pub(in crate::check::language) follows_directly: bool,
}

impl Sentence {
    /// Whether it is neither a question nor a heading, and begins with a capital letter, unlike a value in test data.
    pub(in crate::check::language) fn is_statement(&self) -> bool {
        let is_capital = |word: &Word| word.written.starts_with(char::is_uppercase);
        !self.is_question && !self.is_title && self.words.first().is_some_and(is_capital)
    }
}

impl Block {
    pub(in crate::check::language) fn sentences(&self) -> Vec<Sentence> {
        let mut reader = Reader::new(self);
        let mut letters = self.text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '.' | '!' | '?' => {
                    let ends = letters.peek().is_none_or(|next| !next.is_alphanumeric());
                    reader.stop(ends, letter == '?');
                }
                '|' => reader.stop(true, false),
                '\n' => reader.end_line(),
                '\\' => {
                    // `\n` in a string ends a line of what is printed; `\` at the end of a line joins two.
                    if letters.next_if_eq(&'n').is_some() {
                        reader.stop(true, false);
                    }
                }
                '_' | ' ' | '\t' | '`' | '*' => reader.end_word(),
                '\'' | '’' | '-' if reader.is_in_word() => {
                    reader.push(if letter == '’' { '\'' } else { letter });
                }
                letter if letter.is_alphanumeric() => reader.push(letter),
                _ => reader.stop(false, false),
            }
        }
        reader.finish()
    }
}

/// Collects letters into words and words into sentences.
#[derive(Debug)]
struct Reader {
    sentences: Vec<Sentence>,
    words: Vec<Word>,
    word: String,
    line: usize,
    follows_directly: bool,
    is_title: bool,
}

impl Reader {
    fn new(block: &Block) -> Self {
        Self {
            sentences: Vec::new(),
            words: Vec::new(),
            word: String::new(),
            line: block.line,
            follows_directly: false,
            is_title: block.is_title,
        }
    }

    fn is_in_word(&self) -> bool {
        !self.word.is_empty()
    }

    fn push(&mut self, letter: char) {
        self.word.push(letter);
    }

    fn end_word(&mut self) {
        let written = std::mem::take(&mut self.word);
        let written = written.trim_end_matches(['\'', '-']).to_owned();
        if written.is_empty() {
            return;
        }
        let lower = written.to_lowercase();
        let follows_directly = std::mem::replace(&mut self.follows_directly, true);
        self.words.push(Word { written, lower, line: self.line, follows_directly });
    }

    fn end_line(&mut self) {
        self.end_word();
        self.line += 1;
    }

    /// A punctuation mark, which no phrase continues beyond; some of them end the sentence.
    fn stop(&mut self, ends_sentence: bool, is_question: bool) {
        self.end_word();
        self.follows_directly = false;
        if ends_sentence && !self.words.is_empty() {
            let words = std::mem::take(&mut self.words);
            self.sentences.push(Sentence { words, is_question, is_title: self.is_title });
        }
    }

    fn finish(mut self) -> Vec<Sentence> {
        self.stop(true, false);
        self.sentences
    }
}
