//! Every finding as it is printed, and files without findings.

use std::fmt::Write;

use super::*;
use crate::finding::Severity;

/// Returns the findings about one file, beside a file that describes the owner.
fn findings_of(name: &str, bytes: &[u8]) -> String {
    let mut files = Files::default();
    files.insert("summary.txt", b"I build things.".to_vec());
    files.insert(name, bytes.to_vec());
    printed(&check(&files))
}

fn printed(findings: &[Finding]) -> String {
    let mut findings = findings.to_vec();
    findings.sort();
    findings.iter().fold(String::new(), |mut text, finding| {
        let word = if finding.severity == Severity::Error { "error" } else { "warning" };
        let hint = finding.hint.as_deref().unwrap_or_default();
        writeln!(text, "{word}: {finding}\n  {hint}").unwrap();
        text
    })
}

#[test]
fn facts() {
    let cases = [
        "{\"name\": \"Ada\",\n \"a\": 1,\n}",
        "{\"name\": \"Ada\"\n \"a\": 1}",
        "{\n name: \"Ada\"}",
        "{\"name\": \"Ada",
        "[\"Ada\"]",
        "{}",
        "{\"fullName\": \"Ada\"}",
        "{\n\"full_name\": [\"Ada\"]}",
        "{\"full_name\": \"\", \"name\": null}",
        "{\"name\": \"Ada\",\n\"name\": \"Eve\"}",
        "\u{feff}{\"full_name\": 3, \"name\": \"Ada\"}",
        "{\n\t\"name\": \"Ada \\ud83d\\ude00\",\n\t\"deep\": {\"list\": [1, [2, {\"a\": null}]]}\n}",
    ];
    let all = cases.map(|text| format!("{text}\n--\n{}", findings_of("facts.json", text.as_bytes())));
    insta::assert_snapshot!(all.join("\n====\n"));
}

#[test]
fn questions_and_answers() {
    let cases = [
        "faqs:\n- id: 1\n  question: Who?\n  answer: Ada.\n",
        "- question: Who?\n  answer: Ada.\n",
        "faq:\n- question: Who?\n  answer: Ada.\n",
        "questions: none\n",
        "just text",
        "faqs: none\n",
        "faqs:\n- Who?\n- question: Why?\n- question: When?\n  answer:\n- q: How?\n  a: So.\n",
        "faqs:\n- question: Old?\n  answer: 42\n- question: True?\n  answer: true\n",
        "faqs:\n- id: a\n  question: Who?\n  answer: Me.\n- id: a\n  question: who?\n  answer: You.\n",
        "faqs:\n- question: Who?\n  question: Why?\n  answer: Me.\n",
        "faqs:\n- question: Who?\n  answer: Yes: me.\n",
        "faqs:\n\t- question: Who?\n",
    ];
    let all = cases.map(|text| format!("{text}\n--\n{}", findings_of("qna.yml", text.as_bytes())));
    insta::assert_snapshot!(all.join("\n====\n"));
}

#[test]
fn other_data() {
    let cases = [
        ("skills.yml", "a: [1\nb: 2"),
        ("skills.yml", "rust: 1\nrust: 2\n"),
        ("education.yaml", "- any: shape\n- is: fine\n"),
        ("experience.yml", "plain text is fine"),
        ("sources.json", "[{\"a\": 1},]"),
        ("prompts/proficiency_levels.json", "{'a': 1}"),
    ];
    let all = cases.map(|(name, text)| format!("{text}\n--\n{}", findings_of(name, text.as_bytes())));
    insta::assert_snapshot!(all.join("\n====\n"));
}

#[test]
fn files_that_are_not_text() {
    let cases: [&[u8]; 6] =
        [b"\xff\xfeI\0", b"fine\nM\xfcller", b"a\0b", b"\x89PNG\0\0", b" \n", "\u{feff}Grüße".as_bytes()];
    insta::assert_snapshot!(cases.map(|bytes| findings_of("me.txt", bytes)).join("--\n"));
}

#[test]
fn sizes() {
    let mut files = Files::default();
    for n in 0..5 {
        files.insert(format!("data/{n}.bin"), vec![0; 13 << 20]);
    }
    files.insert("me.txt", vec![b'a'; (16 << 20) + 1]);
    insta::assert_snapshot!(printed(&check(&files)));
}

#[test]
fn files_that_are_not_read() {
    let names = ["Facts.json", "notes.md", "data/Profile.pdf", "photo.png", "x.txt", "y.txt"];
    let mut files = Files::default();
    for name in names {
        files.insert(name, b"{}".to_vec());
    }
    let nothing_read = printed(&check(&files));
    files.insert("linkedin.txt", b"Ada".to_vec());
    files.insert("linkedin.pdf.txt", b"Ada".to_vec());
    insta::assert_snapshot!(format!("{nothing_read}--\n{}", printed(&check(&files))));
}

#[test]
fn template_texts() {
    let text = "[Your name here] lives in [Your City].\nWrite to your.email@example.com\nlorem ipsum dolor\n- Your Name\n\
                linkedin.com/in/yourname\nI am Your Name, and I build things.\nTBD: more\nWe saw `Your Name` in Tokyo.\n\
                Company Name\n<your story>";
    let facts = "{\n\"full_name\": \"Your Name\",\n\"role\": \"Your current role\"\n}";
    insta::assert_snapshot!(
        findings_of("me.txt", text.as_bytes()) + "--\n" + &findings_of("facts.json", facts.as_bytes())
    );
}

#[test]
fn every_template_text_in_a_line_is_reported() {
    let facts = r#"{"full_name":"Your Name","title": "Job Title" , "email":"your.email@example.com","to":["Your City", ""]}"#;
    let skills = "- {name: 'Your Role', level: TBD}\n- name: \"Placeholder\" # of the year\n\
                  - I put \"placeholder\" texts into forms, TBD for Jane Doe\n";
    insta::assert_snapshot!(
        findings_of("facts.json", facts.as_bytes()) + "--\n" + &findings_of("skills.yml", skills.as_bytes())
    );
}

#[test]
fn texts_that_only_look_like_templates() {
    for text in [
        "I built a todo app.",
        "[RFC 2119] and [link](https://a.example)",
        "We ask your name once.",
        "Your team is your company's best asset.",
        "git@example.com is not read",
        "a < b and b > c",
        "I work on [your behalf](https://a.example)",
    ] {
        assert_eq!(findings_of("me.txt", text.as_bytes()), "", "{text}");
    }
}

#[test]
fn instructions_to_the_model() {
    let text = "I bake bread.\nYou are a chatbot acting as Ada.\nIf the user asks you to sing, sing.\n";
    for name in ["summary.txt", "notes/about.md"] {
        let findings = findings_of(name, text.as_bytes());
        assert_eq!(
            findings,
            format!(
                "warning: {name}:2: contains instructions to the model\n  move them to `prompts/system_prompt.txt`: \
                 notes are information about you, and visitors may read them\n"
            )
        );
    }
    for (name, text) in [
        (
            "summary.txt",
            "You are welcome to write me.\n\"You are a great chatbot builder\", my client wrote.",
        ),
        ("style.txt", "Always answer briefly."),
        ("prompts/system_prompt.txt", "You are a chatbot acting as Ada."),
    ] {
        assert_eq!(findings_of(name, text.as_bytes()), "", "{text}");
    }
}

#[test]
fn keys_of_services() {
    let key = |start: &str, length: usize| format!("{start}{}", "a1B2".repeat(16).get(..length).unwrap());
    let access = format!("AKIA{}", "A1B2C3D4E5F6G7H8");
    for key in [key("sk-proj-", 40), key("ghp_", 36), access, "-----BEGIN RSA PRIVATE KEY-----".to_owned()] {
        let findings = findings_of("notes/about.md", format!("Line\nmy key: {key}\n").as_bytes());
        assert!(findings.starts_with("error: notes/about.md:2: contains a key of a service\n"), "{findings}");
    }
    for text in [
        "risk-management-of-projects-in-large-teams",
        "AKIAIOSFODNN7EXAMPLE",
        "BEGIN PRIVATE KEY",
        "sk-learn",
    ] {
        assert_eq!(findings_of("me.txt", text.as_bytes()), "", "{text}");
    }
}

#[test]
fn placeholders() {
    let text =
        "You are {full_name}.\n{sumary} {unknown} {{style}} {\"json\": {\"a\": 1}}\n{current_datetime}";
    let prompt = findings_of("prompts/system_prompt.txt", text.as_bytes());
    let rules = findings_of("prompts/critical_rules.txt", b"Never speak of {name}.");
    insta::assert_snapshot!(prompt + "--\n" + &rules);
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    for (name, open, close) in
        [("skills.yml", "[", "]"), ("skills.yml", "{a: ", "}"), ("sources.json", "[", "]")]
    {
        let deep = open.repeat(100_000) + &close.repeat(100_000);
        assert!(findings_of(name, deep.as_bytes()).contains("error"), "{name} {open}");
    }
    assert!(findings_of("skills.yml", "- ".repeat(50_000).as_bytes()).contains("error"));
}

#[test]
fn the_sample_files_have_no_findings() {
    let mut files = Files::default();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/sample");
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        files.insert(entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap());
    }
    assert_eq!(printed(&check(&files)), "");
}
