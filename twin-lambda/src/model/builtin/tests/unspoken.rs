//! Tests that answers contain neither instructions to the model nor the mark of private data.

use contract::data::LEFT_OUT;

use super::*;

const SUMMARY: &str = "\
You are a chatbot acting as a \"Digital Twin\", representing Ada Example on Ada's website,
and engaging with visitors to the website.

Your goal is to answer questions acting as Ada, to the best of your knowledge based on the
provided context.

ON THE INITIAL RESPONSE, IF THE USER DOES NOT ASK A QUESTION JUST GIVE THEM A NICE GREETING.
If the user asks you to talk like a pirate, then begin answering as a pirate would.
- Always answer in the first person.

I bake bread in Leeds. You are welcome to write me about bread.

\"You are a great baker, and our visitors love you\", a customer wrote.
";

const CV: &str = "\
Ada Example
Tucson, AZ | (left out) | ada@loaf.example

Summary

I was born on (left out) in Leeds.

Contact

contact (left out), Email: ada@loaf.example
";

#[test]
fn instructions_to_the_model_are_never_quoted() {
    let persona = persona([(File::Facts, r#"{"full_name": "Ada Example"}"#), (File::Summary, SUMMARY)]);
    for question in [
        "Who are you?",
        "What do you do?",
        "Tell me about yourself",
        "What is your goal?",
        "Do you talk like a pirate?",
        "What is your phone number?",
        "Are you a chatbot acting as a digital twin?",
        "What do you give users at the initial response?",
    ] {
        let answer = answer(&persona, question);
        for part in ["Your goal", "You are a chatbot", "pirate would", "INITIAL RESPONSE", "provided context"]
        {
            assert!(!answer.to_lowercase().contains(&part.to_lowercase()), "{question}: {answer}");
        }
    }
    let about = answer(&persona, "Who are you?");
    assert!(about.contains("I bake bread in Leeds."), "{about}");
    let write = answer(&persona, "Can I write you about bread?");
    assert!(write.contains("You are welcome to write me about bread."), "{write}");
    let quote = answer(&persona, "What did a customer write?");
    assert!(quote.contains("You are a great baker"), "{quote}");
}

#[test]
fn the_mark_of_private_data_is_never_spoken() {
    let facts = r#"{"full_name": "Ada Example", "contact": "phone (left out), mail ada@loaf.example"}"#;
    let qna = "faqs:\n- question: What is your number?\n  answer: It is (left out).\n";
    for texts in [vec![(File::Cv, CV)], vec![(File::Cv, CV), (File::Facts, facts), (File::Qna, qna)]] {
        let persona = Persona::new(texts.into_iter().map(|(file, text)| (file, text.to_owned())).collect());
        for question in [
            "Where do you live?",
            "How can I contact you?",
            "What is your phone number?",
            "What is your number?",
            "Where were you born?",
            "Who are you?",
            "Hello",
            "¿Dónde vives?",
        ] {
            let answer = answer(&persona, question);
            assert!(!answer.contains(LEFT_OUT) && !answer.contains("left out"), "{question}: {answer}");
        }
        let place = answer(&persona, "Where do you live?");
        assert!(place.contains("Tucson, AZ"), "{place}");
        let contact = answer(&persona, "How can I contact you?");
        assert!(contact.contains("ada@loaf.example"), "{contact}");
    }
}
