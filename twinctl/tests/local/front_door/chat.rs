//! The API behind the door: answered, streamed, throttled.

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use testbed::wait::until_async;
use twinctl::targets::local::gateway::{GatewaySetup, Throttle};

use super::{
    model::Model,
    place::{Place, setup},
    visitor::until_refused,
};

#[testbed::test]
async fn a_question_is_answered_and_remembered() {
    let place = Place::new();
    let control = place.open().await;
    let visitor = place.visitor();
    let answer = visitor.chat("What is your email?", "abc").await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.json()["response"].as_str().unwrap().contains("ada@example.com"));
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(visitor.get("/api/chat/history/abc").await.json()["messages"].as_array().unwrap().len(), 2);
    assert_eq!(visitor.get("/conversation/abc").await.json()["session_id"], "abc");
    assert!(place.path("memory/abc.json").exists());
    assert_eq!(control.status().await.unwrap().requests.total, 3);
    until_async("the requests are written down", || place.log("requests.log").lines().count() == 3).await;
    let log = place.log("requests.log");
    assert!(log.contains(r#""path":"/conversation/*""#) && !log.contains("abc"), "{log}");
}

async fn next(body: &mut Incoming) -> String {
    let frame = body.frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

/// Reads until it has come.
async fn hear(body: &mut Incoming, word: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(word) {
        heard += &next(body).await;
    }
    heard
}

async fn with_model(place: &Place, model: &Model) {
    let url = format!("http://{}/v1", model.address);
    let settings = [("AI_PROVIDER", "openai"), ("OPENAI_BASE_URL", url.as_str())];
    place.door.write(&place.with_settings("model", &settings)).unwrap();
    place.open().await;
}

#[testbed::test]
async fn words_arrive_as_they_are_said() {
    let (place, model) = (Place::new(), Model::start().await);
    with_model(&place, &model).await;
    model.say("My name is a long one, and I say it slowly. ");
    let mut body = place.visitor().stream("Who are you?").await.into_body();
    // The second word is said only when the first was heard: nothing on the way may wait for more.
    let mut heard = hear(&mut body, "event: session").await;
    for (word, next) in
        [("slowly", "It is Ada. "), ("Ada", "That is all that I have to say. "), ("all that", "")]
    {
        if !heard.contains(word) {
            heard += &hear(&mut body, word).await;
        }
        model.say(next);
    }
    assert!(hear(&mut body, "event: done").await.contains("That is all that I have to say."));
}

#[testbed::test]
async fn when_the_visitor_goes_the_model_is_let_go_too() {
    let (place, mut model) = (Place::new(), Model::start().await);
    with_model(&place, &model).await;
    model.say("I have a lot to say, and it takes a while to say it all. ");
    let mut body = place.visitor().stream("Who are you?").await.into_body();
    next(&mut body).await;
    drop(body);
    model.nobody_listens().await;
}

#[testbed::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let place = Place::new();
    place.door.write(&GatewaySetup { throttle: Throttle { burst: 2, rate: 1 }, ..setup() }).unwrap();
    let control = place.open().await;
    let visitor = place.visitor();
    let refused = until_refused(&visitor).await;
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["code"], "throttled");
    assert_eq!(refused.json()["correlation_id"], refused.header("x-correlation-id"));
    assert_eq!(visitor.get("/").await.status, 200);
    assert!(control.status().await.unwrap().requests.throttled > 0);
    until_async("they are written down", || place.log("requests.log").contains(r#""throttled":true"#)).await;
}

#[testbed::test]
async fn what_is_too_large_is_refused() {
    let place = Place::new();
    place.open().await;
    let visitor = place.visitor();
    let large = visitor.chat(&"x".repeat(200 << 10), "abc").await.unwrap();
    assert_eq!((large.status.as_u16(), &large.json()["code"]), (413, &"body_too_large".into()));
}
