//! Shows new requests and errors in the logs of a local twin.

use std::{convert::Infallible, path::Path, time::Duration};

use super::{Source, line::LogLine, tail::Tail};
use crate::{system::clock, ui::Ui};

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Shows new lines of the logs in `folder/logs`, which need not exist yet. Never returns.
pub async fn follow(folder: &Path, ui: &Ui) -> Infallible {
    let tail = |name: &str| Tail::new(folder.join("logs").join(name));
    let mut tails = [(Source::Requests, tail("requests.log")), (Source::Twin, tail("twin.log"))];
    for (_, tail) in &mut tails {
        // Lines that exist already are not shown.
        drop(tail.read_lines());
    }
    loop {
        clock::sleep(POLL_INTERVAL).await;
        for (source, tail) in &mut tails {
            // After an error, the next read tries again.
            for line in tail.read_lines().unwrap_or_default() {
                show(*source, LogLine::parse(&line, None), ui);
            }
        }
    }
}

fn show(source: Source, line: LogLine, ui: &Ui) {
    let kind = match source {
        Source::Requests => "request",
        Source::Twin if line.is_error() => "log",
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
    use crate::ui::{Mode, capture::captured};

    async fn shown(mode: Mode) -> String {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join("logs").join(name), text).unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        write("requests.log", "{\"method\":\"GET\",\"path\":\"/old\",\"status\":200}\n");
        let (ui, _, data) = captured(mode);
        let meanwhile = async {
            clock::sleep(POLL_INTERVAL / 2).await;
            fs::remove_file(folder.path().join("logs/requests.log")).unwrap();
            write("requests.log", "{\"method\":\"GET\",\"path\":\"/\",\"status\":200,\"ms\":1.5}\n");
            write(
                "twin.log",
                "{\"level\":\"info\",\"message\":\"ready\"}\n{\"level\":\"error\",\"message\":\"no key\"}\nthread panicked\n",
            );
            clock::sleep(POLL_INTERVAL * 2).await;
        };
        tokio::select! {
            never = follow(folder.path(), &ui) => match never {},
            () = meanwhile => data.text(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn new_requests_and_errors_are_shown() {
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
