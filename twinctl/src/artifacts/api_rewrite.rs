//! Loads the page, and removes hard-coded addresses of other APIs from it (`web.rewrite_api`).

use std::collections::BTreeMap;

use crate::{
    artifacts::web::{AddressUse, HardcodedFile, WebBundle, find_hardcoded},
    spec::Environment,
    ui::{Answer, Diagnostic, Ui},
};

/// The number of files that a message lists; the others are counted.
const NAMED_FILES: usize = 3;

/// Whether a command may ask the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Questions {
    Allowed,
    /// For example with `--yes`.
    Forbidden,
}

/// Sets `web.rewrite_api` if the environment file does not, and asks the user if the page has such addresses.
pub(crate) async fn decide(
    environment: &mut Environment,
    questions: Questions,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let web = &mut environment.web;
    if web.rewrite_api.is_some() {
        return Ok(());
    }
    let files = find_hardcoded(&web.bundle).await?;
    if !files.iter().any(HardcodedFile::is_rewritable) {
        warn_of_obstacles(&files, ui);
        return Ok(());
    }
    let calls = list(&files, |_| true);
    let answer = match questions {
        Questions::Allowed => ui.ask(&format!(
            "The page was built to call {calls}, which browsers will block. Call this twin instead?"
        )),
        Questions::Forbidden => Answer::NoTerminal,
    };
    web.rewrite_api = match answer {
        Answer::Yes => Some(true),
        Answer::No => Some(false),
        Answer::NoTerminal => {
            ui.warn(&format!(
                "the page was built to call {calls}, which browsers will block. Set `web.rewrite_api: true` to call this twin instead, or `false` to deploy the page unchanged"
            ));
            None
        }
    };
    if let Some(decided) = web.rewrite_api {
        ui.say(&format!("set `web.rewrite_api: {decided}` in the environment file to skip this question"));
    }
    Ok(())
}

/// Loads the page, rewritten if `web.rewrite_api` is true.
pub(crate) async fn load(environment: &Environment, ui: &Ui) -> Result<WebBundle, Diagnostic> {
    let web = &environment.web;
    if web.rewrite_api != Some(true) {
        return Ok(with_csp(WebBundle::load(&web.bundle).await?, environment, ui));
    }
    let (bundle, files) = tokio::try_join!(WebBundle::load(&web.bundle), find_hardcoded(&web.bundle))?;
    if files.is_empty() {
        ui.say("`web.rewrite_api` has no effect: the page contains no address of another API");
    }
    if files.iter().any(HardcodedFile::is_rewritable) {
        ui.say(&format!(
            "the page calls this twin instead of {}",
            list(&files, |used| used.obstacle.is_none())
        ));
    }
    warn_of_obstacles(&files, ui);
    Ok(with_csp(bundle.rewritten(&files), environment, ui))
}

/// Sets the directives of `web.csp`, and warns of what the page loads although its policy blocks it.
fn with_csp(bundle: WebBundle, environment: &Environment, ui: &Ui) -> WebBundle {
    let bundle = bundle.with_csp(&environment.web.csp);
    for blocked in bundle.blocked() {
        ui.warn(&format!("the content security policy blocks what the page loads from `{blocked}`; to allow it, set this directive under `web.csp`"));
    }
    bundle
}

/// Lists each address with the files that contain it.
fn list(files: &[HardcodedFile], is_listed: fn(&AddressUse) -> bool) -> String {
    let mut by_address: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in files {
        for used in file.uses.iter().filter(|used| is_listed(used)) {
            let keys = by_address.entry(&used.address).or_default();
            if keys.last() != Some(&file.key.as_str()) {
                keys.push(&file.key);
            }
        }
    }
    let listed = by_address.into_iter().map(|(address, keys)| {
        let more = keys.len().saturating_sub(NAMED_FILES);
        let named = keys[..keys.len() - more].join(", ");
        if more > 0 {
            format!("{address} (in {named} and {more} more)")
        } else {
            format!("{address} (in {named})")
        }
    });
    listed.collect::<Vec<_>>().join(" and ")
}

/// Prints each reason once per file and address.
fn warn_of_obstacles(files: &[HardcodedFile], ui: &Ui) {
    for file in files {
        let mut printed = Vec::new();
        for used in &file.uses {
            let Some(obstacle) = &used.obstacle else { continue };
            if !printed.contains(&(&used.address, obstacle)) {
                ui.warn(&format!("{} keeps {}: {obstacle}", file.key, used.address));
                printed.push((&used.address, obstacle));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn addresses_are_listed_with_the_files_that_contain_them() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.js", "b.js", "c.mjs", "d.html", "e.js"] {
            let text = "f('http://localhost:8000'),g('http://localhost:8000')";
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::write(folder.path().join("f.js"), "f('http://127.0.0.1:8000/x')").unwrap();
        let files = find_hardcoded(folder.path()).await.unwrap();
        insta::assert_snapshot!(
            list(&files, |_| true),
            @"http://127.0.0.1:8000 (in f.js) and http://localhost:8000 (in a.js, b.js, c.mjs and 2 more)"
        );
        insta::assert_snapshot!(
            list(&files, |used| used.obstacle.is_none()),
            @"http://localhost:8000 (in a.js, b.js, c.mjs and 2 more)"
        );
    }
}
