//! Recognizes instructions to a model that owners wrote among their notes, such as "You are a chatbot acting as …".
//! Long because it contains the cues of six languages.

/// The beginnings of sentences that give the model an identity. They count only with a word of `MODELS`.
const IDENTITIES: [&str; 17] = [
    "you are a ",
    "you are an ",
    "you are the ",
    "you are not a ",
    "you are acting ",
    "you are representing ",
    "you act as ",
    "act as ",
    "you represent ",
    "du bist ",
    "tu es un ",
    "tu es le ",
    "vous êtes un ",
    "eres un ",
    "você é um ",
    "és um ",
    "sei un ",
];
const MODELS: [&str; 20] = [
    "chatbot",
    "digital twin",
    "ai twin",
    "ai assistant",
    "ai agent",
    "ai representative",
    "virtual assistant",
    "helpful assistant",
    "language model",
    "answering questions",
    "digitaler zwilling",
    "ki-zwilling",
    "ki-assistent",
    "jumeau numérique",
    "assistant virtuel",
    "gemelo digital",
    "asistente virtual",
    "gêmeo digital",
    "gémeo digital",
    "gemello digitale",
];
/// The beginnings of sentences that give the model a task. They count only with a word of `WORK`.
const TASKS: [&str; 19] = [
    "your goal is ",
    "your role is ",
    "your task is ",
    "your job is ",
    "your mission is ",
    "your purpose is ",
    "dein ziel ist ",
    "deine aufgabe ist ",
    "deine rolle ist ",
    "ton rôle est ",
    "ton objectif est ",
    "ta mission est ",
    "votre rôle est ",
    "votre objectif est ",
    "tu objetivo es ",
    "tu tarea es ",
    "seu objetivo é ",
    "sua tarefa é ",
    "il tuo compito è ",
];
const WORK: [&str; 16] = [
    "answer ",
    "respond",
    "visitor",
    "the user",
    "users",
    "provided context",
    "information provided",
    "fragen",
    "besucher",
    "questions",
    "répond",
    "visiteur",
    "visitante",
    "preguntas",
    "perguntas",
    "domande",
];
/// The beginnings of sentences about a visitor. They count only with a request of `REQUESTS`.
const CONDITIONS: [&str; 24] = [
    "if the user ",
    "if a user ",
    "if the visitor ",
    "if a visitor ",
    "if they ask ",
    "if they then ask ",
    "if someone asks ",
    "if asked ",
    "when the user ",
    "when a user ",
    "when the visitor ",
    "when a visitor ",
    "when asked ",
    "if you do not know something ",
    "if you don't know something ",
    "if you do not know the answer",
    "if you don't know the answer",
    "wenn der nutzer ",
    "wenn ein besucher ",
    "si l'utilisateur ",
    "si le visiteur ",
    "si el usuario ",
    "se o usuário ",
    "se l'utente ",
];
/// Requests to the model in the rest of such a sentence. A comma is followed by the request itself.
const REQUESTS: [&str; 39] = [
    " asks you ",
    " ask you ",
    " wants you ",
    " fine to answer",
    " you should ",
    ", answer ",
    ", respond ",
    ", reply ",
    ", say ",
    ", tell ",
    ", ask ",
    ", politely ",
    ", do not ",
    ", don't ",
    ", never ",
    ", always ",
    ", be honest ",
    ", begin ",
    ", redirect ",
    ", refuse ",
    ", decline ",
    ", encourage ",
    ", offer to ",
    ", point them ",
    ", explain that ",
    ", mention ",
    ", steer ",
    ", switch ",
    ", then answer ",
    ", then begin ",
    ", then say ",
    ", antworte ",
    ", sag ",
    ", réponds ",
    ", répondez ",
    ", dis ",
    ", responde ",
    ", responda ",
    ", rispondi ",
];
/// The beginnings of requests to the model.
const ORDERS: [&str; 50] = [
    "always answer ",
    "always respond ",
    "always reply ",
    "always speak as ",
    "always stay in character",
    "always detect and match ",
    "never reveal ",
    "never break character",
    "never make up ",
    "never invent ",
    "never say that you ",
    "never mention that you ",
    "do not invent ",
    "do not make up ",
    "do not guess ",
    "do not reveal ",
    "do not answer ",
    "do not end every answer ",
    "do not mention that you ",
    "don't make up ",
    "don't invent ",
    "don't say that you ",
    "stay in character",
    "stay in scope",
    "stay grounded in facts",
    "answer as ",
    "you are answering as ",
    "keep the tone ",
    "answer only ",
    "only answer ",
    "answer questions as ",
    "answer in the first person",
    "respond as ",
    "respond in the ",
    "respond only ",
    "speak in the first person",
    "use the first person",
    "say the twin ",
    "you should answer ",
    "you should respond ",
    "you can respond in ",
    "you will answer ",
    "antworte ",
    "erfinde ",
    "réponds ",
    "répondez toujours ",
    "n'invente ",
    "responde siempre ",
    "responda sempre ",
    "rispondi ",
];
/// Words of requests that may stand anywhere.
const ANYWHERE: [&str; 6] = [
    "on the initial response",
    "on the first response",
    "in your responses",
    "in your answers",
    "your responses should ",
    "you should first talk ",
];
/// Words of owners who tell of themselves or quote someone, which an instruction hardly needs.
const OWN: [&str; 42] = [
    "i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ich", "mich", "mir", "mein", "meine",
    "meinen", "meinem", "meiner", "meines", "wir", "uns", "unser", "unsere", "je", "j", "moi", "mon", "ma",
    "mes", "nous", "notre", "nos", "yo", "mi", "mis", "nosotros", "nuestro", "eu", "meu", "minha", "io",
    "mio", "noi",
];
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
    const ARTICLES: [&str; 16] = [
        "a", "an", "the", "your", "einen", "eine", "keinen", "un", "une", "votre", "ton", "um", "uma", "seu",
        "su", "il",
    ];
    // Words that make another word of it: `You are a chatbot developer`.
    const OTHER: [&str; 20] = [
        "s",
        "builder",
        "buyer",
        "company",
        "customer",
        "designer",
        "developer",
        "engineer",
        "enthusiast",
        "expert",
        "fan",
        "maker",
        "owner",
        "provider",
        "seller",
        "skeptic",
        "startup",
        "user",
        "vendor",
        "anbieter",
    ];
    let Some((at, model)) = MODELS.iter().filter_map(|model| Some((rest.find(model)?, model))).min() else {
        return false;
    };
    let (before, after) = (&rest[..at], &rest[at + model.len()..]);
    let next = after.trim_start().split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let words: Vec<&str> = before.split_whitespace().collect();
    let is_near = words.len() < NEAR && !words.iter().any(|word| ARTICLES.contains(word));
    // `You are not a chatbot` may also be meant for a reader.
    start != "you are not a "
        && !OTHER.iter().any(|other| next == *other || next.strip_suffix('s') == Some(other))
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
