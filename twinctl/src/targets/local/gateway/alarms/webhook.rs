//! The message about an alarm to a webhook: the fields that SNS sends, with a signature by the twin's own key.

use std::time::Duration;

use http::{Request, header::CONTENT_TYPE};
use jiff::Timestamp;
use ring::hmac;
use serde_json::json;
use tokio::time::timeout;

use crate::{
    system::{clock, exchange, hash::hex},
    targets::local::gateway::{
        logs::{Level, Logs},
        protocol::{ActiveAlarm, AlarmSetup},
    },
};

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

/// Sends the message until the server accepts it, at most four times.
pub(super) async fn notify(url: &str, setup: &AlarmSetup, change: &Change, logs: &Logs) {
    let body = body(setup, change, clock::now());
    let mut waits = WAITS.iter();
    while let Err(why) = send(url, setup, &body).await {
        let Some(wait) = waits.next() else {
            let detail = json!({ "alarm": change.name, "reason": why });
            return logs.event(Level::Warn, "the webhook of the alarms was not notified", detail);
        };
        clock::sleep(*wait).await;
    }
}

async fn send(url: &str, setup: &AlarmSetup, body: &str) -> Result<(), String> {
    let request = Request::post(url).header(CONTENT_TYPE, "application/json");
    let request = request.header(SIGNATURE, signature(&setup.key, clock::now(), body));
    let response = timeout(LIMIT, exchange::send(request, body.as_bytes().to_vec())).await;
    match response.map_err(|_| "it did not respond in time".to_owned())? {
        Ok(response) if (200..300).contains(&response.status) => Ok(()),
        Ok(response) => Err(format!("it responded with {}", response.status)),
        Err(error) => Err(error.to_string()),
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
