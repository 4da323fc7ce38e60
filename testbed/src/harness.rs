//! A test harness like the standard one. It reports a test that cannot run on this machine as ignored, with the
//! reason.

use std::{
    panic::resume_unwind,
    process::ExitCode,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::needs::{Mode, Need};

pub use inventory::submit;

/// The timeout of a test. The slowest test takes one to two minutes.
const LIMIT: Duration = Duration::from_mins(30);

/// A function marked `#[testbed::test]`.
#[derive(Debug)]
pub struct Test {
    /// The path of the function, which starts with the crate.
    pub name: &'static str,
    pub needs: &'static [Need],
    pub run: fn(),
}

inventory::collect!(Test);

/// The `main` of a test binary: runs every test in it.
pub fn main() -> ExitCode {
    let mode = Mode::read();
    let mut tests: Vec<_> = inventory::iter::<Test>().collect();
    tests.sort_by_key(|test| test.name);
    let trials = tests.into_iter().map(|test| test.trial(mode)).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

impl Test {
    fn trial(&'static self, mode: Mode) -> Trial {
        let name = self.name.split_once("::").map_or(self.name, |(_, path)| path);
        Trial::ignorable_test(name, move || {
            let missing = self.needs.iter().find_map(|need| Some((need.missing(mode)?, need.is_optional)));
            match (missing, mode) {
                (None, _) => self.run(name),
                (Some((reason, false)), Mode::All) => Err(Failed::from(reason)),
                (Some((reason, _)), _) => Ok(Completion::ignored_with(reason)),
            }
        })
    }

    /// Runs the test in a thread with its name, which a panic prints.
    fn run(&self, name: &str) -> Result<Completion, Failed> {
        let (running, exited) = mpsc::channel::<()>();
        let run = self.run;
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _running = running;
            run();
        })?;
        if exited.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            return Err(Failed::from(format!("still running after {} minutes", LIMIT.as_secs() / 60)));
        }
        match thread.join() {
            Ok(()) => Ok(Completion::Completed),
            Err(panic) => resume_unwind(panic),
        }
    }
}

pub fn block_on(test: impl Future<Output = ()>) {
    runtime(false).block_on(test);
}

pub fn block_on_with_paused_clock(test: impl Future<Output = ()>) {
    runtime(true).block_on(test);
}

fn runtime(paused: bool) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(paused).build().unwrap()
}
