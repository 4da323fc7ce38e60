//! The lines of turns in the function's log group, read with Logs Insights. `FilterLogEvents` would be free, but each of its
//! responses covers a megabyte of the log, whether lines match or not, so that a busy month needs hundreds of calls.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::{QueryStatus, ResultField};
use jiff::Timestamp;
use reconcile::{Class, Fault};

use crate::{
    system::clock,
    targets::aws::{Cloud, SdkResult},
    twin::logs::{LogLine, TurnLog},
};

const QUERY: &str =
    r#"fields @timestamp, @message | filter @message like /"route":"chat"/ | sort @timestamp desc"#;
/// The most lines that AWS returns for a query, of which a response contains at most a tenth.
const LINES: usize = 100_000;
/// Most queries are done after the first pause.
const PAUSES: [Duration; 7] = [
    Duration::from_millis(700),
    Duration::from_millis(1_300),
    Duration::from_secs(3),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(20),
    Duration::from_secs(20),
];
const MISSING: &[&str] = &["ResourceNotFoundException"];

/// Starts a query for the turns since `since`, and returns its ID. Returns `None` if the log group does not exist.
pub(super) async fn start_query(
    cloud: &Cloud,
    group: &str,
    since: Timestamp,
) -> Result<Option<String>, Fault> {
    let query = cloud.logs.start_query().log_group_name(group).query_string(QUERY);
    let query = query.start_time(since.as_second()).end_time(clock::now().as_second());
    let started = query.limit(i32::try_from(LINES).unwrap_or(i32::MAX)).send().await;
    Ok(started.found("logs:StartQuery", MISSING)?.and_then(|started| started.query_id))
}

/// Waits until the query is done, and returns its lines.
pub(super) async fn query_lines(cloud: &Cloud, query: &str) -> Result<TurnLog, Fault> {
    let mut pauses = PAUSES.iter();
    let (mut lines, mut next): (Vec<LogLine>, Option<String>) = (Vec::new(), None);
    loop {
        if next.is_none() {
            let Some(pause) = pauses.next() else {
                return Err(Fault::new(
                    Class::Unavailable,
                    "the query of the logs takes longer than a minute",
                ));
            };
            clock::sleep(*pause).await;
        }
        let request = cloud.logs.get_query_results().query_id(query).set_next_token(next.take());
        let page = request.send().await.fault("logs:GetQueryResults")?;
        match &page.status {
            Some(QueryStatus::Complete) => lines.extend(page.results().iter().map(|row| line(row))),
            None | Some(QueryStatus::Running | QueryStatus::Scheduled) => continue,
            Some(status) => {
                return Err(Fault::new(
                    Class::Refused,
                    format!("the log query ended with the status {status}"),
                ));
            }
        }
        next = page.next_token;
        if next.is_none() {
            let is_complete = lines.len() < LINES;
            return Ok(TurnLog { lines, is_complete, kept_since: None });
        }
    }
}

fn line(row: &[ResultField]) -> LogLine {
    let field =
        |name: &str| row.iter().find(|field| field.field() == Some(name)).and_then(ResultField::value);
    // `2026-11-29 21:40:00.123`, in UTC.
    let at = field("@timestamp").and_then(|at| format!("{}Z", at.replace(' ', "T")).parse().ok());
    LogLine::parse(field("@message").unwrap_or_default(), at)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::targets::aws::script::{Reply, Script, json_error, ok};

    fn page(status: &str, lines: &[&str], next: Option<&str>) -> Reply {
        let row = |line: &&str| {
            json!([
                { "field": "@timestamp", "value": "2026-11-29 21:40:00.123" },
                { "field": "@message", "value": line },
                { "field": "@ptr", "value": "x" },
            ])
        };
        let rows: Vec<Value> = lines.iter().map(row).collect();
        ok(&json!({ "status": status, "results": rows, "nextToken": next }).to_string())
    }

    async fn lines(replies: impl IntoIterator<Item = Reply>) -> (Result<Vec<String>, Fault>, usize) {
        let script = Script::new().on("GetQueryResults", replies);
        let read = query_lines(&script.cloud(), "id").await;
        (read.map(|log| log.lines.iter().map(LogLine::json).collect()), script.log().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_running_query_is_read_again_and_all_pages_of_a_finished_one() {
        let replies = [
            page("Scheduled", &[], None),
            page("Running", &[r#"{"n":0}"#], None),
            page("Complete", &[r#"{"n":1}"#], Some("more")),
            page("Complete", &[r#"{"n":2}"#], None),
        ];
        let (read, calls) = lines(replies).await;
        assert_eq!((read.unwrap(), calls), (vec![r#"{"n":1}"#.to_owned(), r#"{"n":2}"#.to_owned()], 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_query_that_fails_or_never_ends_is_an_error() {
        let (failed, calls) = lines([page("Failed", &[], None)]).await;
        assert_eq!(
            (failed.unwrap_err().to_string(), calls),
            ("the log query ended with the status Failed".to_owned(), 1)
        );
        let endless = (0..PAUSES.len()).map(|_| page("Running", &[], None));
        let (endless, calls) = lines(endless).await;
        assert_eq!((endless.unwrap_err().class, calls), (Class::Unavailable, PAUSES.len()));
    }

    #[tokio::test]
    async fn a_missing_log_group_has_no_query() {
        let missing = json_error(400, "ResourceNotFoundException", "no group");
        let denied = json_error(400, "AccessDeniedException", "no");
        let script = Script::new().on("StartQuery", [missing, denied, ok(r#"{"queryId":"q"}"#)]);
        let cloud = script.cloud();
        let start = || start_query(&cloud, "/twin", Timestamp::UNIX_EPOCH);
        assert_eq!(start().await.unwrap(), None);
        assert_eq!(start().await.unwrap_err().class, Class::Denied);
        assert_eq!(start().await.unwrap().as_deref(), Some("q"));
    }

    #[test]
    fn a_row_has_a_time_and_a_message() {
        let field = |name: &str, value: &str| ResultField::builder().field(name).value(value).build();
        let row = [field("@timestamp", "2026-11-29 21:40:00.123"), field("@message", r#"{"route":"chat"}"#)];
        let line = line(&row);
        assert_eq!(line.at.unwrap().to_string(), "2026-11-29T21:40:00.123Z");
        assert_eq!(line.json(), r#"{"route":"chat"}"#);
    }
}
