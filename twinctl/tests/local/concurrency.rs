//! Two deploys at the same time.

use std::thread;

use super::twin::{Twin, chat};

#[testbed::test]
fn two_deploys_at_once_leave_a_working_twin() {
    let twin = Twin::new();
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| twin.deploy());
        let second = scope.spawn(|| twin.deploy());
        (first.join().unwrap(), second.join().unwrap())
    });
    let codes = [first.code, second.code];
    assert!(codes.contains(&Some(0)), "{first:?}\n{second:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 4))), "{first:?}\n{second:?}");
    let url = twin.deploy().exits_with(0).url().to_owned();
    assert_eq!(chat(&url, "Who are you?").status, 200);
}
