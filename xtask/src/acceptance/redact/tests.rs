//! Attacks on the redaction.

use proptest::prelude::*;

use super::*;

const ACCOUNT: &str = "123456789012";

fn redactor() -> Redactor {
    let mut redactor = Redactor::default();
    for private in [ACCOUNT, "arn:aws:iam::123456789012:user/Lovelace", "ada", "chat.ada.example", "Wohnung"]
    {
        redactor.add_private(private);
    }
    redactor
}

/// Each text, and a part of it that must disappear.
const ATTACKS: [(&str, &str); 45] = [
    ("account 123456789012", "123456789012"),
    ("account (123456789012),", "123456789012"),
    ("account=123456789012;", "123456789012"),
    ("account 1234-5678-9012", "5678"),
    ("account 1234 5678 9012", "9012"),
    ("account 1,234,567,890,12", "567"),
    ("account 123456_789012", "789012"),
    ("account 123.456789012", "456789012"),
    ("account １２３４５６７８９０１２", "３４５"),
    ("account ١٢٣٤٥٦٧٨٩٠١٢", "٣٤٥"),
    ("bucket twinctl-check-acceptance-memory-123456789012", "123456789012"),
    ("twinctl-check-acceptance-memory-123456789012.s3.eu-west-1.amazonaws.com/?tagging", "memory"),
    ("arn:aws:iam::123456789012:role/Admin", "Admin"),
    ("\"arn:aws:iam::123456789012:role/Admin\"", "Admin"),
    ("`arn:aws-us-gov:iam::1:role/Admin`", "Admin"),
    ("User: arn:aws:sts::123456789012:assumed-role/Admin/session is not authorized", "session "),
    ("key AKIAIOSFODNN7EXAMPLE", "AKIA"),
    ("key ASIAIOSFODNN7EXAMPLE.", "ASIA"),
    ("id=AROAJ2UCCR6DPCEXAMPLE:Lovelace", "AROA"),
    ("secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalr"),
    ("token IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ==", "IQoJ"),
    ("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2lnbmF0dXJl", "eyJ"),
    (
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261129/eu-west-1/s3/aws4_request",
        "Credential",
    ),
    ("X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024", "fe5f"),
    ("sk-proj-abcdefghijklmnopqrst1234567890", "abcdef"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7"),
    ("mail ada.lovelace@example.com", "lovelace"),
    ("mail <Eve@example.com>", "Eve"),
    ("mail Eve%40example.com", "example"),
    ("https://d7o5vkesglxyxr.cloudfront.net", "d7o5"),
    ("d7o5vkesglxyxr.cloudfront.net.", "cloudfront"),
    ("host chat.other.example", "other"),
    ("at 192.0.2.1:443", "192"),
    ("at 2001:db8::1", "2001"),
    ("session 794231869b120470b6c7c596f6210b57", "7942"),
    ("request ID 5a107c60-8f8b-4390-8a71-e9689fef7178", "8f8b"),
    ("distribution EQ18JJ6FN7DY57", "EQ18"),
    ("API ec2ae566", "ec2ae566"),
    ("in /Users/Lovelace/.aws/credentials", "Users"),
    ("by ADA", "ADA"),
    ("by Ada's", "Ada"),
    ("by adalovelace", "lovelace"),
    ("die Wohnung", "Wohnung"),
    ("call +1 (555) 0100-4477", "0100"),
    ("https://user:hunter@host/path", "hunter"),
];

#[test]
fn attacks_are_redacted() {
    for (text, secret) in ATTACKS {
        let redacted = redactor().redact(text).to_string();
        assert!(!redacted.contains(secret), "`{text}` became `{redacted}`");
    }
}

#[test]
fn evidence_stays_readable() {
    for text in [
        "142 calls in 203.4 s, 12 of them repeated; peak 1,200",
        "s3:PutObject, iam:UpdateAssumeRolePolicy and route53:ChangeResourceRecordSets were refused (AccessDenied)",
        "reported: log group, role, function, api, web access; repaired after 12.5 s",
        "`CreateAlias` was answered with 409, 409 and 201 in eu-west-1",
        "exit code 6: the function's health check failed – twice (90s)",
        "the stage logs $context.routeKey",
    ] {
        let expected = text.replace("$context.routeKey", MARK);
        assert_eq!(redactor().redact(text).to_string(), expected);
    }
}

#[test]
fn words_of_our_own_names_are_not_private() {
    let mut redactor = Redactor::default();
    redactor.add_private("arn:aws:iam::123456789012:root");
    assert_eq!(
        redactor.redact("twinctl acceptance of role and root").to_string(),
        "twinctl acceptance of role and root"
    );
}

#[test]
fn long_texts_are_cut() {
    let text = redactor().redact(&"word ".repeat(1_000)).to_string();
    assert!(text.ends_with('…') && text.chars().count() < LONGEST_TEXT + 5, "{text}");
    assert!(redactor().redact(&"é ".repeat(5_000)).to_string().len() < 20, "é is not an ASCII letter");
}

proptest! {
    /// No punctuation around an account, a key or an address makes them harmless.
    #[test]
    fn secrets_are_redacted_in_any_surroundings(
        before in "[ -~]{0,12}",
        after in "[ -~]{0,12}",
        secret in "([0-9]{12}|AKIA[A-Z2-7]{16}|[a-z]{3,9}@[a-z]{2,9}\\.[a-z]{2,3}|[a-z]{3,9}\\.[a-z]{3,9}\\.(com|net)|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12})",
    ) {
        // Keys and hashes without enough digits look like words, but do not occur.
        prop_assume!(secret.chars().filter(char::is_ascii_digit).count() > 4 || secret.contains('.'));
        let redacted = redactor().redact(&format!("{before}{secret}{after}")).to_string();
        prop_assert!(!redacted.contains(&secret), "{redacted}");
    }

    /// A long number cannot be recognized in pieces either.
    #[test]
    fn no_word_has_many_digits(text in "[0-9a-zA-Z .,:/@_-]{0,80}") {
        let redacted = Redactor::default().redact(&text).to_string();
        for word in redacted.split_whitespace() {
            prop_assert!(word.chars().filter(|c| c.is_numeric()).count() <= MOST_DIGITS, "{}", word);
        }
    }
}
