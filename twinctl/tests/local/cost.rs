//! `cost` of a local twin, from the size of its data files.

use serde_json::Value;

use crate::twin::Twin;

#[testbed::test]
fn a_local_twin_costs_its_model_for_the_measured_data_files() {
    let twin = Twin::new();
    let builtin = twin.run(&["cost", "local"]).exits_with(0).stdout;
    assert!(builtin.contains("total  $0.00  a month"), "{builtin}");
    twin.add_to_environment("model: { source: openai, id: gpt-4o }\n");
    let json = twin.run(&["cost", "local", "--json", "--turns", "100"]).exits_with(0).stdout;
    let estimate: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(estimate["assumptions"]["data_tokens"]["source"], "measured", "{estimate}");
    assert!(estimate["items"].as_array().unwrap().is_empty() && estimate["usd"].as_f64().unwrap() > 0.0);
    let chosen = twin.run(&["cost", "local", "--data-tokens", "7000"]).exits_with(0).stdout;
    assert!(chosen.contains("7,000 tokens of data files, as --data-tokens says"), "{chosen}");
    twin.run(&["cost", "local", "--turns", "0"]).exits_with(2).reports("0 is not in 1..=1000000000");
}
