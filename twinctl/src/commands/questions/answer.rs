//! `twinctl questions --answer`: adds answers to `qna.yml` and deletes the questions.

use serde_json::json;

use super::dismiss::{delete_versions, dismiss, one, shown};
use crate::{
    twin::{
        questions::{AddOutcome, Qna, Question, Unanswered, lines_to_add},
        store::Store,
    },
    ui::{Diagnostic, Exit, Ui},
};

/// Maximum size of an answer on stdin.
const LONGEST_PIPED: u64 = 64 << 10;

pub(super) struct Work<'w> {
    pub(super) store: &'w dyn Store,
    pub(super) unanswered: &'w Unanswered,
    pub(super) qna: &'w Qna,
    /// Environment name.
    pub(super) name: &'w str,
    pub(super) ui: &'w Ui,
}

/// The input at the prompt of a question.
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    Answer(String),
    Skip,
    Dismiss,
    Quit,
    Unknown,
}

/// Answers questions. `arguments` contains the ID and the text, if given.
pub(super) async fn run(work: &Work<'_>, arguments: &[String]) -> Result<Exit, Diagnostic> {
    let answered = match arguments {
        [id, text, ..] => answer(work, one(work.unanswered, id, work.name)?, text).await.map(|()| 1),
        [id] => {
            let question = one(work.unanswered, id, work.name)?;
            if work.ui.stdin_is_terminal() {
                ask(work, &[question]).await
            } else {
                piped(work, question).await
            }
        }
        [] => ask(work, &work.unanswered.iter().collect::<Vec<_>>()).await,
    }?;
    if answered > 0 {
        work.ui.say(&format!("`twinctl upload-data {}` publishes it", work.name));
    }
    Ok(Exit::Done)
}

async fn piped(work: &Work<'_>, question: &Question) -> Result<usize, Diagnostic> {
    let text = work.ui.read_stdin(LONGEST_PIPED);
    let text = text.map_err(|error| Diagnostic::unexpected("could not read standard input", &error))?;
    answer(work, question, &text).await.map(|()| 1)
}

/// Asks for the answers one by one, and returns how many were given.
async fn ask(work: &Work<'_>, questions: &[&Question]) -> Result<usize, Diagnostic> {
    let (ui, mut answered) = (work.ui, 0);
    if !ui.can_ask() {
        return Err(Diagnostic::new(Exit::Usage, "cannot ask for an answer: there is no terminal").hint(
            format!(
                "run `twinctl questions {} --answer ID TEXT`; omit `--answer` to list the questions",
                work.name
            ),
        ));
    }
    if questions.is_empty() {
        ui.say("there are no unanswered questions");
    }
    for question in questions {
        ui.say(&format!("\n{}  {}", question.id, shown(question)));
        match typed(ui) {
            Typed::Answer(text) => {
                answer(work, question, &text).await?;
                answered += 1;
            }
            Typed::Dismiss => dismiss(work.store, question, ui).await?,
            Typed::Skip | Typed::Unknown => {}
            Typed::Quit => break,
        }
    }
    Ok(answered)
}

/// Prompts again until the input is valid.
fn typed(ui: &Ui) -> Typed {
    loop {
        let line = ui.ask_for("answer (Enter skips, /dismiss, /quit):");
        match line.as_deref().map_or(Typed::Quit, typed_as) {
            Typed::Unknown => ui.say("unknown command; use /dismiss or /quit, or type an answer"),
            typed => return typed,
        }
    }
}

fn typed_as(text: &str) -> Typed {
    match text.trim() {
        "" => Typed::Skip,
        "/d" | "/dismiss" => Typed::Dismiss,
        "/q" | "/quit" | "/exit" => Typed::Quit,
        command if command.starts_with('/') && !command.contains(char::is_whitespace) => Typed::Unknown,
        answer => Typed::Answer(answer.to_owned()),
    }
}

/// Writes the file before it deletes the question: after an interruption in between, the question is still listed
/// and the next run finds the answer in the file.
async fn answer(work: &Work<'_>, question: &Question, text: &str) -> Result<(), Diagnostic> {
    let (ui, path) = (work.ui, work.qna.path.display());
    if text.trim().is_empty() {
        return Err(Diagnostic::new(Exit::Usage, "the answer is empty; nothing was changed")
            .hint(format!("`--dismiss {}` removes the question without an answer", question.id)));
    }
    let added = work.qna.add(question, text).map_err(|fault| {
        let diagnostic = Diagnostic::fault(&format!("the answer was not written to {path}"), &fault);
        match lines_to_add(&fault) {
            Some(lines) => {
                diagnostic.hint(format!("add the answer by hand, then `--dismiss {}`:\n{lines}", question.id))
            }
            None => diagnostic.hint("fix the file, then answer again; the question is still on the list"),
        }
    })?;
    if let AddOutcome::Conflict(before) = &added {
        let message = format!("{path} already has a different answer, which was kept: {before}");
        return Err(Diagnostic::new(Exit::Failed, message)
            .hint(format!("to use yours, edit the file, then `--dismiss {}`", question.id)));
    }
    let deleted = delete_versions(work.store, question).await;
    deleted.map_err(|fault| {
        Diagnostic::fault("the answer is written, but the question is still on the list", &fault)
            .hint(format!("remove it with `twinctl questions {} --dismiss {}`", work.name, question.id))
    })?;
    ui.say(&match added {
        AddOutcome::Added => format!("answered in {path}: {}", shown(question)),
        _ => format!("{path} already has this answer: {}", shown(question)),
    });
    ui.object(
        "answered",
        json!({ "id": question.id, "file": work.qna.path, "added": added == AddOutcome::Added }),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_parsed_as_a_command_or_an_answer() {
        for (text, typed) in [
            ("", Typed::Skip),
            ("  ", Typed::Skip),
            ("/d", Typed::Dismiss),
            ("/quit", Typed::Quit),
            ("/dismis", Typed::Unknown),
            ("/etc is a folder", Typed::Answer("/etc is a folder".to_owned())),
            (" quit smoking ", Typed::Answer("quit smoking".to_owned())),
        ] {
            assert_eq!(typed_as(text), typed, "{text:?}");
        }
    }
}
