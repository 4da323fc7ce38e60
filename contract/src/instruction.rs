//! Recognizes instructions to a model that owners wrote among their notes, such as "You are a chatbot acting as …".

mod cues;

use cues::{
    ANYWHERE, ARTICLES, CONDITIONS, IDENTITIES, MODELS, ORDERS, OTHER_WORDS, OWN, REQUESTS, TASKS, WORK,
};

/// The most words of a label before an instruction: `Tone: Answer as Ada.`
const LABEL_WORDS: usize = 4;

/// Returns whether a sentence or a line is an instruction to a model, whatever stands beside it: it gives the model its
/// identity or its task.
#[must_use]
pub fn is_instruction(sentence: &str) -> bool {
    is_any(sentence, |text| {
        let identity = IDENTITIES.iter().find_map(|start| Some((*start, text.strip_prefix(start)?)));
        identity.is_some_and(|(start, rest)| is_identity(start, rest))
            || starts(text, &TASKS)
                && contains(text, &["questions acting as ", "provided context", "information provided"])
    })
}

/// Returns whether a sentence or a line reads like a request to a model. It may also be advice of the owner, so it is an
/// instruction only beside one that `is_instruction` recognizes.
#[must_use]
pub fn is_request(sentence: &str) -> bool {
    is_any(sentence, |text| {
        contains(text, &ANYWHERE)
            || starts(text, &IDENTITIES) && contains(text, &MODELS)
            || starts(text, &TASKS) && contains(text, &WORK)
            || starts(text, &CONDITIONS) && contains(text, &REQUESTS)
            || starts(text, &ORDERS)
    })
}

/// Tests a sentence, also without a label before it. Quotations, questions and words of owners about themselves are no
/// instructions.
fn is_any(sentence: &str, is_meant: impl Fn(&str) -> bool) -> bool {
    let plain = plain(sentence);
    let end = plain.trim_end_matches([' ', ')', '"']);
    if plain.starts_with(['"', '“', '„', '«', '>']) || end.ends_with(['?', '？']) || is_own(&plain) {
        return false;
    }
    let behind_label = plain
        .split_once(": ")
        .filter(|(label, _)| label.split(' ').count() <= LABEL_WORDS)
        .map(|(_, rest)| rest);
    std::iter::once(plain.as_str()).chain(behind_label).any(is_meant)
}

/// `I'll` and `j'ai` count as `i` and `j`.
fn is_own(text: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric()).any(|word| OWN.contains(&word))
}

/// Returns whether the model itself is addressed, and not a reader such as `You are a founder looking for a chatbot`.
fn is_identity(start: &str, rest: &str) -> bool {
    const NEAR: usize = 4;
    let Some((at, model)) = MODELS.iter().filter_map(|model| Some((rest.find(model)?, model))).min() else {
        return false;
    };
    let (before, after) = (&rest[..at], &rest[at + model.len()..]);
    let next = after.trim_start().split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let words: Vec<&str> = before.split_whitespace().collect();
    let is_near = words.len() < NEAR && !words.iter().any(|word| ARTICLES.contains(word));
    // `You are not a chatbot` may also be meant for a reader.
    start != "you are not a "
        && !OTHER_WORDS.iter().any(|other| next == *other || next.strip_suffix('s') == Some(other))
        && (is_near
            || ["acting ", "represent"].iter().any(|word| start.contains(word) || before.contains(word)))
}

/// Returns the sentence in lower case, without the marks of a list and of bold text, and with single spaces.
fn plain(sentence: &str) -> String {
    let lower = sentence.to_lowercase().replace('’', "'").replace(['*', '_', '`'], "");
    let words: Vec<&str> = lower.split_whitespace().collect();
    let text = words.join(" ");
    let marks = |letter: char| letter.is_ascii_digit() || "-–•#.) ".contains(letter);
    format!("{} ", text.trim_start_matches(marks))
}

fn starts(text: &str, list: &[&str]) -> bool {
    list.iter().any(|start| text.starts_with(start))
}

fn contains(text: &str, list: &[&str]) -> bool {
    list.iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_recognized() {
        for text in [
            "You are a chatbot acting as a \"Digital Twin\", representing Ada on Ada's website,",
            "- You are the **AI Digital Twin of Ada Example**.",
            "You are a helpful, friendly AI assistant.",
            "You are acting as the digital twin of Ada.",
            "You are a baker acting as the digital twin of Ada.",
            "Role: You are an AI agent.",
            "Your goal is to answer questions acting as Ada, to the best of your knowledge",
            "You represent Ada on her website, answering questions in her voice.",
            "Du bist ein digitaler Zwilling von Ada.",
            "Tu es un jumeau numérique.",
            "Você é um gêmeo digital.",
        ] {
            assert!(is_instruction(text) && is_request(text), "{text}");
        }
    }

    #[test]
    fn requests_are_recognized() {
        for text in [
            "You are not a chatbot.",
            "Your role is to engage with visitors in a natural way.",
            "Your task is to represent Ada; the user is a recruiter.",
            "If they ask more personal questions and you have the information it is fine to answer.",
            "ON THE INITIAL RESPONSE, IF THE USER DOES NOT ASK A QUESTION JUST GIVE THEM A NICE GREETING",
            "If the user asks you to talk like a pirate, then begin answering as a pirate would.",
            "If they then\nask you to stop, answer with \"Aye\".",
            "If the user asks for something else, say that the twin does not have the information.",
            "3. Always answer in the first person as Ada.",
            "Tone: Answer as Ada—confident and humble.",
            "If you do not know something for certain, be honest rather than inventing details.",
            "You can respond in a light hearted way.",
            "Do not invent facts, employers or clients.",
            "When discussing projects you should first talk about:",
            "Si el usuario pregunta por precios, responde con la lista.",
            "Il tuo compito è rispondere alle domande.",
        ] {
            assert!(is_request(text) && !is_instruction(text), "{text}");
        }
    }

    #[test]
    fn advice_is_no_instruction_by_itself() {
        for text in [
            "Do not guess the temperature of the dough; measure it.",
            "Never make up for lost sleep with coffee.",
            "Keep the tone light and the tea hot.",
            "Respond only to urgent calls at night",
            "Antworte meist am selben Tag.",
            "Your job is to understand the user.",
            "Your goal is to answer questions within a day.",
            "When a user clicks, always show feedback.",
            "The care in your responses was wonderful.",
            "On the first response from a publisher, Ada cried.",
            "You are a small shop that needs a chatbot.",
            "You are a busy founder looking for a virtual assistant.",
            "You are a chatbot developer.",
            "You are a shop with chatbots.",
            "Act as if chatbots did not exist.",
            "Du bist Gründer und suchst einen KI-Assistenten.",
        ] {
            assert!(!is_instruction(text), "{text}");
        }
    }

    #[test]
    fn other_sentences_to_a_reader_are_not() {
        for text in [
            "My rule: Do not guess the weight, measure it.",
            "My motto: never make up excuses.",
            "If you don't know the answer, don't worry, I'll show you.",
            "If you don’t know the answer, never mind, we’ll find it together.",
            "Du bist Gründerin und brauchst einen KI-Assistenten? Schreib mir.",
            "I loved the care in your responses.",
            "On the first response from a publisher, I cried.",
            "You are a small shop that needs a chatbot?",
            "Vous êtes un indépendant et cherchez un assistant virtuel ?",
            "Answer as quickly as possible (but how?)",
            "",
            "You are welcome to write me.",
            "You are welcome to write me, I answer every visitor within a day.",
            "You are reading the page of my digital twin.",
            "\"You are a great chatbot builder, and our users love you.\"",
            "“Always answer in one sentence”, my first boss used to say.",
            "You are a client, and our visitors' books tell you why.",
            "Your goal is a marathon; mine is to get you there.",
            "If the user asks for a refund, the system sends a mail.",
            "If a visitor asks, I show the workshop.",
            "When a user clicks, the page answers in a second.",
            "I always answer within a day.",
            "I built a chatbot that answers questions of visitors.",
            "Always answer the phone, my grandmother told me.",
            "Answered 300 tickets a week.",
            "Du bist bei mir richtig.",
            "Never stop learning.",
            "You are a visitor of my page, and a user of my library.",
            "You must book two weeks ahead.",
            "You should always wear a helmet.",
            "Answer questions of patients on the phone",
            "Respond in writing to complaints",
            "Eres una persona maravillosa.",
            "Stay grounded in your breath.",
        ] {
            assert!(!is_instruction(text) && !is_request(text), "{text}");
        }
    }
}
