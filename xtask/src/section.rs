//! A run in sections: each is announced and timed, all are run, and a summary closes it.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

#[derive(Debug, Default)]
pub(crate) struct Sections(Vec<Section>);

#[derive(Debug)]
struct Section {
    name: &'static str,
    took: Duration,
    error: Option<anyhow::Error>,
}

impl Sections {
    pub(crate) fn run(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        eprintln!("\n== {name}");
        let started = Instant::now();
        let error = work().err();
        if let Some(error) = &error {
            eprintln!("{error:#}");
        }
        self.0.push(Section { name, took: started.elapsed(), error });
    }

    /// Prints the summary; an error when any section had one.
    pub(crate) fn finish(self) -> Result<()> {
        eprintln!("\n== summary");
        for Section { name, took, error } in &self.0 {
            let verdict = if error.is_some() { "FAILED" } else { "ok" };
            eprintln!("{verdict:>6}  {name:<14} {:>7.1} s", took.as_secs_f64());
        }
        let failed: Vec<_> =
            self.0.iter().filter(|section| section.error.is_some()).map(|section| section.name).collect();
        if failed.is_empty() {
            return Ok(());
        }
        bail!("failed: {}", failed.join(", "))
    }
}
