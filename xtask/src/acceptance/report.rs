//! The report of a run, as Markdown and as JSON. It can be published.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::finding::{Finding, Verdict};
use super::redact::Redacted;

#[derive(Debug)]
pub(super) struct Report {
    /// The date of the run, in UTC.
    pub(super) date: String,
    /// The commit of this workspace.
    pub(super) commit: String,
    /// An AWS region, or the emulator.
    pub(super) place: String,
    pub(super) seconds: u64,
    pub(super) findings: Vec<Finding>,
    /// Resources that the run left behind.
    pub(super) left: Vec<Redacted>,
}

impl Report {
    /// Writes `path` and, beside it, the same report as JSON. Returns both paths.
    pub(super) fn write(&self, path: &Path) -> Result<[PathBuf; 2]> {
        let paths = [path.to_owned(), path.with_extension("json")];
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let texts = [self.markdown(), format!("{:#}\n", self.json())];
        for (path, text) in paths.iter().zip(texts) {
            fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))?;
        }
        Ok(paths)
    }

    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }

    pub(super) fn summary(&self) -> String {
        let counts = [Verdict::Confirmed, Verdict::Contradicted, Verdict::NotTested]
            .map(|verdict| format!("{} {}", self.count(verdict), verdict.words()));
        counts.join(", ")
    }

    fn markdown(&self) -> String {
        let Self { date, commit, place, seconds, .. } = self;
        let mut text = format!(
            "# Acceptance of twinctl\n\n{date} · {place} · commit {commit} · {} min\n\n{}\n",
            seconds / 60,
            self.summary()
        );
        for verdict in [Verdict::Contradicted, Verdict::Confirmed, Verdict::NotTested] {
            self.add_section(&mut text, verdict);
        }
        if !self.left.is_empty() {
            let lines: Vec<_> = self.left.iter().map(|line| format!("- {line}\n")).collect();
            let _ = write!(text, "\n## Left behind\n\n{}", lines.concat());
        }
        text
    }

    fn add_section(&self, text: &mut String, verdict: Verdict) {
        let findings = self.findings.iter().filter(|finding| finding.verdict == verdict);
        let findings: Vec<_> = findings.collect();
        let Some(first) = verdict.words().get(..1).filter(|_| !findings.is_empty()) else { return };
        let column = if verdict == Verdict::NotTested { "reason" } else { "evidence" };
        let title = first.to_uppercase() + &verdict.words()[1..];
        let _ = write!(text, "\n## {title}\n\n| step | assumption | {column} |\n|---|---|---|\n");
        for Finding { assumption, evidence, .. } in findings {
            // A cell ends at a vertical line, and HTML would be rendered.
            let evidence = evidence.to_string().replace('|', "\\|").replace('<', "&lt;");
            let _ = writeln!(text, "| `{}` | {} | {evidence} |", assumption.step().name(), assumption.text());
        }
    }

    fn json(&self) -> Value {
        let findings = self.findings.iter().map(|finding| {
            json!({
                "assumption": finding.assumption.name(),
                "step": finding.assumption.step().name(),
                "text": finding.assumption.text(),
                "verdict": finding.verdict,
                "evidence": finding.evidence,
            })
        });
        json!({
            "version": 1,
            "date": self.date,
            "commit": self.commit,
            "place": self.place,
            "seconds": self.seconds,
            "findings": findings.collect::<Vec<_>>(),
            "left": self.left,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::assumption::Assumption;
    use crate::acceptance::finding::Findings;

    fn report() -> Report {
        let mut findings = Findings::default();
        findings.redactor.add_private("ada");
        findings.record(Assumption::FirstDeploy, true, "created in 203.4 s for Ada, account 123456789012");
        findings.record(
            Assumption::Answer,
            false,
            "exit code 8 | `https://d123.cloudfront.net` answers <b> 502",
        );
        findings.not_tested(Assumption::PausedDeploy, "interrupted");
        Report {
            date: "2026-11-29".to_owned(),
            commit: "2e4426e".to_owned(),
            place: "eu-west-1".to_owned(),
            seconds: 2_400,
            left: vec![findings.redactor.redact("bucket twinctl-check-acceptance-data-123456789012")],
            findings: findings.in_order(),
        }
    }

    #[test]
    fn markdown_lists_contradictions_first_and_reveals_nothing() {
        insta::assert_snapshot!(report().markdown());
    }

    #[test]
    fn json_has_the_same_findings() {
        insta::assert_snapshot!(format!("{:#}", report().json()));
    }

    #[test]
    fn both_files_are_written_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let [markdown, json] = report().write(&folder.path().join("new/report.md")).unwrap();
        assert!(fs::read_to_string(markdown).unwrap().starts_with("# Acceptance of twinctl\n"));
        let json: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
        assert_eq!(json["findings"].as_array().unwrap().len(), 3);
    }
}
