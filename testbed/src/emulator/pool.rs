//! Emulators that tests use one after the other, because a reset is much faster than a start.

use std::{
    ops::Deref,
    rc::Rc,
    sync::{Mutex, PoisonError},
};

use super::{Auth, Emulator};

static IDLE: Mutex<Vec<Emulator>> = Mutex::new(Vec::new());

/// An emulator that no other test uses at the same time. Dropping it resets it, and makes it available to the next
/// test.
#[derive(Debug)]
pub struct Exclusive(Option<Emulator>);

impl Deref for Exclusive {
    type Target = Emulator;

    fn deref(&self) -> &Emulator {
        self.0.as_ref().expect("an emulator until it is dropped")
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        // If the reset fails, the emulator is stopped instead.
        let clean = self.0.take().filter(|emulator| emulator.reset_for_next_test().is_ok());
        IDLE.lock().unwrap_or_else(PoisonError::into_inner).extend(clean);
    }
}

/// Returns an idle emulator, or starts one.
pub fn exclusive(auth: Auth) -> Exclusive {
    let idle = {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        let index = idle.iter().position(|emulator| emulator.auth == auth);
        index.map(|index| idle.swap_remove(index))
    };
    let started = || Emulator::start(auth).unwrap_or_else(|error| panic!("{error:#}"));
    Exclusive(Some(idle.unwrap_or_else(started)))
}

/// Returns the emulator of the running test. Each sandbox has a separate account in it.
pub fn of_this_test() -> Rc<Exclusive> {
    // Each test runs in a separate thread.
    thread_local! {
        static EMULATOR: Rc<Exclusive> = Rc::new(exclusive(Auth::Open));
    }
    EMULATOR.with(Rc::clone)
}
