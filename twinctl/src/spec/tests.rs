//! Whole files, read as a person would have them read.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Environment, Mistake, Model, Overrides, available, load, render};

/// A folder with an `environments` folder of these files.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(name, text)| (*name, text.as_bytes()));
        Self::of_bytes(files)
    }

    fn of_bytes<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("environments");
        fs::create_dir(&dir).unwrap();
        for (name, bytes) in files {
            fs::write(dir.join(name), bytes).unwrap();
        }
        Self(root)
    }

    fn load(&self, name: &str) -> Result<Environment, Vec<Mistake>> {
        self.load_over(name, &Overrides::default())
    }

    fn load_over(&self, name: &str, overrides: &Overrides) -> Result<Environment, Vec<Mistake>> {
        load(&self.0.path().join("environments"), name, overrides)
    }

    /// What a person sees, without the folder that differs in every run.
    fn complaint(&self, name: &str) -> String {
        let mistakes = self.load(name).expect_err("something is wrong");
        self.shown(&mistakes)
    }

    fn shown(&self, mistakes: &[Mistake]) -> String {
        let folder = format!("{}/", self.0.path().display());
        render(mistakes, false).replace(&folder, "")
    }
}

/// The mistakes of a `dev.yaml` with what must be there and `lines`.
fn complaint(lines: &str) -> String {
    let text = format!("project: twin\nenvironment: dev\nregion: us-east-1\n{lines}");
    Files::new(&[("dev.yaml", &text)]).complaint("dev")
}

/// The environment of such a file, with its paths as they are written.
fn dev(lines: &str) -> Environment {
    let text = format!("project: twin\nenvironment: dev\nregion: us-east-1\n{lines}");
    let files = Files::new(&[("dev.yaml", &text)]);
    let mut environment = files
        .load("dev")
        .unwrap_or_else(|mistakes| panic!("{}", files.shown(&mistakes)));
    let root = files.0.path();
    for path in [
        Some(&mut environment.web.bundle),
        environment.web.avatar.as_mut(),
    ] {
        let Some(path) = path else { continue };
        *path = path.strip_prefix(root).unwrap().to_owned();
    }
    environment
}

#[test]
fn shipped_environments_load() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments");
    assert_eq!(available(&dir), ["dev", "prod", "test"]);
    let read = |name: &str| {
        load(&dir, name, &Overrides::default()).unwrap_or_else(|m| panic!("{}", render(&m, false)))
    };
    let figures = |environment: &Environment| {
        let throttle = environment.api.throttle;
        let model = environment.model.full_id(&environment.region).unwrap();
        (model, throttle.burst, throttle.rate, environment.protect)
    };
    assert_eq!(
        figures(&read("dev")),
        ("us.amazon.nova-micro-v1:0".into(), 10, 5, false)
    );
    assert_eq!(
        figures(&read("test")),
        ("us.amazon.nova-micro-v1:0".into(), 10, 5, false)
    );
    assert_eq!(
        figures(&read("prod")),
        ("us.amazon.nova-lite-v1:0".into(), 20, 10, true)
    );
}

#[test]
fn shipped_files_name_their_schema() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments");
    for name in super::files::yaml_files(&dir) {
        let text = fs::read_to_string(dir.join(&name)).unwrap();
        assert!(
            text.starts_with("# yaml-language-server: $schema=schema.json\n"),
            "{name}"
        );
    }
}

#[test]
fn three_fields_are_enough() {
    insta::assert_json_snapshot!(dev(""));
}

#[test]
fn every_field_is_read() {
    insta::assert_json_snapshot!(dev(include_str!("every_field.yaml")));
}

#[test]
fn the_last_word_is_the_files_own_and_then_the_command_lines() {
    let files = Files::new(&[
        (
            "base.yaml",
            "project: twin\nregion: us-east-1\nprofile: own\nmemory: {expire_after_days: 9}\napi: {throttle: {burst: 40, rate: 20}, cors_origins: [\"https://a.example\"]}\n",
        ),
        (
            "eu.yaml",
            "extends: base.yaml\nregion: eu-west-1\napi: {cors_origins: [\"https://b.example\"]}\n",
        ),
        (
            "dev.yaml",
            "extends: eu.yaml\nenvironment: dev\nmemory: {expire_after_days: null}\napi: {throttle: {rate: 5}}\n",
        ),
    ]);
    let read = files.load("dev").unwrap();
    assert_eq!(read.region.as_str(), "eu-west-1");
    assert_eq!(read.profile.as_ref().unwrap().as_str(), "own");
    assert_eq!((read.api.throttle.burst, read.api.throttle.rate), (40, 5));
    assert_eq!(
        read.api
            .cors_origins
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["https://b.example"]
    );
    assert_eq!(read.memory.expire_after_days, None);

    let overrides = Overrides {
        project: Some("other".into()),
        region: Some("ap-south-1".into()),
        profile: Some("work".into()),
    };
    let read = files.load_over("dev", &overrides).unwrap();
    assert_eq!(read.project.as_str(), "other");
    assert_eq!(read.region.as_str(), "ap-south-1");
    assert_eq!(read.profile.unwrap().as_str(), "work");

    let overrides = Overrides {
        region: Some("mars-1".into()),
        ..Overrides::default()
    };
    let mistakes = files.load_over("dev", &overrides).unwrap_err();
    insta::assert_snapshot!(files.shown(&mistakes));
}

#[test]
fn yaml_means_what_is_written() {
    assert_eq!(
        dev("account: 012345678901").account.unwrap().as_str(),
        "012345678901"
    );
    assert_eq!(
        dev("account: \"012345678901\"").account.unwrap().as_str(),
        "012345678901"
    );
    assert_eq!(dev("web: {title: 3.10}").web.title.unwrap(), "3.10");
    assert_eq!(dev("web: {title: no}").web.title.unwrap(), "no");
    assert_eq!(dev("tags: {cost-centre: 0042}").tags["cost-centre"], "0042");
    assert!(dev("protect: true\r\nmodel:\r\n  source: builtin\r\n").protect);
    assert_eq!(dev("model: {source: builtin}").model, Model::Builtin);
    assert_eq!(dev("web: &w {title: Hi}\n").web.title.unwrap(), "Hi");
    let marked = "\u{feff}project: twin\nenvironment: dev\nregion: us-east-1\n";
    assert!(Files::new(&[("dev.yaml", marked)]).load("dev").is_ok());
}

#[test]
fn a_nova_model_gets_the_regions_prefix() {
    let id = |lines: &str, region: &str| {
        let model = dev(lines).model;
        model.full_id(&region.parse().unwrap()).unwrap()
    };
    assert_eq!(id("", "eu-west-1"), "eu.amazon.nova-lite-v1:0");
    assert_eq!(id("", "ap-south-1"), "apac.amazon.nova-lite-v1:0");
    assert_eq!(id("", "sa-east-1"), "amazon.nova-lite-v1:0");
    assert_eq!(id("", "us-gov-west-1"), "amazon.nova-lite-v1:0");
    let global = "model: {id: \"global.amazon.nova-2-lite-v1:0\"}";
    assert_eq!(id(global, "eu-west-1"), "global.amazon.nova-2-lite-v1:0");
    let titan = "model: {id: \"amazon.titan-text-lite-v1\"}";
    assert_eq!(id(titan, "eu-west-1"), "amazon.titan-text-lite-v1");
}

#[test]
fn each_mistake_is_shown_where_it_is_with_what_would_be_right() {
    let cases = [
        ("unknown_field", "api:\n  throttle:\n    brust: 10\n"),
        ("unknown_section", "nonsense:\n  deep: 1\n"),
        (
            "burst_below_rate",
            "api:\n  throttle:\n    burst: 5\n    rate: 50\n",
        ),
        (
            "rate_above_the_default_burst",
            "api: {throttle: {rate: 50}}\n",
        ),
        ("zero_throttle", "api:\n  throttle:\n    burst: 0\n"),
        ("number_in_quotes", "lambda:\n  memory_mb: \"512\"\n"),
        ("number_with_unit", "lambda:\n  timeout_s: 29s\n"),
        ("fraction", "lambda:\n  memory_mb: 256.5\n"),
        ("timeout_too_long", "lambda:\n  timeout_s: 30\n"),
        ("retention", "lambda:\n  log_retention_days: 31\n"),
        ("architecture", "lambda:\n  architecture: arm\n"),
        ("yes", "protect: yes\n"),
        ("text_is_true", "web:\n  title: true\n"),
        ("section_is_text", "lambda: big\n"),
        ("empty_section", "api:\nweb:\n  title: Hi\n"),
        (
            "list_is_text",
            "api:\n  cors_origins: https://example.com\n",
        ),
        ("any_origin", "api:\n  cors_origins: [\"*\"]\n"),
        (
            "origin_with_path",
            "api:\n  cors_origins:\n    - https://example.com/chat/\n",
        ),
        (
            "frame_without_tls",
            "web:\n  frame_ancestors:\n    - http://example.com\n",
        ),
        ("colour", "web:\n  accent: \"3366cc\"\n"),
        ("comment_for_a_colour", "web:\n  accent: #3366cc\n"),
        ("avatar", "web:\n  avatar: me.pdf\n"),
        (
            "long_title",
            "web:\n  title: An extraordinarily long title, that nobody will ever read to its end on any screen\n",
        ),
        ("account", "account: 1234-5678-9012\n"),
        ("role", "assume_role: deployer\n"),
        ("target", "target: local\n"),
        ("openai", "model:\n  source: openai\n"),
        ("short_model", "model:\n  id: nova-lite\n"),
        ("model_abroad", "model:\n  id: eu.amazon.nova-lite-v1:0\n"),
        ("bucket", "names:\n  memory_bucket: My_Bucket\n"),
        ("reserved_bucket", "names:\n  memory_bucket: twin--x-s3\n"),
        (
            "tag_of_aws",
            "tags:\n  aws:owner: me\n  twinctl:project: x\n",
        ),
        ("days", "memory:\n  expire_after_days: 0\n"),
    ];
    let shown = cases.map(|(name, lines)| format!("## {name}\n\n{}\n", complaint(lines)));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn each_file_that_is_not_even_yaml_has_one_mistake() {
    let bomb: Vec<String> = (1..9)
        .map(|n| format!("x{n}: &x{n} [{}]\n", format!("*x{},", n - 1).repeat(9)))
        .collect();
    let laughs = format!("x0: &x0 ha\n{}", bomb.concat());
    let deep = format!("project: {}", "[".repeat(100_000));
    let huge = "# nothing\n".repeat(100_000);
    let cases: [(&str, &[u8]); 9] = [
        ("syntax", b"project: twin\nregion: [us-east-1\nweb: {}\n"),
        ("tab", b"project: twin\napi:\n\tthrottle: 1\n"),
        (
            "duplicate",
            b"project: twin\nregion: us-east-1\nproject: other\n",
        ),
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
        format!("## {name}\n\n{}\n", files.complaint("dev"))
    });
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn whole_files_that_are_wrong() {
    let cases: [(&str, &[(&str, &str)]); 8] = [
        ("nothing_but_comments", &[("dev.yaml", "# later\n")]),
        ("a_list", &[("dev.yaml", "- project: twin\n")]),
        (
            "misnamed",
            &[(
                "dev.yaml",
                "project: twin\nregion: us-east-1\nenvironment: prod\n",
            )],
        ),
        (
            "region",
            &[(
                "dev.yaml",
                "project: My Twin\nregion: us-eest-1\nenvironment: dev\n",
            )],
        ),
        (
            "circle",
            &[
                ("base.yaml", "extends: dev.yaml\n"),
                ("dev.yaml", "extends: ./base.yaml\n"),
            ],
        ),
        (
            "missing_base",
            &[("base.yaml", ""), ("dev.yaml", "extends: bsae.yaml\n")],
        ),
        (
            "mistake_in_base",
            &[
                (
                    "base.yaml",
                    "project: twin\nregion: us-east-1\napi:\n  throttle:\n    rate: many\n",
                ),
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
    let shown =
        cases.map(|(name, files)| format!("## {name}\n\n{}\n", Files::new(files).complaint("dev")));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn an_unknown_environment_comes_with_the_known_ones() {
    let files = Files::new(&[("dev.yaml", ""), ("prod.yaml", ""), ("base.yaml", "")]);
    let shown = ["dve", "../dev", "base"]
        .map(|name| files.complaint(name))
        .join("\n");
    insta::assert_snapshot!(shown);
    let nothing =
        files.shown(&load(Path::new("nowhere"), "dev", &Overrides::default()).unwrap_err());
    assert!(
        nothing.ends_with("help: run twinctl in the folder that holds nowhere"),
        "{nothing}"
    );
}

#[test]
fn all_mistakes_are_found_at_once() {
    let shown = complaint(
        "protct: true\nlambda: {timeout_s: 300, memory: 1}\nweb: {title: \"\", suggestions: [\"\", ok, {}]}\nnames: {role: a b}\n",
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn colour_is_only_there_when_asked_for() {
    let mistakes = Files::new(&[("dev.yaml", "regoin: x\n")])
        .load("dev")
        .unwrap_err();
    assert!(render(&mistakes, true).contains('\u{1b}'));
    assert!(!render(&mistakes, false).contains('\u{1b}'));
}

fn survives(bytes: &[u8]) {
    let files = Files::of_bytes([("dev.yaml", bytes)]);
    if let Err(mistakes) = files.load("dev") {
        let shown = render(&mistakes, false);
        assert!(!shown.is_empty());
        assert!(
            !shown.contains('\u{1b}'),
            "a file can draw on the terminal: {shown}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn no_yaml_is_too_strange(pieces in proptest::collection::vec(
        prop::sample::select(vec![
            "project", "api", "throttle", "burst", "extends", "web", "title", "dev.yaml", ":", ": ", "\n", "  ",
            "- ", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "<<: ", "!!int ", "|\n", "> ", "#", "é", "🦀", "0", "~",
            "\t", "\r\n", "\u{feff}", "---\n", "...", "? ", "%YAML 1.2\n", "project: \"\\e[31m\"\n", "\u{1b}",
        ]), 0..40)) {
        survives(pieces.concat().as_bytes());
    }
}

#[test]
fn generated_bucket_names_fit() {
    let text = "project: a-twin-with-a-very-long-name-xx\nenvironment: dress-rehearsal\nregion: us-east-1\n";
    let files = Files::new(&[("dress-rehearsal.yaml", text)]);
    insta::assert_snapshot!(files.complaint("dress-rehearsal"));
}
