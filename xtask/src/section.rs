//! Runs named sections one after the other and prints a summary of them.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, bail};

/// The error of a section that cannot run here. The summary lists it, but it does not fail the run.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct LeftOut(pub(crate) String);

#[derive(Debug, Default)]
pub(crate) struct Sections(Vec<Section>);

#[derive(Debug)]
struct Section {
    name: String,
    took: Duration,
    error: Option<Error>,
}

impl Sections {
    /// Runs a section. Its error is printed and kept for the summary.
    pub(crate) fn run(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        eprintln!("\n== {name}");
        let started = Instant::now();
        let error = work().err();
        if let Some(error) = &error {
            eprintln!("{error:#}");
        }
        self.0.push(Section { name: name.to_owned(), took: started.elapsed(), error });
    }

    /// Prints the summary. Fails if a section failed.
    pub(crate) fn finish(self) -> Result<()> {
        eprintln!("\n== summary");
        for section in &self.0 {
            eprintln!("{section}");
        }
        let failed: Vec<_> = self
            .0
            .iter()
            .filter(|section| section.verdict() == "FAILED")
            .map(|section| section.name.as_str())
            .collect();
        if failed.is_empty() {
            return Ok(());
        }
        bail!("failed: {}", failed.join(", "))
    }
}

impl Section {
    fn verdict(&self) -> &'static str {
        match &self.error {
            None => "ok",
            Some(error) if error.is::<LeftOut>() => "left out",
            Some(_) => "FAILED",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{:>8}  {:<16} {:>7.1} s", self.verdict(), self.name, self.took.as_secs_f64())?;
        match &self.error {
            Some(error) if error.is::<LeftOut>() => write!(out, "  {error}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fails_only_for_failed_sections() {
        let mut sections = Sections::default();
        sections.run("good", || Ok(()));
        sections.run("unreachable", || Err(LeftOut("no network".to_owned()).into()));
        let lines: Vec<_> = sections.0.iter().map(ToString::to_string).collect();
        assert!(lines[0].starts_with("      ok  good "), "{lines:?}");
        assert!(
            lines[1].starts_with("left out  unreachable ") && lines[1].ends_with("no network"),
            "{lines:?}"
        );
        assert!(sections.finish().is_ok());

        let mut sections = Sections::default();
        sections.run("bad", || bail!("broken"));
        sections.run("good", || Ok(()));
        assert_eq!(sections.finish().unwrap_err().to_string(), "failed: bad");
    }
}
