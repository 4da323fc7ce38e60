//! Tests with complete environment files.

mod errors;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::words::{ModelId, Region};
use super::{
    DataSource, Environment, Model, Names, Overrides, SpecError, available, load, load_deployed, render,
};

/// A temporary folder with an `environments` folder.
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

    fn load(&self, name: &str) -> Result<Environment, Vec<SpecError>> {
        self.load_over(name, &Overrides::default())
    }

    fn load_over(&self, name: &str, overrides: &Overrides) -> Result<Environment, Vec<SpecError>> {
        load(&self.0.path().join("environments"), name, overrides)
    }

    /// Returns the printed errors, without the path of the temporary folder.
    fn errors(&self, name: &str) -> String {
        let errors = self.load(name).expect_err("the file is invalid");
        self.shown(&errors)
    }

    fn shown(&self, errors: &[SpecError]) -> String {
        let folder = format!("{}/", self.0.path().display());
        render(errors, false).replace(&folder, "")
    }
}

/// Returns the environment of a minimal file with `lines` added. Its paths are relative, as in the file.
fn dev(lines: &str) -> Environment {
    let text = format!("project: twin\nenvironment: dev\nregion: us-east-1\n{lines}");
    let files = Files::new(&[("dev.yaml", &text)]);
    let mut environment = files.load("dev").unwrap_or_else(|errors| panic!("{}", files.shown(&errors)));
    let root = files.0.path();
    if let DataSource::Default(folder) | DataSource::Folder(folder) = &mut environment.data.from {
        *folder = folder.strip_prefix(root).unwrap().to_owned();
    }
    let (web, local) = (&mut environment.web, &mut environment.local);
    let optional = [&mut web.avatar, &mut local.data, &mut local.memory, &mut environment.data.key_file];
    for path in std::iter::once(&mut web.bundle).chain(optional.into_iter().flatten()) {
        *path = path.strip_prefix(root).unwrap().to_owned();
    }
    environment
}

#[test]
fn shipped_environments_load() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments");
    assert_eq!(available(&dir), ["dev", "local", "prod", "test"]);
    let read = |name: &str| {
        load(&dir, name, &Overrides::default()).unwrap_or_else(|m| panic!("{}", render(&m, false)))
    };
    let figures = |environment: &Environment| {
        let throttle = environment.api.throttle;
        let model = environment.model.full_id(&environment.region).unwrap();
        (model, throttle.burst, throttle.rate, environment.protect)
    };
    assert_eq!(figures(&read("dev")), ("us.amazon.nova-micro-v1:0".into(), 10, 5, false));
    assert_eq!(figures(&read("test")), ("us.amazon.nova-micro-v1:0".into(), 10, 5, false));
    assert_eq!(figures(&read("prod")), ("us.amazon.nova-micro-v1:0".into(), 20, 10, true));
}

#[test]
fn shipped_environments_refer_to_the_schema() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments");
    for name in super::folder::yaml_files(&dir) {
        let text = fs::read_to_string(dir.join(&name)).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema=schema.json\n"), "{name}");
    }
}

#[test]
fn three_fields_are_required() {
    insta::assert_json_snapshot!(dev(""));
}

#[test]
fn the_target_decides_the_default_model() {
    let model = |lines: &str| dev(lines).model;
    assert_eq!(model("target: local\n"), Model::Builtin);
    assert!(matches!(model("target: local\nmodel: {source: bedrock}\n"), Model::Bedrock(_)));
    assert!(matches!(model(""), Model::Bedrock(_)));
    let ollama =
        "target: local\nmodel: {source: openai, id: llama3.2, base_url: \"http://localhost:11434/v1\"}\n";
    let Model::OpenAi { id, base_url: Some(url) } = model(ollama) else { panic!("{:?}", model(ollama)) };
    assert_eq!((id.as_str(), url.as_str()), ("llama3.2", "http://localhost:11434/v1"));
}

#[test]
fn openai_without_a_model_is_the_default_and_a_named_model_stays() {
    let model = |lines: &str| dev(lines).model;
    let openai = |id: &str| Model::OpenAi { id: id.to_owned(), base_url: None };
    assert_eq!(model("model: {source: openai}\n"), openai(contract::models::OPENAI_DEFAULT));
    assert_eq!(model("model: {source: openai, id: gpt-4o-mini}\n"), openai("gpt-4o-mini"));
}

#[test]
fn only_aws_needs_a_region() {
    let local = "project: twin\nenvironment: home\ntarget: local\n";
    let files = Files::new(&[("home.yaml", local)]);
    assert_eq!(files.load("home").unwrap().target, super::Target::Local);
    let aws = Files::new(&[("home.yaml", "project: twin\nenvironment: home\n")]);
    assert!(aws.errors("home").contains("`region` is missing"));
}

#[test]
fn every_field_is_read() {
    insta::assert_json_snapshot!(dev(include_str!("every_field.yaml")));
}

#[test]
fn a_file_overrides_what_it_extends_and_options_override_the_file() {
    let files = Files::new(&[
        (
            "base.yaml",
            "project: twin\nregion: us-east-1\nprofile: own\nmemory: {expire_after_days: 9}\napi: {throttle: {burst: 40, rate: 20}, cors_origins: [\"https://a.example\"]}\n",
        ),
        ("eu.yaml", "extends: base.yaml\nregion: eu-west-1\napi: {cors_origins: [\"https://b.example\"]}\n"),
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
        read.api.cors_origins.iter().map(ToString::to_string).collect::<Vec<_>>(),
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

    let overrides = Overrides { region: Some("mars-1".into()), ..Overrides::default() };
    let errors = files.load_over("dev", &overrides).unwrap_err();
    insta::assert_snapshot!(files.shown(&errors));
}

#[test]
fn yaml_values_are_read_as_written() {
    assert_eq!(dev("account: 012345678901").account.unwrap().as_str(), "012345678901");
    assert_eq!(dev("account: \"012345678901\"").account.unwrap().as_str(), "012345678901");
    assert_eq!(dev("web: {title: 3.10}").web.title.unwrap(), "3.10");
    assert_eq!(dev("web: {title: no}").web.title.unwrap(), "no");
    assert_eq!(dev("tags: {cost-center: 0042}").tags["cost-center"], "0042");
    assert!(dev("protect: true\r\nmodel:\r\n  source: builtin\r\n").protect);
    assert_eq!(dev("model: {source: builtin}").model, Model::Builtin);
    assert_eq!(dev("web: &w {title: Hi}\n").web.title.unwrap(), "Hi");
    let marked = "\u{feff}project: twin\nenvironment: dev\nregion: us-east-1\n";
    assert!(Files::new(&[("dev.yaml", marked)]).load("dev").is_ok());
}

#[test]
fn a_nova_model_gets_the_regions_prefix() {
    let id = |lines: &str, region: &str| {
        let text = format!("project: twin\nenvironment: dev\nregion: {region}\n{lines}");
        let environment = Files::new(&[("dev.yaml", &text)]).load("dev").unwrap();
        environment.model.full_id(&environment.region).unwrap()
    };
    let other = "model: {id: \"global.amazon.nova-2-lite-v1:0\"}";
    assert_eq!(id(other, "eu-west-1"), "global.amazon.nova-2-lite-v1:0");
    let titan = "model: {id: \"amazon.titan-text-lite-v1\"}";
    assert_eq!(id(titan, "eu-west-1"), "amazon.titan-text-lite-v1");
    let newer = "model: {id: \"amazon.nova-9-lite-v1:0\"}";
    assert_eq!(id(newer, "ap-south-1"), "apac.amazon.nova-9-lite-v1:0");
    let models = ["micro-v1:0", "lite-v1:0", "2-lite-v1:0", "pro-v1:0"];
    let rows = super::rules::aws::REGIONS.split_whitespace().map(|region| {
        let ids = models.map(|model| id(&format!("model: {{id: \"amazon.nova-{model}\"}}"), region));
        format!("{region:15} {:32} {}\n", id("", region), ids.join(" "))
    });
    insta::assert_snapshot!(rows.collect::<String>());
}

#[test]
fn a_prefix_of_other_regions_is_an_error_with_the_right_id() {
    let help = |id: &str, region: &str| {
        let (id, region): (ModelId, Region) = (id.parse().unwrap(), region.parse().unwrap());
        id.wrong_prefix(&region).map(|(_, right)| right)
    };
    let table = [
        ("eu.anthropic.claude-x", "us-east-1", Some("us.anthropic.claude-x")),
        ("us.amazon.nova-2-lite-v1:0", "ap-northeast-1", Some("jp.amazon.nova-2-lite-v1:0")),
        ("jp.amazon.nova-2-lite-v1:0", "ap-south-1", Some("global.amazon.nova-2-lite-v1:0")),
        ("au.anthropic.claude-x", "eu-west-1", Some("eu.anthropic.claude-x")),
        ("ca.amazon.nova-lite-v1:0", "us-east-1", Some("us.amazon.nova-lite-v1:0")),
        ("ca.amazon.nova-lite-v1:0", "ca-central-1", None),
        ("us.amazon.nova-2-lite-v1:0", "ca-central-1", None),
        ("au.anthropic.claude-x", "ap-southeast-4", None),
        ("eu.amazon.nova-lite-v1:0", "il-central-1", None),
        ("apac.amazon.nova-lite-v1:0", "me-central-1", None),
    ];
    for (id, region, right) in table {
        assert_eq!(help(id, region).as_deref(), right, "{id} in {region}");
    }
}

/// Checks that loading these bytes succeeds, or fails with errors that are safe to print.
fn loads_or_fails(bytes: &[u8]) {
    let files = Files::of_bytes([("dev.yaml", bytes)]);
    if let Err(errors) = files.load("dev") {
        let shown = render(&errors, false);
        assert!(!shown.is_empty());
        assert!(!shown.contains('\u{1b}'), "an error contains an escape sequence: {shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        loads_or_fails(&bytes);
    }

    #[test]
    fn any_yaml_is_read_without_a_panic(pieces in proptest::collection::vec(
        prop::sample::select(vec![
            "project", "api", "throttle", "burst", "extends", "web", "title", "dev.yaml", ":", ": ", "\n", "  ",
            "- ", "[", "]", "{", "}", "\"", "'", "&a ", "*a", "<<: ", "!!int ", "|\n", "> ", "#", "é", "🦀", "0", "~",
            "\t", "\r\n", "\u{feff}", "---\n", "...", "? ", "%YAML 1.2\n", "project: \"\\e[31m\"\n", "\u{1b}",
        ]), 0..40)) {
        loads_or_fails(pieces.concat().as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Every address to which a twin on AWS or its alarms send data, and every page that embeds the twin, uses TLS.
    #[test]
    fn https_only(
        host in "[a-z]{1,12}(\\.[a-z]{1,12}){1,3}(:[1-9][0-9]{0,3})?",
        path in "[a-z0-9]{0,8}(/[a-z0-9]{1,8})?",
        scheme in prop::sample::select(vec!["https", "http"]),
        setting in prop::sample::select(vec![
            "alarms: {webhook: \"URL\"}\n",
            "model: {source: openai, id: m, base_url: \"URL\"}\n",
            "web: {frame_ancestors: [\"ORIGIN\"]}\n",
        ]),
    ) {
        let origin = format!("{scheme}://{host}");
        let setting = setting.replace("URL", &format!("{origin}/{path}")).replace("ORIGIN", &origin);
        let text = format!("project: twin\nenvironment: dev\nregion: us-east-1\n{setting}");
        let loaded = Files::new(&[("dev.yaml", &text)]).load("dev");
        prop_assert_eq!(loaded.is_ok(), scheme == "https", "{}", setting);
    }
}

/// A twin that an earlier version of twinctl deployed must remain usable.
#[test]
fn only_deployments_refuse_a_model_server_without_tls() {
    let folder = TempDir::with_prefix("twinctl-test-").unwrap();
    let text = "project: twin\nenvironment: dev\nregion: us-east-1\n\
                model: {source: openai, id: m, base_url: \"http://models.example/v1\"}\n";
    fs::write(folder.path().join("dev.yaml"), text).unwrap();
    let overrides = Overrides::default();
    let errors = load(folder.path(), "dev", &overrides).unwrap_err();
    assert!(errors[0].message.ends_with("without TLS"), "{errors:?}");
    assert!(load_deployed(folder.path(), "dev", &overrides).is_ok());
    fs::write(folder.path().join("dev.yaml"), format!("{text}preview: pull_request\n")).unwrap();
    assert!(load(folder.path(), "pr-7", &overrides).is_ok(), "previews use the built-in model");
    fs::write(folder.path().join("dev.yaml"), format!("{text}tags: 1\n")).unwrap();
    assert_eq!(load_deployed(folder.path(), "dev", &overrides).unwrap_err().len(), 1);
}

#[test]
fn a_pull_request_has_the_settings_of_the_file_with_preview() {
    let folder = TempDir::with_prefix("twinctl-test-").unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("base.yaml", "project: twin\nregion: eu-west-1\n");
    let settings = "extends: base.yaml\nenvironment: dev\npreview: pull_request\nstreaming: true\n\
                    domain: chat.example.com\nnames: {function: mine}\nmodel: {source: openai, id: gpt-4o-mini}\n";
    write("dev.yaml", settings);
    write("prod.yaml", "extends: base.yaml\nenvironment: prod\n");
    let read = |name: &str| load(folder.path(), name, &Overrides::default());
    let preview = read("pr-7").unwrap();
    assert_eq!((preview.name.as_str(), preview.streaming, &preview.domain), ("pr-7", true, &None));
    assert_eq!((&preview.names, &preview.model), (&Names::default(), &Model::Builtin));
    assert_eq!((preview.ttl, preview.data.from), ("3d".parse().ok(), DataSource::Sample));
    assert!(read("pr-07").is_err() && read("pr-x").is_err() && read("pr-").is_err());

    write("dev.yaml", "extends: base.yaml\nenvironment: dev\n");
    assert!(read("pr-7").is_err(), "no file has previews");
}
