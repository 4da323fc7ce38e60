//! Compares the clock of this machine with the clock of a server.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};

use super::Check;
use crate::{
    system::{
        clock::{self, human_duration},
        exchange,
    },
    targets::aws_access::Login,
};

pub(super) const NAME: &str = "clock";

/// AWS refuses requests that were signed more than five minutes ago or ahead.
const MOST: i64 = 2 * 60;

/// Compares with AWS, without credentials.
pub(super) async fn of_aws(login: &Login) -> Check {
    let sts = || format!("https://sts.{}.amazonaws.com/", login.region);
    check(&login.endpoint_url.clone().unwrap_or_else(sts), "AWS").await
}

/// Sends an unsigned request to `url` and compares the response's date. `whose` names the server.
pub(super) async fn check(url: &str, whose: &str) -> Check {
    let before = clock::now();
    let response = match exchange::send(http::Request::builder().uri(url), Vec::new()).await {
        Ok(response) => response,
        Err(error) => {
            return Check::not_checked(NAME, format!("{url} does not answer: {error}"))
                .advice("check the network; this request uses no proxy");
        }
    };
    match rfc2822::parse(response.header("date")) {
        Ok(date) => verdict(ahead(before, date.timestamp(), clock::now()), whose),
        Err(_) => Check::not_checked(NAME, format!("the response of {whose} has no date")),
    }
}

/// Returns by how many seconds this machine is ahead. The server sent its date between `before` and `after`.
fn ahead(before: Timestamp, date: Timestamp, after: Timestamp) -> i64 {
    let seconds = date.as_second();
    seconds.clamp(before.as_second(), after.as_second()) - seconds
}

fn verdict(ahead: i64, whose: &str) -> Check {
    let length = human_duration(Duration::from_secs(ahead.unsigned_abs()));
    if ahead.abs() <= 1 {
        return Check::ok(NAME, format!("agrees with {whose}"));
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let finding = format!("{length} {direction} {whose}");
    if ahead.abs() <= MOST {
        return Check::ok(NAME, finding);
    }
    Check::problem(
        NAME,
        finding,
        "synchronize it (for example `timedatectl set-ntp true`); AWS refuses requests that are 5 minutes off",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        doctor::Verdict,
        twin::chat::script::{json, twin},
    };

    #[test]
    fn only_a_clock_that_is_minutes_off_is_a_problem() {
        let table = [
            (0, Verdict::Ok, "agrees with AWS"),
            (-1, Verdict::Ok, "agrees with AWS"),
            (45, Verdict::Ok, "45.0 s ahead of AWS"),
            (120, Verdict::Ok, "2 min 0 s ahead of AWS"),
            (121, Verdict::Problem, "2 min 1 s ahead of AWS"),
            (-7200, Verdict::Problem, "2 h 0 min behind AWS"),
        ];
        for (seconds, state, finding) in table {
            let check = verdict(seconds, "AWS");
            assert_eq!((check.state, check.finding.as_str()), (state, finding));
        }
    }

    #[test]
    fn the_time_of_the_request_is_no_difference() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(ahead(at(100), at(103), at(105)), 0);
        assert_eq!(ahead(at(100), at(99), at(105)), 1);
        assert_eq!(ahead(at(100), at(505), at(105)), -400);
    }

    #[tokio::test]
    async fn the_date_of_a_response_is_used() {
        let (endpoint, _) =
            twin(vec![json("403 Forbidden", "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n", "")]).await;
        let check = check(&endpoint.url, "AWS").await;
        assert!(check.is_problem() && check.finding.ends_with(" ahead of AWS"), "{check:?}");
        let (endpoint, _) = twin(vec![json("200 OK", "", "")]).await;
        assert_eq!(super::check(&endpoint.url, "AWS").await.finding, "the response of AWS has no date");
    }
}
