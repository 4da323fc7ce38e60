//! Shows the logs of a local twin.

use std::{path::Path, time::Duration};

use super::gateway::OLD_FILES;
use crate::twin::logs::{LogLine, LogPrinter, LogQuery, Source, Tail, TurnLog, no_logs};
use crate::{
    system::clock,
    ui::{Diagnostic, Ui},
};

const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Shows the log files in `folder/logs`.
pub async fn local_logs(folder: &Path, query: LogQuery, name: &str, ui: &Ui) -> Result<(), Diagnostic> {
    let logs = folder.join("logs");
    if !logs.exists() {
        return Err(no_logs(name));
    }
    let path = logs.join(match query.source {
        Source::Twin => "twin.log",
        Source::Requests => "requests.log",
    });
    let unreadable = |error| Diagnostic::unexpected(&format!("could not read `{}`", path.display()), &error);
    let mut tail = Tail::new(path.clone());
    let from = query.from();
    let mut printer = LogPrinter::new(ui, query, from);
    loop {
        for line in tail.read_lines().map_err(unreadable)? {
            printer.print(&LogLine::parse(&line, None));
        }
        if printer.done() {
            printer.finish();
            return Ok(());
        }
        clock::sleep(POLL_INTERVAL).await;
    }
}

/// Reads `twin.log` in `folder/logs`, with its rotated files. They keep the newest 20 MB.
pub(crate) fn local_turns(folder: &Path, name: &str) -> Result<TurnLog, Diagnostic> {
    let logs = folder.join("logs");
    if !logs.exists() {
        return Err(no_logs(name));
    }
    let path = logs.join("twin.log");
    let lines = Tail::new(path.clone()).read_lines();
    let lines = lines
        .map_err(|error| Diagnostic::unexpected(&format!("could not read `{}`", path.display()), &error))?;
    let lines: Vec<_> = lines.iter().map(|line| LogLine::parse(line, None)).collect();
    let oldest = logs.join(format!("twin.log.{OLD_FILES}"));
    let kept_since = oldest.exists().then(|| lines.iter().find_map(|line| line.at)).flatten();
    Ok(TurnLog { lines, is_complete: true, kept_since })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ui::{Exit, Mode, capture::captured};

    fn query(source: Source) -> LogQuery {
        LogQuery { source, since: Duration::from_mins(10), follow: false, errors: false, correlation: None }
    }

    #[test]
    fn a_log_whose_oldest_file_was_replaced_is_kept_since_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        fs::write(logs.join("twin.log"), "{\"time\":\"2026-11-30T00:00:00Z\"}\n").unwrap();
        let kept = || local_turns(folder.path(), "local").unwrap().kept_since.map(|kept| kept.to_string());
        assert_eq!(kept(), None);
        fs::write(logs.join("twin.log.3"), "no time\n{\"time\":\"2026-11-20T00:00:00Z\"}\n").unwrap();
        assert_eq!(kept().as_deref(), Some("2026-11-20T00:00:00Z"));
    }

    #[tokio::test]
    async fn old_lines_are_omitted_and_lines_without_time_follow_the_previous_one() {
        let folder = tempfile::tempdir().unwrap();
        let missing = local_logs(folder.path(), query(Source::Twin), "local", &captured(Mode::Lines).0).await;
        assert_eq!(missing.unwrap_err().exit, Exit::Unhealthy);

        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let now = clock::now();
        let old = "{\"time\":\"2020-01-01T00:00:00Z\",\"message\":\"old\"}\n  more of it\n";
        fs::write(logs.join("twin.log.1"), old).unwrap();
        fs::write(logs.join("twin.log"), format!("{{\"time\":\"{now}\",\"message\":\"new\"}}\n  more\n"))
            .unwrap();
        let (ui, people, data) = captured(Mode::Lines);
        local_logs(folder.path(), query(Source::Twin), "local", &ui).await.unwrap();
        assert_eq!(data.text(), format!("{now}       new\n{:20}         more\n", ""));
        local_logs(folder.path(), query(Source::Requests), "local", &ui).await.unwrap();
        assert!(people.text().contains("no log lines since"), "{}", people.text());

        let errors = LogQuery { errors: true, ..query(Source::Twin) };
        let (ui, _, data) = captured(Mode::Lines);
        local_logs(folder.path(), errors, "local", &ui).await.unwrap();
        assert_eq!(data.text(), format!("{:20}         more\n", ""));

        let (ui, _, data) = captured(Mode::Json);
        local_logs(folder.path(), query(Source::Twin), "local", &ui).await.unwrap();
        let lines: Vec<serde_json::Value> =
            data.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), &lines[1]["message"]), (2, &serde_json::json!("  more")));
    }
}
