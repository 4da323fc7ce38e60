//! Calls that may be made again, since they read, or delete what is named exactly.

use reconcile::{Backoff, Class, Fault};

use crate::system::clock;

const BACKOFF: Backoff = Backoff::from_millis(250, 4_000, 15_000);
const TRIES: u32 = 6;

/// Calls until there is an answer. What no second call would change is said at once.
pub(crate) async fn patiently<T>(salt: &str, call: impl AsyncFn() -> Result<T, Fault>) -> Result<T, Fault> {
    let mut attempt = 0;
    loop {
        match call().await {
            Err(fault) if attempt + 1 < TRIES && passes(fault.class) => {
                clock::sleep(BACKOFF.delay(attempt, salt)).await;
                attempt += 1;
            }
            ended => return ended,
        }
    }
}

fn passes(class: Class) -> bool {
    matches!(class, Class::Throttled | Class::Unavailable | Class::Busy)
}
