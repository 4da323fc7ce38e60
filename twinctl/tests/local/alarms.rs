//! Alarms in the environment file of a local twin, its status and its log. `gateway/alarms.rs` tests the webhook.

use testbed::{
    model_server::{FIRST, ModelServer},
    wait,
};

use super::twin::{ENVIRONMENT_FILE, Twin, chat};

#[testbed::test]
fn an_alarm_is_reported_until_the_file_no_longer_has_alarms() {
    let server = ModelServer::start("127.0.0.1");
    let twin = Twin::new();
    twin.write(".env", format!("OPENAI_API_KEY={FIRST}\n"));
    twin.add_to_environment(&format!(
        "model: {{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}\nrelease: {{ ask: false }}\n",
        server.address
    ));
    let plain = twin.read(ENVIRONMENT_FILE);
    twin.add_to_environment("alarms: { email: ada@ada.example }\n");
    twin.deploy().exits_with(3).reports("`alarms.email` requires `target: aws`");

    twin.write(ENVIRONMENT_FILE, format!("{plain}alarms: {{ daily_tokens: 1240 }}\n"));
    let url = twin.deploy().exits_with(0).url().to_owned();
    twin.run(&["status", "local"]).exits_with(0);
    assert_eq!(twin.status()["gateway"]["alarms"], serde_json::json!({}));
    // The stand-in reports 1,241 tokens for each answer.
    assert_eq!(chat(&url, "Who are you?").status, 200);
    wait::until("the alarm is on", || twin.status()["gateway"]["alarms"]["tokens"].is_object());
    let status = twin.run(&["status", "local"]).exits_with(0);
    status.reports("the alarm `tokens` went off");
    status.reports("1241 tokens today, more than 1240");
    let log = || twin.run(&["logs", "local"]).exits_with(0).stdout;
    wait::until("the log has the alarm", || log().contains("an alarm went off · alarm=tokens"));

    let set = |alarms: &str| {
        twin.write(ENVIRONMENT_FILE, format!("{plain}{alarms}"));
        twin.deploy().exits_with(0).reports("gateway: updated");
    };
    set("alarms: { daily_tokens: 5000 }\n");
    let times = |what: &str| log().matches(what).count();
    wait::until("the alarm ends", || times("an alarm ended · alarm=tokens") == 1);
    set("alarms: { daily_tokens: 1240 }\n");
    wait::until("the alarm is on again", || times("an alarm went off · alarm=tokens") == 2);
    set("");
    wait::until("an alarm that is no longer watched ends", || times("an alarm ended · alarm=tokens") == 2);
    let key = || {
        let outputs = twin.run(&["outputs", "local", "--all"]).exits_with(0).stdout;
        outputs.lines().find(|line| line.contains("webhook_key")).map(ToOwned::to_owned)
    };
    assert_eq!(key(), None);
    let webhook = "alarms: { webhook: \"https://ada.example/alarms\" }\n";
    set(webhook);
    let first = key();
    assert!(first.is_some());
    set("");
    assert_eq!(key(), None);
    set(webhook);
    assert_eq!(key(), first, "the key stays");
}
