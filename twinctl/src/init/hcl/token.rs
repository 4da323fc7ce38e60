//! A tokenizer for Terraform files, limited to what literal values need.

use std::iter::Peekable;
use std::str::Chars;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, a number, `true`.
    Word(String),
    /// A quoted string without references.
    Text(String),
    Equals,
    /// Any opening bracket.
    Open,
    Close,
    LineEnd,
    /// Part of an expression: an operator, a heredoc, or a string with a reference.
    Other,
}

type Letters<'t> = Peekable<Chars<'t>>;

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut letters = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(letter) = letters.next() {
        tokens.push(match letter {
            '\n' => Token::LineEnd,
            letter if letter.is_whitespace() => continue,
            '#' => {
                line(&mut letters);
                continue;
            }
            '/' if letters.peek() == Some(&'/') => {
                line(&mut letters);
                continue;
            }
            '/' if letters.peek() == Some(&'*') => {
                comment(&mut letters);
                continue;
            }
            '"' => quoted(&mut letters).map_or(Token::Other, Token::Text),
            '=' => equals(&mut letters),
            '{' | '[' | '(' => Token::Open,
            '}' | ']' | ')' => Token::Close,
            '<' if letters.peek() == Some(&'<') => {
                heredoc(&mut letters);
                Token::Other
            }
            letter if is_of_a_word(letter) => Token::Word(word(letter, &mut letters)),
            _ => Token::Other,
        });
    }
    tokens
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn word(first: char, letters: &mut Letters<'_>) -> String {
    let mut word = String::from(first);
    while let Some(letter) = letters.next_if(|next| is_of_a_word(*next) || matches!(next, '-' | '.')) {
        word.push(letter);
    }
    word
}

/// Distinguishes `=` from the operator `==`.
fn equals(letters: &mut Letters<'_>) -> Token {
    if letters.next_if_eq(&'=').is_some() { Token::Other } else { Token::Equals }
}

/// Reads the rest of a line, without the newline.
fn line(letters: &mut Letters<'_>) -> String {
    let mut rest = String::new();
    while let Some(letter) = letters.next_if(|next| *next != '\n') {
        rest.push(letter);
    }
    rest
}

fn comment(letters: &mut Letters<'_>) {
    letters.next();
    while let Some(letter) = letters.next() {
        if letter == '*' && letters.next_if_eq(&'/').is_some() {
            return;
        }
    }
}

/// Skips `<<EOT` or `<<-EOT` up to the line that contains only the same word.
fn heredoc(letters: &mut Letters<'_>) {
    letters.next();
    let mark = line(letters);
    let mark = mark.trim_start_matches('-').trim();
    while letters.next().is_some() {
        if line(letters).trim() == mark {
            return;
        }
    }
}

/// Reads up to the closing quote. Returns `None` if the string contains a reference or does not end on its line.
fn quoted(letters: &mut Letters<'_>) -> Option<String> {
    let mut text = String::new();
    let mut is_plain = true;
    while let Some(letter) = letters.next_if(|next| *next != '\n') {
        match letter {
            '"' => return is_plain.then_some(text),
            '\\' => text.push(escaped(letters).unwrap_or(char::REPLACEMENT_CHARACTER)),
            '$' | '%' if letters.next_if_eq(&letter).is_some() => {
                // `$${` is an escaped `${`. Anywhere else, `$$` is two characters.
                text.push(letter);
                if letters.peek() != Some(&'{') {
                    text.push(letter);
                } else if let Some(brace) = letters.next() {
                    text.push(brace);
                }
            }
            '$' | '%' if letters.next_if_eq(&'{').is_some() => {
                is_plain = false;
                reference(letters);
            }
            letter => text.push(letter),
        }
    }
    None
}

fn escaped(letters: &mut Letters<'_>) -> Option<char> {
    let code = |letters: &mut Letters<'_>, digits: usize| {
        let digits: String = (0..digits).filter_map(|_| letters.next_if(char::is_ascii_hexdigit)).collect();
        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
    };
    match letters.next_if(|next| *next != '\n')? {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'u' => code(letters, 4),
        'U' => code(letters, 8),
        other => Some(other),
    }
}

/// Skips a reference from after `${` to its `}`. It can contain strings with references of their own.
fn reference(letters: &mut Letters<'_>) {
    let mut closing = vec!['}'];
    while let Some(letter) = letters.next_if(|next| *next != '\n') {
        match (closing.last(), letter) {
            (Some('"'), '\\') => drop(letters.next_if(|next| *next != '\n')),
            (Some('"'), '$' | '%') if letters.next_if_eq(&'{').is_some() => closing.push('}'),
            (Some('}'), '"' | '{') => closing.push(if letter == '{' { '}' } else { letter }),
            (Some(awaited), letter) if *awaited == letter => drop(closing.pop()),
            _ => {}
        }
        if closing.is_empty() {
            return;
        }
    }
}
