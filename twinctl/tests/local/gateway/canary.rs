//! A second backend: which conversations it gets, and how their answers are counted.

use testbed::wait;
use twinctl::targets::local::gateway::{CanaryStep, Secrets};

use super::test_gateway::TestGateway;

#[testbed::test]
async fn a_conversation_stays_with_its_backend_and_both_count_their_answers() {
    let gateway = TestGateway::new();
    let control = gateway.open().await;
    let begin = CanaryStep::Begin {
        setup: Box::new(gateway.with_settings("second", &[("PROMPT_SCOPE", "any")])),
        secrets: Secrets::default(),
        percent: 50,
        ask: true,
    };
    // The response may be lost, so the request may be repeated.
    for _ in 0..2 {
        control.canary(&begin).await.unwrap();
    }
    let visitor = gateway.visitor();
    let counts = async || {
        let canary = control.status().await.unwrap().backend.unwrap().canary.unwrap();
        let json = serde_json::to_value(canary).unwrap();
        ["old", "new"].map(|side| json[side]["durations"].as_array().unwrap().len())
    };
    let mut sides = [0; 2];
    for number in 0..20 {
        let id = format!("conversation-{number}");
        let before = counts().await;
        for _ in 0..3 {
            assert_eq!(visitor.chat("Who are you?", &id).await.unwrap().status, 200);
        }
        let answered = wait::for_value_async("the answers are counted", async || {
            let now = counts().await;
            Some([now[0] - before[0], now[1] - before[1]]).filter(|new| new[0] + new[1] == 3)
        })
        .await;
        assert!(answered.contains(&3), "{id}: {answered:?}");
        sides[usize::from(answered[1] == 3)] += 1;
    }
    assert!(sides[0] > 0 && sides[1] > 0, "{sides:?}");
    control.canary(&CanaryStep::Check { ask: false }).await.unwrap();
    control.canary(&CanaryStep::End).await.unwrap();
    control.canary(&CanaryStep::End).await.unwrap();
    control.canary(&CanaryStep::Check { ask: false }).await.unwrap_err();
    let backend = control.status().await.unwrap().backend.unwrap();
    assert_eq!((backend.fingerprint.as_str(), backend.canary), ("first", None));
}
