//! Posts the plan as a comment on the pull request.

use std::path::Path;

use anstream::adapter::strip_str;

use crate::{
    ci::PullRequest,
    commands::comment,
    ui::{
        Diagnostic, Fitted, PlanView, Ui,
        github::{
            annotations,
            markdown::{block, code, without_accounts},
        },
        markdown,
    },
};

/// Maximum size in bytes. GitHub's limit is 65,536 characters, and a text never has more characters than bytes.
const LONGEST: usize = 65_000;
const LONGEST_ERROR: usize = 8 << 10;

/// Posts or updates the comment. `file` is the environment file.
pub(super) async fn post(file: &Path, planned: Result<&PlanView<'_>, &Diagnostic>, ui: &Ui) {
    comment::post("the plan was", marker(file), |pull| text(file, planned, pull), ui).await;
}

/// The marker contains the environment file, because a repository may have several twins.
fn marker(file: &Path) -> String {
    let file = annotations::in_repository(file).display().to_string();
    format!("<!-- twinctl plan {} -->", file.replace("--", "- -").replace('>', ""))
}

fn text(file: &Path, planned: Result<&PlanView<'_>, &Diagnostic>, pull: &PullRequest) -> String {
    let foot = foot(pull);
    match planned {
        Ok(view) => {
            let head = format!("### Plan for {}\n\n", code(&without_accounts(&view.title)));
            let room = LONGEST.saturating_sub(head.len() + foot.len() + 200);
            let Fitted { text, left_out } = markdown(view, room);
            let left_out = match left_out {
                0 => String::new(),
                _ => format!(
                    "\n**{left_out} lines are omitted.** The job summary has more; `twinctl plan --json` prints all of them.\n"
                ),
            };
            format!("{head}{text}{left_out}\n{foot}")
        }
        Err(diagnostic) => {
            // Readers of the comment can read the environment file, but causes may quote other files.
            let error = diagnostic.rendered.as_ref().unwrap_or(&diagnostic.message);
            let error = strip_str(error).to_string();
            let error = without_accounts(&error[..error.floor_char_boundary(LONGEST_ERROR)]);
            let file = code(&annotations::in_repository(file).display().to_string());
            format!(
                "### Planning failed for {file}\n\n{}\nSee the log of the run for details.\n\n{foot}",
                block(&error)
            )
        }
    }
}

fn foot(pull: &PullRequest) -> String {
    let commit =
        pull.commit.as_deref().map(|commit| format!("for {}", &commit[..commit.floor_char_boundary(8)]));
    let run = pull.run.as_deref().map(|run| format!("[the run]({run})"));
    let known: Vec<_> = commit.into_iter().chain(run).collect();
    if known.is_empty() { String::new() } else { format!("<sub>{}</sub>\n", known.join(" · ")) }
}

#[cfg(test)]
mod tests;
