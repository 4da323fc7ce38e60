//! The access logs that earlier versions wrote to the function's log group. Their lines contain paths, and a path may contain
//! the id of a conversation, which gives access to it.

use reconcile::Fault;

use crate::targets::aws::{Cloud, SdkResult};

const MISSING: &[&str] = &["ResourceNotFoundException"];
/// The format while the old logs are being deleted. It differs from the desired one, so a run that was killed meanwhile is
/// continued by the next one.
pub(super) const INTERIM_FORMAT: &str =
    r#"{"requestId":"$context.requestId","method":"$context.httpMethod","status":"$context.status"}"#;

/// Deletes the streams of `group` that Lambda has not created.
pub(super) async fn delete_streams(cloud: &Cloud, group: &str) -> Result<(), Fault> {
    let streams = cloud.logs.describe_log_streams().log_group_name(group).into_paginator().items();
    let streams = streams.send().collect::<Result<Vec<_>, _>>().await;
    let streams = streams.found("logs:DescribeLogStreams", MISSING)?.unwrap_or_default();
    for name in streams.into_iter().filter_map(|stream| stream.log_stream_name) {
        if !is_of_function(&name) {
            let delete = cloud.logs.delete_log_stream().log_group_name(group).log_stream_name(name);
            delete.send().await.done("logs:DeleteLogStream", MISSING)?;
        }
    }
    Ok(())
}

/// Returns whether Lambda has created a stream: `2026/11/29/[1]…`, or `2026/11/29/function[1]…` in a group with another name.
fn is_of_function(stream: &str) -> bool {
    let is_date = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'/');
    stream.split_at_checked(11).is_some_and(|(date, rest)| is_date(date) && rest.contains('['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_the_function_are_recognized() {
        for (stream, expected) in [
            ("2026/11/29/[$LATEST]0123456789abcdef", true),
            ("2026/11/29/twin-dev-api[7]0123456789abcdef", true),
            ("0123456789abcdef0123456789abcdef", false),
            ("$default-2026-11-29-05-00-00", false),
            ("é/é/é/é/é/é", false),
            ("", false),
        ] {
            assert_eq!(is_of_function(stream), expected, "{stream}");
        }
    }
}
