//! Estimates of whole twins, and how plans change them.

use std::{fs, path::Path};

use contract::models::Provider;
use reconcile::{Action, Change, Plan, Planned};

use super::{change_note, item::Item, *};
use crate::spec::{self, Environment, Overrides};

fn environment(text: &str) -> Environment {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("dev.yaml"), format!("project: ada\nenvironment: dev\n{text}")).unwrap();
    spec::load(folder.path(), "dev", &Overrides::default()).unwrap()
}

const NOVA: &str = "model: { source: bedrock, id: amazon.nova-lite-v1:0 }\n";
const OPENAI: &str = "model: { source: openai, id: gpt-4o-mini }\n";

fn assumed() -> Assumptions {
    Assumptions::new(DataTokens::Measured(5_000))
}

fn estimate(text: &str, assumed: &Assumptions) -> Estimate {
    Estimate::new(&Setup::of(&environment(text)), assumed)
}

fn text(text: &str, region: Option<&str>) -> String {
    estimate(text, &assumed()).text(region, &assumed())
}

#[test]
fn an_estimate_names_services_assumptions_and_the_date_of_prices() {
    let all = format!("region: eu-west-1\n{OPENAI}streaming: true\ndomain: chat.example.com\n");
    insta::assert_snapshot!("all_services", text(&all, Some("eu-west-1")));
    insta::assert_snapshot!("bedrock", text(&format!("region: us-east-1\n{NOVA}"), Some("us-east-1")));
    insta::assert_snapshot!("local", text(&format!("target: local\nregion: us-east-1\n{NOVA}"), None));
}

#[test]
fn a_local_twin_costs_its_model_only() {
    let assumed = assumed();
    let builtin = estimate("target: local\n", &assumed);
    assert!(builtin.items.is_empty() && builtin.model.is_none());
    let nova = estimate(&format!("target: local\nregion: us-east-1\n{NOVA}"), &assumed);
    assert!(nova.items.is_empty() && nova.usd() > 0.0);
    let own =
        "target: local\nmodel: { source: openai, id: llama3.2, base_url: \"http://localhost:11434/v1\" }\n";
    let own = estimate(own, &assumed);
    assert_eq!((own.usd(), own.unpriced_model()), (0.0, None));
    assert!(own.text(None, &assumed).contains("your own model server has no price per token"));
}

#[test]
fn each_turn_of_a_twin_with_a_budget_writes_twice() {
    let aws = format!("region: us-east-1\n{NOVA}");
    let writes = |text: &str| {
        let estimate = estimate(text, &assumed());
        estimate.items.iter().find(|charge| charge.item == Item::DynamoDbWrites).unwrap().quantity
    };
    let more = writes(&format!("{aws}budget: {{ monthly_usd: 5 }}\n")) - writes(&aws);
    assert!((more - 20_000.0).abs() < 1e-6, "{more}");
}

#[test]
fn one_twin_with_all_alarms_stays_within_the_free_allowance() {
    let alarms = "alarms: { daily_tokens: 1000 }\nstreaming: true\nmodel: { source: builtin }\n";
    let estimate = estimate(&format!("region: us-east-1\n{alarms}"), &assumed());
    let cost = |item| {
        let charge = estimate.items.iter().find(|charge| charge.item == item).unwrap();
        format!("{} {:.2} {:.2}", charge.quantity, charge.usd(), charge.full_usd())
    };
    assert_eq!(cost(Item::Alarms), "10 0.00 1.00");
    assert_eq!(cost(Item::Dashboards), "1 0.00 3.00");
    assert_eq!(cost(Item::Metrics), "10 0.00 3.00");
}

#[test]
fn later_turns_of_a_conversation_read_the_prompt_cache() {
    let text = format!("region: us-east-1\n{NOVA}");
    let usd = |turns_per_conversation| {
        let assumed = Assumptions { turns_per_conversation, ..assumed() };
        estimate(&text, &assumed).model.unwrap().usd.unwrap()
    };
    // 6,200 input tokens at 6 cents per million, of which 5,000 are cached at 1.5 cents, and 200 output tokens at 24.
    assert_eq!(format!("{:.3} {:.3}", usd(1), usd(10_000)), "4.200 1.950");
    assert_eq!(format!("{:.3}", usd(5)), "2.400", "a fifth of the turns is the first of its conversation");
    let small = Assumptions { data_tokens: DataTokens::Chosen(999), ..assumed() };
    assert_eq!(estimate(&text, &small).model.unwrap().cached, 0, "Nova caches from 1,000 tokens on");
}

#[test]
fn only_usage_above_a_free_allowance_is_charged() {
    let assumed = Assumptions { turns: 1_000, ..assumed() };
    let usd = |assumed: &Assumptions, item| {
        let estimate = estimate("region: us-east-1\nmodel: { source: builtin }\n", assumed);
        let charge = *estimate.items.iter().find(|charge| charge.item == item).unwrap();
        (charge.usd(), charge.full_usd())
    };
    let (free, full) = usd(&assumed, Item::LambdaArm);
    assert!(free == 0.0 && full > 0.0);
    let many = Assumptions { turns: 1_000_000, ..assumed };
    let (paid, full) = usd(&many, Item::LambdaArm);
    assert!((full - paid - 400e3 * 13.3334e-6).abs() < 1e-9, "{full} - {paid}");
    assert!(usd(&many, Item::Metrics).0 == 0.0, "seven metrics are within the free ten");
}

#[test]
fn versions_of_a_conversation_are_limited_by_its_turns() {
    let storage = |turns, turns_per_conversation| {
        let assumed = Assumptions { turns, turns_per_conversation, ..assumed() };
        let estimate = estimate("region: us-east-1\nmodel: { source: builtin }\n", &assumed);
        let text = estimate.text(Some("us-east-1"), &assumed);
        assert_eq!(text.contains("in 1 conversation of "), assumed.conversations() == 1, "{text}");
        estimate.items.iter().find(|charge| charge.item == Item::S3Storage).unwrap().quantity
    };
    assert_eq!(storage(100, 1_000_000_000).to_bits(), storage(100, 100).to_bits());
    assert_eq!(storage(10_000, 10_000).to_bits(), storage(10_000, 100).to_bits(), "200 messages");
    assert!(storage(10_000, 100) > storage(10_000, 5));
}

#[test]
fn a_region_without_known_prices_uses_those_of_another_with_a_note() {
    let assumed = assumed();
    let there = estimate("region: ap-south-1\nmodel: { source: builtin }\n", &assumed);
    let here = estimate("region: us-east-1\nmodel: { source: builtin }\n", &assumed);
    assert_eq!(there.usd().to_bits(), here.usd().to_bits());
    let text = there.text(Some("ap-south-1"), &assumed);
    assert!(
        text.contains("does not know the prices of ap-south-1; it uses those of us-east-1 for Lambda"),
        "{text}"
    );
    assert!(!here.text(Some("us-east-1"), &assumed).contains("does not know"));
}

#[test]
fn json_has_the_source_of_each_price() {
    let all = format!("region: eu-west-1\n{OPENAI}domain: chat.example.com\n");
    let json = estimate(&all, &assumed()).json(Some("eu-west-1"), &assumed());
    let items = json["items"].as_array().unwrap();
    assert!(items.len() > 15, "{json}");
    for item in items {
        assert!(item["source"].as_str().unwrap().starts_with("https://"), "{item}");
        assert!(item["usd_per_unit"].as_f64().unwrap() > 0.0, "{item}");
    }
    let sum: f64 =
        json["services"].as_array().unwrap().iter().map(|line| line["usd"].as_f64().unwrap()).sum();
    assert!((sum - json["usd"].as_f64().unwrap()).abs() < 0.01, "{json}");
}

fn update(node: &'static str, action: Action, changes: &[(&str, Option<&str>, Option<&str>)]) -> Planned {
    let text = |text: Option<&str>| text.map(ToOwned::to_owned);
    let changes =
        changes.iter().map(|(field, old, new)| Change::new(*field, text(*old), text(*new))).collect();
    Planned { node, physical_name: None, action, changes, after: vec![] }
}

fn note(environment: &Environment, nodes: Vec<Planned>) -> Option<String> {
    change_note(environment, &Plan { nodes }, Some(5_000))
}

#[test]
fn a_change_of_model_streaming_or_memory_changes_the_estimate() {
    let now =
        environment(&format!("region: us-east-1\n{NOVA}lambda: {{ memory_mb: 1024 }}\nstreaming: true\n"));
    let model =
        ("environment.BEDROCK_MODEL_ID", Some("us.amazon.nova-micro-v1:0"), Some("us.amazon.nova-lite-v1:0"));
    let memory = ("memory_mb", Some("512"), Some("1024"));
    let function = |changes: &[_]| update("function", Action::Update, changes);
    let stream = update("stream api", Action::Create, &[]);
    let all = [
        note(&now, vec![function(&[model])]),
        note(&now, vec![function(&[memory])]),
        note(&now, vec![update("function", Action::Keep, &[]), stream.clone()]),
        note(&now, vec![function(&[model, memory]), stream]),
    ];
    insta::assert_snapshot!(all.map(Option::unwrap).join("\n"));
}

#[test]
fn a_dashboard_an_alarm_for_tokens_and_a_domain_change_the_estimate() {
    let now = environment(&format!(
        "region: us-east-1\n{NOVA}alarms: {{ daily_tokens: 1000 }}\ndomain: chat.ada.example\n"
    ));
    let without = environment(&format!("region: us-east-1\n{NOVA}alarms: {{ dashboard: false }}\n"));
    let kept = || update("function", Action::Keep, &[]);
    let tokens = |old, new| update("alarms", Action::Update, &[("tokens.Threshold", old, new)]);
    let all = [
        note(&now, vec![kept(), update("dashboard", Action::Create, &[])]),
        note(&without, vec![kept(), update("dashboard", Action::Delete, &[])]),
        note(&now, vec![kept(), tokens(None, Some("1000"))]),
        note(&without, vec![kept(), tokens(Some("1000"), None)]),
        note(&now, vec![kept(), update("domain", Action::Create, &[])]),
        note(
            &now,
            vec![kept(), update("alarms", Action::Create, &[]), update("dashboard", Action::Create, &[])],
        ),
        note(
            &without,
            vec![kept(), update("alarms", Action::Update, &[("duration.Threshold", Some("1"), Some("2"))])],
        ),
    ];
    insta::assert_snapshot!(all.map(Option::unwrap_or_default).join("\n"));
}

#[test]
fn other_changes_and_new_twins_have_no_note() {
    let now = environment(&format!("region: us-east-1\n{NOVA}"));
    let level = ("environment.LOG_LEVEL", Some("INFO"), Some("DEBUG"));
    assert_eq!(note(&now, vec![update("function", Action::Update, &[level])]), None);
    let model = ("environment.BEDROCK_MODEL_ID", None, Some("us.amazon.nova-lite-v1:0"));
    assert_eq!(note(&now, vec![update("function", Action::Create, &[model])]), None);
    // A function of another tool, whose model is in a variable of another name.
    let taken_over =
        [("environment.AI_PROVIDER", None, Some("bedrock")), model, ("memory_mb", Some("512"), Some("128"))];
    assert_eq!(note(&now, vec![update("function", Action::Update, &taken_over)]), None);
}

#[test]
fn a_model_without_a_known_price_is_named() {
    let now = environment("region: us-east-1\nmodel: { source: bedrock, id: new.model-9 }\n");
    let model = ("environment.BEDROCK_MODEL_ID", Some("us.amazon.nova-lite-v1:0"), Some("new.model-9"));
    let note = note(&now, vec![update("function", Action::Update, &[model])]).unwrap();
    assert_eq!(note, "the cost changes, but twinctl does not know the price of new.model-9");
    let assumed = assumed();
    let text = Estimate::new(&Setup::of(&now), &assumed).text(Some("us-east-1"), &assumed);
    assert!(text.contains("Bedrock ") && text.contains(" unknown "), "{text}");
}

#[test]
fn a_local_twin_that_gets_another_model_has_a_note() {
    let now = environment(&format!("target: local\n{OPENAI}"));
    let before = ("settings.OPENAI_MODEL", Some("gpt-4o"), Some("gpt-4o-mini"));
    let note = note(&now, vec![update("backend", Action::Update, &[before])]).unwrap();
    assert!(note.starts_with("the estimated cost changes from $") && !note.contains("free"), "{note}");
}

#[test]
fn the_provider_of_a_model_follows_from_its_base_url() {
    let groq = "target: local\nmodel: { source: openai, id: openai/gpt-oss-20b, base_url: \"https://api.groq.com/openai/v1\" }\n";
    let setup = Setup::of(&environment(groq));
    assert_eq!(setup.model, Some((Provider::Groq, "openai/gpt-oss-20b".to_owned())));
}

/// A visit loads one language, and no icons except the small one.
#[test]
fn a_visit_of_the_page_is_as_large_as_assumed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../twin-web/dist");
    let folders = [page.clone(), page.join("assets")];
    let files =
        folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let loaded =
        files.filter(|path| path.is_file() && path.extension().is_some_and(|ending| ending != "png"));
    let bytes: u64 = loaded.map(|path| path.metadata().unwrap().len()).sum();
    assert!((60_000..140_000).contains(&bytes), "{bytes}: change the size of a visit in the estimate");
}
