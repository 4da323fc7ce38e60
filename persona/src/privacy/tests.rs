//! Private data in single lines and in files, and that nothing else changes.

use proptest::prelude::*;

use super::finder::Finder;
use super::*;

/// Lines in which exactly the texts in `⟦⟧` are private.
const LINES: &str = include_str!("tests/lines.txt");

#[test]
fn private_data_of_many_countries_is_found() {
    let mut wrong = Vec::new();
    for line in LINES.lines().filter(|line| !line.is_empty() && !line.starts_with("##")) {
        let plain = line.replace(['⟦', '⟧'], "").replace("\\n", "\n");
        let mut shown = plain.clone();
        for found in Finder::new(&Allow::new()).find(&plain).iter().rev() {
            shown.insert(found.range.end, '⟧');
            shown.insert(found.range.start, '⟦');
        }
        if shown != line.replace("\\n", "\n") {
            wrong.push(format!("expected {line}\n   found {}", shown.replace('\n', "\\n")));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(LINES.lines().count() > 80);
}

fn redacted(files: &[(&str, &str)], allow: &Allow) -> (Vec<String>, Vec<Redaction>) {
    let redactor = Redactor::new(files.iter().copied(), allow);
    let (texts, redactions): (Vec<_>, Vec<_>) =
        files.iter().map(|(name, text)| redactor.redact(name, text)).unzip();
    (texts, redactions.concat())
}

#[test]
fn json_and_yaml_keep_their_structure() {
    let cases = [
        (
            "facts.json",
            "{\n  \"name\": \"Ada\",\n  \"phone\": \"+44 20 7946 0958\",\n  \"b\": 1\n}",
            "{\n  \"name\": \"Ada\",\n  \"phone\": null,\n  \"b\": 1\n}",
        ),
        (
            "facts.json",
            r#"{"phones": [5550199, "5550198"], "x": "tel +1 202 555 0143"}"#,
            r#"{"phones": [null, null], "x": "tel (left out)"}"#,
        ),
        (
            "facts.json",
            r#"{"bio": "Mail me\n+44 20 7946 0958\nMusterstra\u00dfe 12"}"#,
            r#"{"bio": "Mail me\n(left out)\n(left out)"}"#,
        ),
        (
            "facts.json",
            r#"{"address": {"street": "High Street", "no": "12", "zip": 10115, "city": "Berlin"}}"#,
            r#"{"address": {"street": "High Street", "no": null, "zip": null, "city": "Berlin"}}"#,
        ),
        (
            "a.yml",
            "phone: +44 20 7946 0958 # or 020 7946 0959\ndob: 1980-05-03\n",
            "phone: null # or (left out)\ndob: null\n",
        ),
        (
            "facts.json",
            r#"{"office": ["Hauptstraße 5", "221B Baker Street"]}"#,
            r#"{"office": ["(left out)", "(left out)"]}"#,
        ),
        ("a.yml", "office: '12 rue de la Paix'\n", "office: '(left out)'\n"),
        ("a.yml", "address: |\n  12 High Street\n  Leeds\nb: 1\n", "address: |\n  (left out)\nb: 1\n"),
        (
            "a.yml",
            "- phone: '5550199'\n  answer: >-\n    Call\n    +44 20 7946 0958.\n",
            "- phone: null\n  answer: >-\n    Call\n    (left out).\n",
        ),
        ("a.yaml", "{tel: 5550199, a: [x, +44 20 7946 0958]}", "{tel: null, a: [x, (left out)]}"),
        ("broken.yml", "a: [\nphone: +44 20 7946 0958\n: x", "a: [\nphone: (left out)\n: x"),
    ];
    for (name, text, expected) in cases {
        let (texts, _) = redacted(&[(name, text)], &Allow::new());
        assert_eq!(texts, [expected]);
    }
}

#[test]
fn a_text_that_is_private_in_one_file_is_redacted_in_all() {
    let files = [("facts.json", r#"{"phone": "555 0199 77"}"#), ("me.txt", "Dial 555 0199 77 any time.\n")];
    let (texts, redactions) = redacted(&files, &Allow::new());
    assert_eq!(texts, [r#"{"phone": null}"#, "Dial (left out) any time.\n"]);
    let messages: Vec<String> = redactions.iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["facts.json:1: phone number 555…77", "me.txt:1: phone number 555…77"]);
}

#[test]
fn web_links_are_kept() {
    let me = "WhatsApp 4155550132\n";
    for (text, expected) in [
        (r#"{"github": "https://github.com/ada/4155550132"}"#, None),
        (r#"{"a": "see (www.example.com/4155550132), [b](http://a.example/?id=4155550132)"}"#, None),
        (r#"{"call": "https://wa.me/4155550132"}"#, Some(r#"{"call": "https://wa.me/(left out)"}"#)),
        (
            r#"{"call": "https://api.whatsapp.com/send?phone=4155550132"}"#,
            Some(r#"{"call": "https://api.whatsapp.com/send?phone=(left out)"}"#),
        ),
        (
            r#"{"call": "viber://chat?number=4155550132"}"#,
            Some(r#"{"call": "viber://chat?number=(left out)"}"#),
        ),
        (r#"{"call": "https://t.me/+4155550132"}"#, Some(r#"{"call": "https://t.me/+(left out)"}"#)),
        (r#"{"a": "https://a.example 4155550132"}"#, Some(r#"{"a": "https://a.example (left out)"}"#)),
    ] {
        let (texts, _) = redacted(&[("me.txt", me), ("facts.json", text)], &Allow::new());
        assert_eq!(texts[1], expected.unwrap_or(text));
    }
}

#[test]
fn allowed_kinds_are_kept() {
    let text = "Phone: +44 20 7946 0958\nborn 3 May 1980\n12 High Street\n";
    for kind in PrivateKind::ALL {
        let (texts, redactions) = redacted(&[("me.txt", text)], &Allow::from([kind]));
        assert_eq!(redactions.len(), 2);
        assert!(redactions.iter().all(|redaction| redaction.kind != kind), "{texts:?}");
    }
    let (texts, redactions) = redacted(&[("me.txt", text)], &PrivateKind::ALL.into());
    assert_eq!((texts[0].as_str(), redactions.len()), (text, 0));
}

/// Texts that consist of private data and similar texts.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("+44 20 7946 0958".to_owned()),
        Just("020 7946 0958".to_owned()),
        Just("born 3 May 1980".to_owned()),
        Just("12 High Street".to_owned()),
        Just("Musterstraße 12, 10115 Berlin".to_owned()),
        Just("Tel: ".to_owned()),
        Just("2019 - 2021".to_owned()),
        Just("(left out)".to_owned()),
        Just("\n".to_owned()),
        Just(" ".to_owned()),
        "[0-9 .()+/-]{0,12}",
        "[a-zß\"\\\\:{}\\[\\],#'|>-]{0,6}",
        "\\PC{0,6}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn redacting_twice_changes_nothing(text in pieces(), name in prop_oneof![Just("a.txt"), Just("a.yml"), Just("a.json")]) {
        let allow = Allow::new();
        let (once, redactions) = redacted(&[(name, &text)], &allow);
        if redactions.is_empty() {
            prop_assert_eq!(&once[0], &text);
        }
        let (twice, again) = redacted(&[(name, &once[0])], &allow);
        prop_assert_eq!(&twice, &once, "{:?}", again);
    }

    #[test]
    fn json_stays_valid(texts in proptest::collection::btree_map("[a-z]{1,4}|phone|dob|address", pieces(), 0..5)) {
        let written = serde_json::to_string_pretty(&texts).unwrap();
        let (kept, _) = redacted(&[("facts.json", &written)], &Allow::new());
        let kept: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&kept[0]).unwrap();
        prop_assert_eq!(kept.keys().collect::<Vec<_>>(), texts.keys().collect::<Vec<_>>());
    }

    #[test]
    fn yaml_stays_valid(texts in proptest::collection::btree_map("[a-z]{1,4}|phone|dob|address", pieces(), 1..5)) {
        let written = serde_saphyr::to_string(&texts).unwrap();
        let (kept, _) = redacted(&[("skills.yml", &written)], &Allow::new());
        let kept: std::collections::BTreeMap<String, Option<serde_json::Value>> = serde_saphyr::from_str(&kept[0]).unwrap();
        prop_assert_eq!(kept.keys().collect::<Vec<_>>(), texts.keys().collect::<Vec<_>>());
    }
}
