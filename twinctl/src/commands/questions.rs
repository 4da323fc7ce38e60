//! `twinctl questions`: lists, answers and dismisses questions that the twin could not answer.

mod answer;
mod dismiss;

use std::path::PathBuf;

use clap::Args;
use dismiss::{dismiss, one, shown};
use serde_json::json;

use super::memory::{not_deployed, open};
use crate::{
    artifacts::data::local_data_folder,
    run::session,
    spec::{Environment, Options},
    targets::on_target,
    twin::questions::{EncryptedQna, Qna, Unanswered},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl questions prod                                   List unanswered questions, newest first
  twinctl questions prod --answer                          Answer one after the other, in qna.yml
  twinctl questions prod --answer 3fa2c1b0 \"Yes, in winter.\"
  twinctl questions prod --dismiss 3fa2c1b0 77ab0e12";

/// List, answer and dismiss the questions that the twin could not answer
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Questions {
    /// Environment name
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
    /// Answer one question, or each in turn; the answer is added to your `qna.yml`
    #[arg(long, num_args = 0..=2, value_names = ["ID", "TEXT"], conflicts_with = "dismiss")]
    pub(crate) answer: Option<Vec<String>>,
    /// Remove these questions without an answer
    #[arg(long, num_args = 1.., value_name = "ID")]
    pub(crate) dismiss: Vec<String>,
}

pub(super) async fn run(options: &Options, args: &Questions, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.environment, ui)?;
    let store = on_target!(environment, open(options, &environment, ui))?;
    let unanswered = Unanswered::load(store.as_ref()).await;
    let unanswered = unanswered.map_err(|fault| Diagnostic::fault("could not read the questions", &fault))?;
    let name = environment.name.as_str();
    let unanswered = unanswered.ok_or_else(|| not_deployed(name))?;
    if let Some(answer) = &args.answer {
        let qna = Qna::find(&folder(&environment)?).map_err(|encrypted| encrypted_error(&encrypted, name))?;
        return answer::run(
            &answer::Work { store: store.as_ref(), unanswered: &unanswered, qna: &qna, name, ui },
            answer,
        )
        .await;
    }
    if !args.dismiss.is_empty() {
        let named: Result<Vec<_>, _> = args.dismiss.iter().map(|id| one(&unanswered, id, name)).collect();
        for question in named? {
            dismiss(store.as_ref(), question, ui).await?;
        }
        return Ok(Exit::Done);
    }
    list(&unanswered, name, ui);
    Ok(Exit::Done)
}

fn encrypted_error(EncryptedQna(path): &EncryptedQna, name: &str) -> Diagnostic {
    let path = path.display();
    let message = format!("{path} is encrypted, so answers cannot be added to it; nothing was changed");
    Diagnostic::new(Exit::Environment, message).hint(format!(
        "run `twinctl data decrypt {path}`, move the encrypted file elsewhere, answer with `twinctl questions {name} --answer`, and encrypt it again"
    ))
}

/// Returns the local data folder, which contains `qna.yml`.
fn folder(environment: &Environment) -> Result<PathBuf, Diagnostic> {
    local_data_folder(environment)?.ok_or_else(|| {
        let message = "the data files come from a git repository, and answers can only be written to a local folder";
        Diagnostic::new(Exit::Usage, message)
            .hint("add the question and its answer to qna.yml in the repository, then `--dismiss` the question here")
    })
}

fn list(unanswered: &Unanswered, name: &str, ui: &Ui) {
    for question in unanswered.iter() {
        ui.data(format!("{}  {}  {}", question.id, question.at, shown(question)).trim_end());
        ui.object(
            "question",
            json!({
                "id": question.id,
                "question": question.text,
                "asked_at": question.at,
                "times": question.keys.len(),
            }),
        );
    }
    ui.object("questions", json!({ "total": unanswered.len() }));
    match unanswered.len() {
        0 => ui.say("there are no unanswered questions"),
        _ => ui.say(&format!("`twinctl questions {name} --answer` answers them one by one")),
    }
}
