//! The `qna.yml` in the data folder.

use std::path::{Path, PathBuf};

use reconcile::{Class, Fault};

use super::{
    Question,
    faqs::{Faq, QnaError, answer_to, with_answer},
};
use crate::system::files;

/// The `qna.yml` that a twin reads.
#[derive(Debug)]
pub(crate) struct Qna {
    pub(crate) path: PathBuf,
}

/// The result of adding an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AddOutcome {
    Added,
    /// The file has the same answer already.
    Unchanged,
    /// The file has another answer to the question, which was not changed.
    Conflict(String),
}

/// The path of a `qna.yml` that is encrypted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EncryptedQna(pub(crate) PathBuf);

impl Qna {
    /// Finds the file in a data folder. If there is none, it will be created.
    pub(crate) fn find(data: &Path) -> Result<Self, EncryptedQna> {
        let [age, openssl] = persona::ENCRYPTED_EXTENSIONS;
        // An encrypted file takes precedence over a plain one with the same or a later path.
        let mut candidates = contract::data::File::Qna
            .paths()
            .flat_map(|path| [age, openssl, ""].map(|end| (data.join(format!("{path}{end}")), end)));
        let path = match candidates.find(|(path, _)| path.is_file()) {
            Some((path, "")) => path,
            Some((encrypted, _)) => return Err(EncryptedQna(encrypted)),
            None => data.join("qna.yml"),
        };
        // The target of a symbolic link is written, so that the link stays.
        Ok(Self { path: path.canonicalize().unwrap_or(path) })
    }

    /// Adds an answer. The file keeps its permissions.
    pub(crate) fn add(&self, question: &Question, answer: &str) -> Result<AddOutcome, Fault> {
        let text = files::read(&self.path)?.unwrap_or_default();
        let text = String::from_utf8(text).map_err(|_| refused("the file is not UTF-8"))?;
        if let Some(existing) = answer_to(&text, &question.text).map_err(refused)? {
            let is_same = existing == answer.trim();
            return Ok(if is_same { AddOutcome::Unchanged } else { AddOutcome::Conflict(existing) });
        }
        let id = format!("asked-{}", question.id);
        let faq = Faq { id: &id, question: &question.text, answer: answer.trim() };
        let text = with_answer(&text, &faq).map_err(refused)?;
        files::write_in_place(&self.path, text.as_bytes())?;
        Ok(AddOutcome::Added)
    }
}

fn refused(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
    Fault::new(Class::Refused, error)
}

/// Returns the lines to add manually, if twinctl cannot add them.
pub(crate) fn lines_to_add(fault: &Fault) -> Option<&str> {
    match fault.cause::<QnaError>()? {
        QnaError::OtherForm { lines } => Some(lines),
        QnaError::NotYaml(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, symlink},
    };

    use jiff::Timestamp;

    use super::*;

    #[test]
    fn an_answer_is_added_once_and_links_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let question = Question {
            id: "0a1b2c3d".to_owned(),
            text: "Do you ski?".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            keys: vec![],
        };
        assert_eq!(Qna::find(folder.path()).unwrap().path, folder.path().join("qna.yml"));
        let real = folder.path().join("elsewhere.yml");
        fs::write(&real, "# mine\n").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).unwrap();
        fs::create_dir(folder.path().join("personal_data")).unwrap();
        let link = folder.path().join("personal_data/qna.yml");
        symlink(&real, &link).unwrap();

        let qna = Qna::find(folder.path()).unwrap();
        assert_eq!(qna.add(&question, " No. \n").unwrap(), AddOutcome::Added);
        assert_eq!(qna.add(&question, "No.").unwrap(), AddOutcome::Unchanged);
        assert_eq!(qna.add(&question, "Yes.").unwrap(), AddOutcome::Conflict("No.".to_owned()));
        assert!(link.is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o644);
        let text = fs::read_to_string(&real).unwrap();
        assert_eq!(
            text,
            "# mine\nfaqs:\n  - id: asked-0a1b2c3d\n    question: \"Do you ski?\"\n    answer: \"No.\"\n"
        );

        let encrypted = folder.path().join("data/qna.yml.age");
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(&encrypted, "").unwrap();
        assert!(Qna::find(folder.path()).is_ok(), "the link has precedence");
        fs::remove_file(&link).unwrap();
        for plain in ["qna.yml", "data/qna.yml"] {
            assert_eq!(Qna::find(folder.path()).unwrap_err(), EncryptedQna(encrypted.clone()));
            fs::write(folder.path().join(plain), "").unwrap();
        }
        assert_eq!(Qna::find(folder.path()).unwrap_err(), EncryptedQna(encrypted));

        fs::write(&real, "faqs: [{question: Q, answer: A}]").unwrap();
        let fault = qna.add(&question, "No.").unwrap_err();
        assert!(lines_to_add(&fault).unwrap().contains("Do you ski?"));
        assert_eq!(fs::read_to_string(&real).unwrap(), "faqs: [{question: Q, answer: A}]");
    }
}
