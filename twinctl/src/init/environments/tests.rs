//! Tests that the written environment files can be loaded and contain the answers.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::init::data_files::Data;
use crate::init::existing::Memory;
use crate::init::terraform::Terraform;
use crate::spec::{Environment, Model as SpecModel, Overrides, load, render};

fn answers() -> Answers {
    Answers {
        owner: crate::init::answers::Owner::default(),
        project: "ada-example".parse().ok(),
        model: Some(Model::Builtin),
        region: "eu-west-1".parse().ok(),
        wants_aws: false,
    }
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
}

/// A twin with Terraform, its own data folder and memory.
fn twin() -> Existing {
    let base = settings(&[
        ("project", "twin"),
        ("model.id", "amazon.nova-pro-v1:0"),
        ("api.throttle.burst", "30"),
        ("api.throttle.rate", "15"),
        ("lambda.timeout_s", "20"),
    ]);
    let mut prod = base.clone();
    prod.extend(settings(&[
        ("model.id", "amazon.nova-premier-v1:0"),
        ("lambda.timeout_s", "25"),
        ("region", "us-west-2"),
    ]));
    let environments = [("prod".to_owned(), prod), ("staging".to_owned(), base.clone())].into();
    Existing {
        data: Some(Data { folder: PathBuf::from("backend/data"), ..Data::default() }),
        memory: Some(Memory { folder: PathBuf::from("memory"), conversations: 3 }),
        terraform: Some(Terraform { base, environments, ..Terraform::default() }),
        ..Existing::default()
    }
}

/// Writes all files and returns a function that loads one.
fn loaded(answers: &Answers, found: &Existing) -> impl Fn(&str) -> Environment + use<> {
    let root = tempfile::tempdir().unwrap();
    let files = all(answers, found);
    for file in &files {
        fs::write(root.path().join(format!("{}.yaml", file.name)), &file.text).unwrap();
    }
    move |name| {
        load(root.path(), name, &Overrides::default())
            .unwrap_or_else(|errors| panic!("{}", render(&errors, false)))
    }
}

fn text(name: &str, answers: &Answers, found: &Existing) -> String {
    all(answers, found).into_iter().find(|file| file.name == name).unwrap().text
}

#[test]
fn a_new_twin_gets_the_shipped_files_with_its_own_name() {
    let load = loaded(&answers(), &Existing::default());
    for name in ["local", "dev", "test", "prod"] {
        let environment = load(name);
        assert_eq!(environment.project.as_str(), "ada-example", "{name}");
        assert_eq!(environment.region.as_str(), "eu-west-1", "{name}");
    }
    assert_eq!(load("local").model, SpecModel::Builtin);
    let differing = |name: &str, shipped: &str| {
        let text = text(name, &answers(), &Existing::default());
        text.lines().zip(shipped.lines()).filter(|(new, old)| new != old).count()
    };
    for (name, shipped) in SHIPPED {
        assert_eq!(differing(name, shipped), if name == "base" { 3 } else { 0 }, "{name}");
    }
}

/// An update of a clone must not turn it on for environments that exist.
#[test]
fn only_new_environment_files_stream() {
    assert!(loaded(&answers(), &Existing::default())("dev").streaming);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../environments");
    for name in ["dev", "test", "prod"] {
        assert!(!load(Path::new(shipped), name, &Overrides::default()).unwrap().streaming, "{name}");
    }
}

#[test]
fn the_chosen_model_is_set_for_the_local_twin() {
    let model = |model: Model| {
        let answers = Answers { model: Some(model), ..answers() };
        let load = loaded(&answers, &Existing::default());
        // The model on AWS is set separately.
        assert!(matches!(load("dev").model, SpecModel::Bedrock(_)));
        (text("local", &answers, &Existing::default()), load("local").model)
    };
    assert!(
        matches!(model(Model::Bedrock).1, SpecModel::Bedrock(id) if id.as_str() == "eu.amazon.nova-micro-v1:0")
    );
    let base_url = Some("http://localhost:11434/v1".parse().unwrap());
    let (text, openai) = model(Model::OpenAi { id: "3.2".parse().unwrap(), base_url });
    assert!(matches!(openai, SpecModel::OpenAi { id, .. } if id == "3.2"));
    insta::assert_snapshot!(text);
}

#[test]
fn an_existing_twin_is_taken_over() {
    let load = loaded(&answers(), &twin());
    let figures = |name: &str| {
        let environment = load(name);
        let throttle = environment.api.throttle;
        let model = environment.model.full_id(&environment.region);
        (environment.region.to_string(), model, throttle.burst, throttle.rate, environment.lambda.timeout_s)
    };
    let (region, pro) = ("eu-west-1".to_owned(), Some("eu.amazon.nova-pro-v1:0".to_owned()));
    assert_eq!(figures("dev"), (region.clone(), pro.clone(), 30, 15, 20));
    assert_eq!(figures("test"), (region.clone(), pro, 30, 15, 20));
    let premier = Some("us.amazon.nova-premier-v1:0".to_owned());
    assert_eq!(figures("prod"), ("us-west-2".to_owned(), premier, 30, 15, 25));
    assert!(load("local").local.memory.unwrap().ends_with("memory"));
    for name in ["local", "dev", "prod"] {
        assert!(load(name).data.from.folder().unwrap().ends_with("backend/data"), "{name}");
        assert_eq!(load(name).project.as_str(), "ada-example");
    }
    assert_eq!(unknown(&twin()), ["staging"]);
    insta::assert_snapshot!(
        ["base", "dev", "prod"].map(|name| text(name, &answers(), &twin())).join("\n---\n")
    );
}

#[test]
fn found_conversations_get_no_expiry() {
    let memory = Existing { terraform: None, ..twin() };
    let terraform = Existing { memory: None, ..twin() };
    for found in [memory, terraform] {
        let load = loaded(&answers(), &found);
        assert!(
            ["local", "dev", "test", "prod"].iter().all(|name| load(name).memory.expire_after_days.is_none())
        );
        assert!(text("base", &answers(), &found).contains("#   expire_after_days: 365"));
    }
    assert_eq!(loaded(&answers(), &Existing::default())("local").memory.expire_after_days, Some(365));
}
