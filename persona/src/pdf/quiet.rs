//! Calls code that panics on bad input: the caller gets nothing, and nobody sees the message.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Answers `None` where the code panicked. Panics of other threads are told as ever.
pub(super) fn call<T>(risky: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                told(panic);
            }
        }));
    });
    QUIET.set(true);
    // What the code was doing is thrown away with it.
    let done = catch_unwind(AssertUnwindSafe(risky));
    QUIET.set(false);
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing() {
        assert_eq!(call(|| 3), Some(3));
        assert_eq!(call(|| -> i32 { panic!("bad bytes") }), None);
        assert!(!QUIET.get());
    }
}
