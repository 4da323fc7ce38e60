//! The calls that `twinctl --verbose` reports.

/// One call, as in `iam GetRole: 200 after 243 ms, request ID …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Service and operation, or service, method and address.
    pub(super) what: String,
    /// `None` without a response.
    pub(super) status: Option<u16>,
    /// Whether the response took a minute or longer.
    pub(super) took_minutes: bool,
}

/// The most identical reads that are not counted as polls.
const NEEDED_READS: usize = 2;
/// The lock is taken once and released once. Other writes of the record renew it.
const NEEDED_LOCK_WRITES: usize = 2;
const LOCK_WRITE: &str = "dynamodb UpdateItem";

impl Call {
    /// Parses a line. Other lines of the output are no calls.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (before, after) = line.split_once(" after ")?;
        let (what, outcome) = before.rsplit_once(": ")?;
        let status = outcome.parse().ok();
        let is_call = status.is_some() || outcome == "no response";
        let mut duration = after.split([' ', ',', ':']);
        let is_outcome = duration.next()?.parse::<f64>().is_ok();
        let took_minutes = duration.next() == Some("min");
        (is_call && is_outcome && what.contains(' ')).then(|| Self {
            what: what.to_owned(),
            status,
            took_minutes,
        })
    }

    pub(super) fn all(lines: &[String]) -> Vec<Self> {
        lines.iter().filter_map(|line| Self::parse(line)).collect()
    }

    /// Whether the call changes something.
    pub(super) fn is_write(&self) -> bool {
        const READS: [&str; 8] = ["GET", "HEAD", "Describe", "Filter", "Get", "List", "Query", "Scan"];
        let operation = self.what.split(' ').nth(1).unwrap_or_default();
        !READS.iter().any(|read| operation.starts_with(read))
    }

    pub(super) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status < 300)
    }
}

/// Returns the number of calls without polls, repeated writes and renewals of the lock, which depend on how long AWS
/// takes.
pub(super) fn count(calls: &[Call]) -> usize {
    let counts = |(index, call): &(usize, &Call)| {
        let earlier: Vec<_> = calls[..*index].iter().filter(|earlier| earlier.what == call.what).collect();
        // Otherwise the address names the resource.
        let names_operation = !call.what.contains('/');
        if call.what == LOCK_WRITE {
            earlier.len() < NEEDED_LOCK_WRITES
        } else if call.is_write() {
            names_operation || earlier.last().is_none_or(|earlier| earlier.succeeded())
        } else {
            names_operation || earlier.len() < NEEDED_READS
        }
    };
    calls.iter().enumerate().filter(counts).count()
}

/// Returns the statuses of all calls that contain `what`, in order.
pub(super) fn statuses(calls: &[Call], what: &str) -> Vec<u16> {
    calls.iter().filter(|call| call.what.contains(what)).filter_map(|call| call.status).collect()
}

/// Returns whether a write that contains `first` succeeded before the first write that contains `second`.
pub(super) fn succeeded_before(calls: &[Call], first: &str, second: &str) -> bool {
    let mut writes = calls.iter().filter(|call| call.is_write());
    let second = writes.clone().position(|call| call.what.contains(second));
    let first = writes.position(|call| call.what.contains(first) && call.succeeded());
    first.zip(second).is_some_and(|(first, second)| first < second)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
error: failed after all: nothing is a call
dynamodb UpdateItem: 200 after 7 ms, request ID 5512985c
s3 PUT b.s3.aws/?tagging: 200 after 11 ms, request ID a2343029
lambda PUT lambda.aws/functions/f/aliases/live: no response after 5.0 s: timed out
lambda POST lambda.aws/functions/f/invocations?Qualifier=2: 409 after 9 ms
lambda POST lambda.aws/functions/f/invocations?Qualifier=2: 200 after 9 ms
lambda PUT lambda.aws/functions/f/aliases/live: 200 after 9 ms
cloudfront GET cf.aws/distribution/E: 200 after 9 ms
cloudfront GET cf.aws/distribution/E: 200 after 9 ms
cloudfront GET cf.aws/distribution/E: 200 after 9 ms
dynamodb UpdateItem: 200 after 7 ms
dynamodb UpdateItem: 200 after 7 ms
iam GetRole: 200 after 243 ms
note: the twin answers after 3 s
";

    fn all(log: &str) -> Vec<Call> {
        log.lines().filter_map(Call::parse).collect()
    }

    #[test]
    fn lines_of_calls_are_recognized() {
        let calls = all(LOG);
        assert_eq!(calls.len(), 12);
        assert_eq!(calls.iter().filter(|call| call.is_write()).count(), 8);
        assert_eq!((calls[2].status, calls[3].status), (None, Some(409)));
        assert!(
            Call::parse("iam GetRole: 200 after 1 min 31 s, request ID 1")
                .is_some_and(|call| call.took_minutes)
        );
        assert_eq!(statuses(&calls, "/invocations"), [409, 200]);
    }

    #[test]
    fn polls_and_renewals_are_not_counted() {
        // Two renewals, one poll, the invocation and the alias after a failure.
        assert_eq!(count(&all(LOG)), 12 - 1 - 1 - 2);
    }

    #[test]
    fn reads_of_an_alias_do_not_move_it() {
        let log = "lambda GET l/f/aliases/live: 404 after 1 ms\nlambda POST l/f/invocations: 200 after 1 ms\n\
            lambda POST l/f/aliases/live: 201 after 1 ms\n";
        assert!(succeeded_before(&all(log), "/invocations", "/aliases/live"));
    }

    #[test]
    fn the_order_of_calls_is_that_of_their_success() {
        let calls = all(LOG);
        assert!(
            !succeeded_before(&calls, "/invocations", "/aliases/live"),
            "the first attempt came before the answer"
        );
        assert!(succeeded_before(&calls[3..], "/invocations", "/aliases/live"));
        assert!(!succeeded_before(&calls[..4], "/invocations", "/aliases/live"));
        assert!(!succeeded_before(&calls, "/invocations", "/never"));
    }
}
