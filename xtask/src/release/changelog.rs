//! The notes of a release: its section of CHANGELOG.md, and how to install it.

/// Returns the text of a version's section, if it has one that is not empty.
pub(super) fn section(changelog: &str, version: &str) -> Option<String> {
    let title = format!("## [{version}]");
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with(&title));
    lines.next()?;
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("## ")).collect();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

pub(super) fn installation(repository: &str, version: &str) -> String {
    let files = format!("https://github.com/{repository}/releases/download/v{version}");
    format!(
        "### Install\n\n```\ncurl -fsSL {files}/install.sh | sh\n```\n\n\
         `SHA256SUMS` lists the checksums of all files. Each file has an attestation of its build: \
         `gh attestation verify FILE --repo {repository}`.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = "# Changelog\n\nChanges.\n\n## [Unreleased]\n\n## [0.10.0] - 2026-12-01\n\n### Added\n\n\
                             - Added `x`.\n\n## [0.1.0] - 2026-11-01\n\n- First.\n";

    #[test]
    fn the_notes_of_a_version_are_its_section() {
        assert_eq!(section(CHANGELOG, "0.10.0").unwrap(), "### Added\n\n- Added `x`.");
        assert_eq!(section(CHANGELOG, "0.1.0").unwrap(), "- First.");
        assert_eq!(section(CHANGELOG, "Unreleased"), None, "it is empty");
        assert_eq!(section(CHANGELOG, "0.1"), None);
    }
}
