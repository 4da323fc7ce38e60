//! Which of several words about the source counts.

use super::{BadSource, GitAddress, Source};

/// What was said about where the files are.
#[derive(Debug, Clone, Default)]
pub struct Said<'s> {
    /// `--from`.
    pub from: Option<&'s str>,
    /// `data:` in the environment's file.
    pub spec: Option<&'s str>,
    /// `PRIVATE_DATA_REPO`.
    pub private_repository: Option<&'s str>,
    /// `--use-local`: a folder of this machine, whatever the environment says.
    pub use_local: bool,
}

impl Said<'_> {
    /// The strongest word first: `--from`, `data:`, `PRIVATE_DATA_REPO`.
    pub fn source(&self) -> Result<Source, BadSource> {
        if let Some(from) = self.from {
            return from.parse();
        }
        let spec = self.spec.map(str::parse).transpose()?;
        match spec {
            Some(Source::Git(_)) | None if self.use_local => Ok(Source::Usual),
            Some(source) => Ok(source),
            None => self
                .private_repository
                .map_or(Ok(Source::Usual), |text| GitAddress::lenient(text).map(Source::Git)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_word_counts() {
        let git = "git+https://host/ada/spec";
        let all = Said {
            from: Some("there"),
            spec: Some(git),
            private_repository: Some("ada/private"),
            use_local: false,
        };
        let source = |said: &Said<'_>| said.source().unwrap().to_string();
        assert_eq!(source(&all), "there");
        assert_eq!(source(&Said { from: None, ..all.clone() }), git);
        assert_eq!(
            source(&Said { from: None, spec: None, ..all.clone() }),
            "git+https://github.com/ada/private"
        );
        assert_eq!(Said::default().source(), Ok(Source::Usual));
    }

    #[test]
    fn local_files_are_taken_where_they_are_asked_for() {
        let said = Said { private_repository: Some("ada/private"), use_local: true, ..Said::default() };
        assert_eq!(said.source(), Ok(Source::Usual));
        let git = Said { spec: Some("git+https://host/ada/spec"), ..said.clone() };
        assert_eq!(git.source(), Ok(Source::Usual));
        assert_eq!(Said { spec: Some("mine"), ..said }.source(), "mine".parse());
    }
}
