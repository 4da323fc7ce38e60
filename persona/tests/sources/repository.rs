//! A git repository for one test.

use std::{path::Path, process::Command};

use super::project::Project;

pub(crate) struct Repository(Project);

impl Repository {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self(Project::new(files));
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit();
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        self.0.write(name, bytes);
    }

    /// Commits all files, and returns the id of the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=all"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn git(&self, words: &[&str]) -> String {
        let user = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"];
        let mut git = Command::new("git");
        let output = git.arg("-C").arg(self.path()).args(user).args(words).output().unwrap();
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn address(&self) -> String {
        format!("git+file://{}", self.path().display())
    }
}
