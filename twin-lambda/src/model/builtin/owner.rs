//! The owner's name, addresses and links.

use super::notes;
use super::passage::{Kind, Passage};
use super::topics::Topic;
use crate::persona::Persona;

/// Addresses and links of the owner. Further ones are texts like any other.
const MAX_LINKS: usize = 20;

/// The owner's names and contacts.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) name: Option<String>,
    pub(super) nickname: Option<String>,
    pub(super) emails: Vec<String>,
    pub(super) links: Vec<String>,
    pub(super) contact: Option<String>,
}

pub(super) fn facts(persona: &Persona, passages: &[Passage]) -> Facts {
    let named =
        passages.iter().find(|passage| passage.topic == Some(Topic::Name) && passage.kind == Kind::Fact);
    let stated = || passages.iter().flat_map(|passage| &passage.lines).find_map(|line| stated_name(line));
    let listed = || named?.lines.first().cloned();
    let name = persona.full_name().map(ToOwned::to_owned).or_else(listed).or_else(stated);
    let nickname = persona.name().map(ToOwned::to_owned);
    let contact = persona.contact().map(notes::without_mark).filter(|contact| !contact.is_empty());
    let mut facts = Facts { name, nickname, contact, ..Facts::default() };
    for (_, text) in persona.knowledge() {
        for token in text.split(|letter: char| letter.is_whitespace() || "\"'<>()[]|,;、。".contains(letter))
        {
            let token = token.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '/');
            let token = token.trim_start_matches("mailto:");
            let is_link = ["http://", "https://", "www."].iter().any(|start| token.starts_with(start))
                || ["linkedin.com/", "github.com/"].iter().any(|site| token.starts_with(site));
            let is_email = !is_link
                && token.split_once('@').is_some_and(|(user, host)| {
                    !user.is_empty() && host.contains('.') && !host.contains('@')
                });
            let list = if is_email { &mut facts.emails } else { &mut facts.links };
            if (is_email || is_link) && list.len() < MAX_LINKS && !list.iter().any(|known| known == token) {
                list.push(token.to_owned());
            }
        }
    }
    facts
}

/// Returns the name in a sentence such as "I am Ada Example, …".
fn stated_name(line: &str) -> Option<String> {
    const STARTS: [&str; 14] = [
        "My name is ",
        "I am ",
        "I'm ",
        "Ich bin ",
        "Ich heiße ",
        "Mein Name ist ",
        "Je suis ",
        "Je m'appelle ",
        "Soy ",
        "Me llamo ",
        "Sono ",
        "Mi chiamo ",
        "Sou ",
        "Chamo-me ",
    ];
    let rest = STARTS.iter().find_map(|start| line.split_once(start)).map(|(_, rest)| rest)?;
    let is_name = |word: &&str| word.starts_with(char::is_uppercase);
    let words: Vec<&str> = rest.split(' ').take_while(is_name).take(4).collect();
    let end =
        words.iter().position(|word| word.ends_with([',', '.', ';', '!'])).map_or(words.len(), |at| at + 1);
    let name = words[..end].join(" ");
    (end >= 2).then(|| name.trim_end_matches([',', '.', ';', '!']).to_owned())
}
