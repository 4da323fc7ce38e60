//! The message about an alarm to a webhook: the fields that SNS sends, with a signature by the twin's own key.

use std::time::Duration;

use http::{Request, header::CONTENT_TYPE};
use jiff::Timestamp;
use ring::hmac;
use serde_json::json;
use tokio::{
    sync::{mpsc::UnboundedReceiver, watch},
    time::timeout,
};

use crate::{
    system::{clock, exchange, hash::hex},
    targets::local::gateway::{
        logs::{Level, Logs},
        protocol::{ActiveAlarm, AlarmSetup},
        server::Ending,
    },
};

pub(super) const NOT_NOTIFIED: &str = "the webhook of the alarms was not notified";
const SIGNATURE: &str = "x-twinctl-signature";
const LIMIT: Duration = Duration::from_secs(10);
/// The waits before further attempts.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(10), Duration::from_mins(1)];

/// An alarm that went off or ended.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) name: String,
    pub(super) alarm: ActiveAlarm,
    pub(super) is_on: bool,
}

/// A message to a webhook.
#[derive(Debug)]
pub(super) struct Message {
    alarm: String,
    url: String,
    key: String,
    body: String,
}

/// Sends the messages one after the other, so that the end of an alarm never arrives before its beginning. Returns when the
/// queue is closed and empty.
pub(super) async fn notify_all(
    mut messages: UnboundedReceiver<Message>,
    mut ending: watch::Receiver<Option<Ending>>,
    logs: Logs,
) {
    while let Some(message) = messages.recv().await {
        message.notify(&mut ending, &logs).await;
    }
}

impl Message {
    /// Returns the message about a change, if there is a webhook.
    pub(super) fn about(change: &Change, setup: &AlarmSetup) -> Option<Self> {
        let (url, key) = (setup.webhook.clone()?, setup.key.clone());
        Some(Self { alarm: change.name.clone(), url, key, body: body(setup, change, clock::now()) })
    }

    /// Sends the message until the server accepts it, at most four times. Does not wait between attempts when the gateway ends.
    async fn notify(&self, ending: &mut watch::Receiver<Option<Ending>>, logs: &Logs) {
        let mut waits = WAITS.iter();
        while let Err(why) = self.send().await {
            let Some(wait) = waits.next() else {
                let detail = json!({ "alarm": self.alarm, "reason": why });
                return logs.event(Level::Warn, NOT_NOTIFIED, detail);
            };
            drop(timeout(*wait, ending.wait_for(Option::is_some)).await);
        }
    }

    async fn send(&self) -> Result<(), String> {
        let request = Request::post(&self.url).header(CONTENT_TYPE, "application/json");
        let request = request.header(SIGNATURE, signature(&self.key, clock::now(), &self.body));
        let response = timeout(LIMIT, exchange::send(request, self.body.clone().into_bytes())).await;
        match response.map_err(|_| "it did not respond in time".to_owned())? {
            Ok(response) if (200..300).contains(&response.status) => Ok(()),
            Ok(response) => Err(format!("it responded with {}", response.status)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Returns the time and the signature of time and body, so that a message cannot be sent again later.
fn signature(key: &str, at: Timestamp, body: &str) -> String {
    let (key, at) = (hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), at.as_second());
    let signature = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex(signature.as_ref()))
}

fn body(setup: &AlarmSetup, change: &Change, at: Timestamp) -> String {
    let name = format!("{}-{}", setup.twin, change.name);
    let (new, old) = if change.is_on { ("ALARM", "OK") } else { ("OK", "ALARM") };
    let message = json!({
        "AlarmName": name,
        "NewStateValue": new,
        "OldStateValue": old,
        "NewStateReason": change.alarm.reason,
        "StateChangeTime": at,
    });
    json!({
        "Type": "Notification",
        "MessageId": clock::unique_id(),
        "Subject": format!("{new}: \"{name}\""),
        "Timestamp": at,
        "Message": message.to_string(),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '%s' "1780000000.{}" | openssl dgst -sha256 -hmac key`.
    #[test]
    fn the_signature_is_an_hmac_of_time_and_body() {
        let at = Timestamp::from_second(1_780_000_000).unwrap();
        assert_eq!(
            signature("key", at, "{}"),
            "t=1780000000,v1=91c687852de220478a081e66b99a949dbf2f672c4122086cb089001817d29992"
        );
    }
}
