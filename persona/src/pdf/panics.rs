//! Catches panics of code that panics on bad input, and hides their messages.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static HIDDEN: Cell<bool> = const { Cell::new(false) };
}

/// Calls `risky`, and returns `None` if it panicked. Panics of other threads are printed as usual.
pub(super) fn catch<T>(risky: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = take_hook();
        set_hook(Box::new(move |panic| {
            if !HIDDEN.get() {
                print(panic);
            }
        }));
    });
    HIDDEN.set(true);
    // Nothing that the code has changed is used after a panic.
    let result = catch_unwind(AssertUnwindSafe(risky));
    HIDDEN.set(false);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_returns_none() {
        assert_eq!(catch(|| 3), Some(3));
        assert_eq!(catch(|| -> i32 { panic!("bad bytes") }), None);
        assert!(!HIDDEN.get());
    }
}
