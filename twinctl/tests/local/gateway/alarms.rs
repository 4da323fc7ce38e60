//! Alarms: what a webhook receives, and what the status and the log contain.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::mpsc,
    thread,
};

use ring::hmac;
use serde_json::Value;
use testbed::{process, wait};
use twinctl::targets::local::gateway::{AlarmSetup, GatewaySetup, Secrets};

use super::test_gateway::{TestGateway, setup};

const KEY: &str = "key of the webhook";
/// No model listens on this port.
const BROKEN: [(&str, &str); 3] =
    [("AI_PROVIDER", "openai"), ("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"), ("OPENAI_MODEL", "m")];

/// A message to the webhook: its signature and its body.
type Message = (String, String);

/// Starts a webhook that refuses the first message, and accepts all others. Returns the messages that it refuses and accepts.
fn webhook() -> (String, mpsc::Receiver<Message>, mpsc::Receiver<Message>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/alarms", listener.local_addr().unwrap());
    let ((refused, refusals), (sender, received)) = (mpsc::channel(), mpsc::channel());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut signature) = (0, String::new());
            for line in reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()) {
                match line.split_once(": ") {
                    Some(("content-length", value)) => length = value.parse().unwrap(),
                    Some(("x-twinctl-signature", value)) => value.clone_into(&mut signature),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = if number == 0 { "503 Busy" } else { "204 Done" };
            let mut stream = stream;
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            let sender = if number == 0 { &refused } else { &sender };
            drop(sender.send((signature, String::from_utf8(body).unwrap())));
        }
    });
    (url, refusals, received)
}

/// Returns the name and the new value of an alarm, after it has checked the signature.
fn read((signature, body): Message) -> (String, String) {
    let (time, signature) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes());
    let byte = |at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap();
    let bytes: Vec<_> = (0..signature.len()).step_by(2).map(byte).collect();
    hmac::verify(&key, format!("{time}.{body}").as_bytes(), &bytes).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["Type"], "Notification");
    let message: Value = serde_json::from_str(body["Message"].as_str().unwrap()).unwrap();
    let text = |name: &str| message[name].as_str().unwrap().to_owned();
    (text("AlarmName"), text("NewStateValue"))
}

/// Creates a gateway with a webhook, in whose log an earlier process has reported alarms.
fn after_alarms(names: &[&str], url: String) -> TestGateway {
    let gateway = TestGateway::new();
    let alarms = AlarmSetup {
        twin: "ada-local".to_owned(),
        webhook: Some(url),
        key: KEY.to_owned(),
        daily_tokens: None,
    };
    gateway.twin_folder.write(&GatewaySetup { alarms: Some(alarms), ..setup() }).unwrap();
    let line = |name| {
        format!(
            r#"{{"timestamp":"2026-01-01T00:00:00Z","level":"warn","message":"an alarm went off","from":"gateway","detail":{{"alarm":"{name}","reason":"r"}}}}"#
        ) + "\n"
    };
    fs::create_dir(gateway.path("logs")).unwrap();
    fs::write(gateway.path("logs/twin.log"), names.iter().map(line).collect::<String>()).unwrap();
    gateway
}

/// The webhook refuses the first message, which is sent again after a second.
#[testbed::test]
async fn messages_arrive_in_their_order_also_if_the_gateway_stops_meanwhile() {
    for stops in [true, false] {
        let (url, refused, received) = webhook();
        let gateway = after_alarms(&["duration", "tokens"], url);
        let control = gateway.open().await;
        assert_eq!(read(refused.recv_timeout(wait::LIMIT).unwrap()).0, "ada-local-duration");
        if stops {
            control.stop().await.unwrap();
        }
        let names = [(); 2].map(|()| read(received.recv_timeout(wait::LIMIT).unwrap()).0);
        assert_eq!(names, ["ada-local-duration", "ada-local-tokens"], "stops: {stops}");
    }
}

#[testbed::test]
async fn alarms_go_off_and_end_once_in_log_status_and_webhook_also_after_a_restart() {
    let (url, _, received) = webhook();
    let gateway = after_alarms(&["duration"], url);
    gateway.twin_folder.write(&gateway.with_settings("broken", &BROKEN)).unwrap();
    let control = gateway.open().await;
    let next = || read(received.recv_timeout(wait::LIMIT).unwrap());
    assert_eq!(next(), ("ada-local-duration".to_owned(), "OK".to_owned()));

    assert!(gateway.visitor().chat("Who are you?", "a").await.unwrap().status.is_server_error());
    let mut names: Vec<_> = (0..3).map(|_| next()).collect();
    names.sort();
    let expected = ["api-5xx", "function-errors", "model-errors"];
    assert_eq!(names, expected.map(|name| (format!("ada-local-{name}"), "ALARM".to_owned())));
    let on = control.status().await.unwrap().alarms;
    assert_eq!(on.keys().collect::<Vec<_>>(), expected);

    process::kill(control.running().process.pid);
    let control = gateway.open().await;
    let known = async || control.status().await.unwrap().alarms.keys().eq(on.keys()).then_some(());
    wait::for_value_async("the alarms are known", known).await;
    let log = gateway.log("twin.log");
    assert_eq!(log.matches("an alarm went off").count(), 1 + expected.len(), "{log}");
    assert_eq!(log.matches("an alarm ended").count(), 1, "{log}");
    assert!(received.try_recv().is_err());
}

#[testbed::test]
async fn without_alarms_none_goes_off_until_a_reload_sets_them() {
    let gateway = TestGateway::new();
    gateway.twin_folder.write(&gateway.with_settings("broken", &BROKEN)).unwrap();
    let control = gateway.open().await;
    assert!(gateway.visitor().chat("Who are you?", "a").await.unwrap().status.is_server_error());
    assert!(control.status().await.unwrap().alarms.is_empty());
    let alarms = AlarmSetup { twin: "a".to_owned(), webhook: None, key: KEY.to_owned(), daily_tokens: None };
    gateway.twin_folder.write(&GatewaySetup { alarms: Some(alarms), ..setup() }).unwrap();
    control.reload(Secrets::default()).await.unwrap();
    let is_on = async || control.status().await.unwrap().alarms.contains_key("model-errors").then_some(());
    wait::for_value_async("the alarm is on", is_on).await;
    gateway.twin_folder.write(&setup()).unwrap();
    control.reload(Secrets::default()).await.unwrap();
    let is_off = async || control.status().await.unwrap().alarms.is_empty().then_some(());
    wait::for_value_async("the alarms are off", is_off).await;
}
