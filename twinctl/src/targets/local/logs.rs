//! The logs of a twin on this machine.

use std::{path::Path, time::Duration};

use crate::twin::logs::{Asked, Lines, LogLine, Source, Tail, absent};
use crate::{
    system::clock,
    ui::{Diagnostic, Ui},
};

const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Shows what is in `folder/logs`.
pub async fn local_logs(folder: &Path, asked: Asked, name: &str, ui: &Ui) -> Result<(), Diagnostic> {
    let logs = folder.join("logs");
    if !logs.exists() {
        return Err(absent(name));
    }
    let path = logs.join(match asked.source {
        Source::Twin => "twin.log",
        Source::Requests => "requests.log",
    });
    let unreadable =
        |error| Diagnostic::unexpected(&format!("`{}` could not be read", path.display()), &error);
    let mut tail = Tail::new(path.clone());
    let mut lines = Lines::new(ui, asked, asked.from());
    loop {
        for line in tail.look().map_err(unreadable)? {
            lines.show(&LogLine::parse(&line, None));
        }
        if lines.done() {
            lines.end();
            return Ok(());
        }
        clock::sleep(BETWEEN_LOOKS).await;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ui::{Exit, Mode, paper::on_paper};

    fn asked(source: Source) -> Asked {
        Asked { source, since: Duration::from_mins(10), follow: false }
    }

    #[tokio::test]
    async fn what_is_older_is_left_out_and_what_has_no_time_belongs_to_the_line_before() {
        let folder = tempfile::tempdir().unwrap();
        let absent = local_logs(folder.path(), asked(Source::Twin), "local", &on_paper(Mode::Lines).0).await;
        assert_eq!(absent.unwrap_err().exit, Exit::Unhealthy);

        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let now = clock::now();
        let old = "{\"time\":\"2020-01-01T00:00:00Z\",\"message\":\"old\"}\n  more of it\n";
        fs::write(logs.join("twin.log.1"), old).unwrap();
        fs::write(logs.join("twin.log"), format!("{{\"time\":\"{now}\",\"message\":\"new\"}}\n  more\n"))
            .unwrap();
        let (ui, people, data) = on_paper(Mode::Lines);
        local_logs(folder.path(), asked(Source::Twin), "local", &ui).await.unwrap();
        assert_eq!(data.text(), format!("{now}       new\n{:20}         more\n", ""));
        local_logs(folder.path(), asked(Source::Requests), "local", &ui).await.unwrap();
        assert!(people.text().contains("nothing was logged since"), "{}", people.text());

        let (ui, _, data) = on_paper(Mode::Json);
        local_logs(folder.path(), asked(Source::Twin), "local", &ui).await.unwrap();
        let lines: Vec<serde_json::Value> =
            data.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), &lines[1]["message"]), (2, &serde_json::json!("  more")));
    }
}
