//! What comes from now on in the logs of a twin on this machine: each request, and what went wrong.

use std::{convert::Infallible, path::Path, time::Duration};

use super::{Source, line::LogLine, tail::Tail};
use crate::{system::clock, ui::Ui};

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Shows the lines of `folder/logs` as they come, which may be before there is such a folder. Never ends by itself.
pub async fn follow(folder: &Path, ui: &Ui) -> Infallible {
    let tail = |name: &str| Tail::new(folder.join("logs").join(name));
    let mut tails = [(Source::Requests, tail("requests.log")), (Source::Twin, tail("twin.log"))];
    for (_, tail) in &mut tails {
        drop(tail.look());
    }
    loop {
        clock::sleep(BETWEEN_LOOKS).await;
        for (source, tail) in &mut tails {
            // What cannot be read now may be at the next look.
            for line in tail.look().unwrap_or_default() {
                show(*source, LogLine::parse(&line, None), ui);
            }
        }
    }
}

fn show(source: Source, line: LogLine, ui: &Ui) {
    let kind = match source {
        Source::Requests => "request",
        Source::Twin if line.is_trouble() => "log",
        Source::Twin => return,
    };
    if let Some(text) = line.readable() {
        ui.data(&text);
    }
    ui.object(kind, line.into_fields());
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ui::{Mode, paper::on_paper};

    async fn shown(mode: Mode) -> String {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join("logs").join(name), text).unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        write("requests.log", "{\"method\":\"GET\",\"path\":\"/old\",\"status\":200}\n");
        let (ui, _, data) = on_paper(mode);
        let meanwhile = async {
            clock::sleep(BETWEEN_LOOKS / 2).await;
            fs::remove_file(folder.path().join("logs/requests.log")).unwrap();
            write("requests.log", "{\"method\":\"GET\",\"path\":\"/\",\"status\":200,\"ms\":1.5}\n");
            write(
                "twin.log",
                "{\"level\":\"info\",\"message\":\"ready\"}\n{\"level\":\"error\",\"message\":\"no key\"}\nthread panicked\n",
            );
            clock::sleep(BETWEEN_LOOKS * 2).await;
        };
        tokio::select! {
            never = follow(folder.path(), &ui) => match never {},
            () = meanwhile => data.text(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn requests_and_trouble_are_shown_as_they_come_and_nothing_old() {
        insta::assert_snapshot!(shown(Mode::Lines).await, @r"
        info  GET / 200 · 1 ms
        error no key
              thread panicked
        ");
        insta::assert_snapshot!(shown(Mode::Json).await, @r#"
        {"kind":"request","method":"GET","ms":1.5,"path":"/","status":200,"version":1}
        {"kind":"log","level":"error","message":"no key","version":1}
        {"kind":"log","message":"thread panicked","version":1}
        "#);
    }
}
