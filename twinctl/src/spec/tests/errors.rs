//! Tests of the printed errors, and that all of them are found.

use std::path::Path;

use super::Files;
use crate::spec::{Overrides, load, locations, render};

/// Returns the printed errors of a minimal `dev.yaml` with `lines` added.
fn errors(lines: &str) -> String {
    let text = format!("project: twin\nenvironment: dev\nregion: us-east-1\n{lines}");
    Files::new(&[("dev.yaml", &text)]).errors("dev")
}

/// Mistakes in an environment file, each with its name in the snapshot.
const CASES: &[(&str, &str)] = &[
    ("unknown_field", "api:\n  throttle:\n    brust: 10\n"),
    ("unknown_section", "nonsense:\n  deep: 1\n"),
    ("burst_below_rate", "api:\n  throttle:\n    burst: 5\n    rate: 50\n"),
    ("rate_above_the_default_burst", "api: {throttle: {rate: 50}}\n"),
    ("zero_throttle", "api:\n  throttle:\n    burst: 0\n"),
    ("number_in_quotes", "lambda:\n  memory_mb: \"512\"\n"),
    ("number_with_unit", "lambda:\n  timeout_s: 29s\n"),
    ("fraction", "lambda:\n  memory_mb: 256.5\n"),
    ("timeout_too_long", "lambda:\n  timeout_s: 30\n"),
    ("retention", "lambda:\n  log_retention_days: 31\n"),
    ("architecture", "lambda:\n  architecture: arm\n"),
    ("yes", "protect: yes\n"),
    ("ttl", "ttl: 8\n"),
    ("ttl_of_a_protected_environment", "ttl: 8h\nprotect: true\n"),
    ("text_is_true", "web:\n  title: true\n"),
    ("section_is_text", "lambda: big\n"),
    ("empty_section", "api:\nweb:\n  title: Hi\n"),
    ("list_is_text", "api:\n  cors_origins: https://example.com\n"),
    ("any_origin", "api:\n  cors_origins: [\"*\"]\n"),
    ("origin_with_path", "api:\n  cors_origins:\n    - https://example.com/chat/\n"),
    ("frame_without_tls", "web:\n  frame_ancestors:\n    - http://example.com\n"),
    ("color", "web:\n  accent: \"3366cc\"\n"),
    ("color_as_comment", "web:\n  accent: #3366cc\n"),
    ("avatar", "web:\n  avatar: me.pdf\n"),
    (
        "long_title",
        "web:\n  title: An extraordinarily long title, that nobody will ever read to its end on any screen\n",
    ),
    ("link", "web:\n  links: {Website: ada.example, Script: \"javascript:x\"}\n"),
    ("language", "web:\n  languages: [english]\n"),
    ("account", "account: 1234-5678-9012\n"),
    ("role", "assume_role: deployer\n"),
    ("target", "target: locall\n"),
    ("openai_here", "model: {source: openai, base_url: \"http://localhost:11434/v1\"}\n"),
    ("openai_without_tls", "model: {source: openai, base_url: \"http://models.example/v1\"}\n"),
    ("model_of_another", "target: local\nmodel: {source: openai, id: \"amazon.nova-lite-v1:0\"}\n"),
    ("server_without_scheme", "target: local\nmodel: {source: openai, base_url: \"localhost:11434/v1\"}\n"),
    ("named_host", "target: local\nlocal: {host: localhost}\n"),
    ("port", "target: local\nlocal: {port: 0}\n"),
    ("allowed_address", "target: local\nlocal: {allowed_hosts: [\"https://twin.example/\"]}\n"),
    ("short_model", "model:\n  id: nova-lite\n"),
    ("model_abroad", "model:\n  id: eu.amazon.nova-lite-v1:0\n"),
    ("domain_in_other_letters", "domain: bücher.example\n"),
    ("domain_for_all", "domain: {name: \"*.ada.example\"}\n"),
    ("domain_as_address", "domain: https://Chat.ada.example/\n"),
    ("zone_of_another", "domain: {name: chat.ada.example, zone: eda.example}\n"),
    ("domain_twice", "domain: {name: ada.example, aliases: [www.ada.example], www_redirect: true}\n"),
    ("domain_field", "domain: {name: ada.example, zne: ada.example}\n"),
    ("dns_elsewhere", "domain: {name: ada.example, dns: cloudflare}\n"),
    ("domain_here", "target: local\ndomain: ada.example\n"),
    ("bucket", "names:\n  memory_bucket: My_Bucket\n"),
    ("reserved_bucket", "names:\n  memory_bucket: twin--x-s3\n"),
    ("tag_of_aws", "tags:\n  aws:owner: me\n  twinctl:project: x\n"),
    (
        "budget_without_a_price",
        "target: local\nmodel: {source: openai, id: m, base_url: \"http://localhost:1/v1\"}\nbudget: {monthly_usd: 5}\n",
    ),
    ("budget_as_number", "budget: 5\n"),
    ("alarms_as_switch", "alarms: true\n"),
    ("model_as_text", "model: bedrock\n"),
    ("ttl_in_words", "ttl: 8 hours\n"),
    ("budget_in_quotes", "budget: {monthly_usd: \"$5\"}\n"),
    ("budget_of_nothing", "budget: {monthly_usd: 0}\n"),
    (
        "budget_mail_of_a_local_twin",
        "target: local\nmodel: {source: openai, id: gpt-4o-mini}\nbudget: {monthly_usd: 5, email: ada@example.com}\n",
    ),
    (
        "budget_mail_with_the_builtin_model",
        "model: {source: builtin}\nbudget: {monthly_usd: 5, email: ada@example.com}\n",
    ),
    ("half_a_price", "budget: {monthly_usd: 5, price: {input: 1}}\n"),
    ("days", "memory:\n  expire_after_days: 0\n"),
];

#[test]
fn errors_have_a_place_and_the_expected_value() {
    let shown: Vec<_> =
        CASES.iter().map(|(name, lines)| format!("## {name}\n\n{}\n", errors(lines))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_file_that_is_not_yaml_has_one_error() {
    let bomb: Vec<String> =
        (1..9).map(|n| format!("x{n}: &x{n} [{}]\n", format!("*x{},", n - 1).repeat(9))).collect();
    let laughs = format!("x0: &x0 ha\n{}", bomb.concat());
    let deep = format!("project: {}", "[".repeat(100_000));
    let huge = "# nothing\n".repeat(100_000);
    let cases: [(&str, &[u8]); 9] = [
        ("syntax", b"project: twin\nregion: [us-east-1\nweb: {}\n"),
        ("tab", b"project: twin\napi:\n\tthrottle: 1\n"),
        ("duplicate", b"project: twin\nregion: us-east-1\nproject: other\n"),
        ("alias", b"project: *twin\n"),
        ("two_documents", b"project: twin\n---\nproject: other\n"),
        ("not_utf8", b"project: twin\nregion: us-east-1 # \xe9\n"),
        ("billion_laughs", laughs.as_bytes()),
        ("deep", deep.as_bytes()),
        ("huge", huge.as_bytes()),
    ];
    let shown = cases.map(|(name, bytes)| {
        let files = Files::of_bytes([("dev.yaml", bytes)]);
        assert_eq!(files.load("dev").unwrap_err().len(), 1, "{name}");
        format!("## {name}\n\n{}\n", files.errors("dev"))
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn invalid_files() {
    let cases: [(&str, &[(&str, &str)]); 8] = [
        ("nothing_but_comments", &[("dev.yaml", "# later\n")]),
        ("a_list", &[("dev.yaml", "- project: twin\n")]),
        ("misnamed", &[("dev.yaml", "project: twin\nregion: us-east-1\nenvironment: prod\n")]),
        ("region", &[("dev.yaml", "project: My Twin\nregion: us-eest-1\nenvironment: dev\n")]),
        ("cycle", &[("base.yaml", "extends: dev.yaml\n"), ("dev.yaml", "extends: ./base.yaml\n")]),
        ("missing_base", &[("base.yaml", ""), ("dev.yaml", "extends: bsae.yaml\n")]),
        (
            "error_in_base",
            &[
                ("base.yaml", "project: twin\nregion: us-east-1\napi:\n  throttle:\n    rate: many\n"),
                ("dev.yaml", "extends: base.yaml\nenvironment: dev\n"),
            ],
        ),
        (
            "windows",
            &[(
                "dev.yaml",
                "project: twin\r\nregion: us-east-1\r\nenvironment: dev\r\nmodle:\r\n  id: x\r\nlog_level: loud\r\n",
            )],
        ),
    ];
    let shown = cases.map(|(name, files)| format!("## {name}\n\n{}\n", Files::new(files).errors("dev")));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn an_unknown_environment_lists_the_known_ones() {
    let files = Files::new(&[("dev.yaml", ""), ("prod.yaml", ""), ("base.yaml", "")]);
    let shown = ["dve", "../dev", "base", "dev.yaml", "environments/prod.yaml", "nothing-like-it"]
        .map(|name| files.errors(name))
        .join("\n");
    insta::assert_snapshot!(shown);
    let nothing = files.shown(&load(Path::new("nowhere"), "dev", &Overrides::default()).unwrap_err());
    assert!(
        nothing.ends_with(
            "help: run `twinctl init` to create environments, or run twinctl in the folder that contains nowhere"
        ),
        "{nothing}"
    );
}

#[test]
fn all_errors_are_found_at_once() {
    let shown = errors(
        "protct: true\nlambda: {timeout_s: 300, memory: 1}\nweb: {title: \"\", suggestions: [\"\", ok, {}]}\nnames: {role: a b}\n",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn generated_bucket_names_are_checked() {
    let text = "project: a-twin-with-a-very-long-name-xx\nenvironment: dress-rehearsal\nregion: us-east-1\n";
    let files = Files::new(&[("dress-rehearsal.yaml", text)]);
    insta::assert_snapshot!(files.errors("dress-rehearsal"));
}

#[test]
fn errors_are_in_color_only_on_request() {
    let errors = Files::new(&[("dev.yaml", "regoin: x\n")]).load("dev").unwrap_err();
    assert!(render(&errors, true).contains('\u{1b}'));
    assert!(!render(&errors, false).contains('\u{1b}'));
}

#[test]
fn errors_have_a_line_and_a_column() {
    let files = Files::new(&[("dev.yaml", "project: twin\nenvironment: dev\nweb:\n  é: 1\n  titel: 2\n")]);
    let locations = locations(&files.load("dev").unwrap_err());
    let found = |column, message: &str| {
        locations.iter().any(|location| {
            let file = location.path.ends_with("dev.yaml");
            file && (location.line, location.column) == (5, column) && location.message.contains(message)
        })
    };
    assert!(found(3, "titel"), "{locations:#?}");
}
