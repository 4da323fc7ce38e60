//! Two deploys at once.

use std::thread;

use super::home::{Home, chat};

#[testbed::test]
fn of_two_deploys_one_waits_or_is_told_who_holds_the_lock() {
    let home = Home::new();
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| home.deploy());
        let second = scope.spawn(|| home.deploy());
        (first.join().unwrap(), second.join().unwrap())
    });
    let codes = [first.code, second.code];
    assert!(codes.contains(&Some(0)), "{first:?}\n{second:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 4))), "{first:?}\n{second:?}");
    let url = home.deploy().exits_with(0).url().to_owned();
    assert_eq!(chat(&url, "Who are you?").status, 200);
}
