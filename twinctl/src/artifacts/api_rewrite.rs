//! The page that a deploy brings, and what becomes of the address of an API that it was built with.

use std::collections::BTreeMap;

use crate::{
    artifacts::web::{Baked, Use, WebBundle, baked},
    spec::Environment,
    ui::{Answer, Diagnostic, Ui},
};

/// More files than that are only counted.
const NAMED_FILES: usize = 3;

/// Whether a question is welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Questions {
    Welcome,
    /// Everything was answered beforehand.
    Unwelcome,
}

/// Finds out what the file does not say: whether the page is to call this twin instead of the API it was built with.
pub(crate) async fn decide(
    environment: &mut Environment,
    questions: Questions,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let web = &mut environment.web;
    if web.rewrite_api.is_some() {
        return Ok(());
    }
    let baked = baked(&web.bundle).await?;
    if !baked.iter().any(Baked::is_movable) {
        warn_of_obstacles(&baked, ui);
        return Ok(());
    }
    let calls = list(&baked, |_| true);
    let answer = match questions {
        Questions::Welcome => ui.ask(&format!(
            "The page was built to call {calls}; browsers will not let it. Let it call this twin instead?"
        )),
        Questions::Unwelcome => Answer::NoTerminal,
    };
    web.rewrite_api = match answer {
        Answer::Yes => Some(true),
        Answer::No => Some(false),
        Answer::NoTerminal => {
            ui.warn(&format!(
                "the page was built to call {calls}; browsers will not let it. Set `web.rewrite_api: true` to let it call this twin instead, or `false` to leave it as it is"
            ));
            None
        }
    };
    if let Some(decided) = web.rewrite_api {
        ui.say(&format!("set `web.rewrite_api: {decided}` in the file, and nobody has to be asked again"));
    }
    Ok(())
}

/// The page as it goes up.
pub(crate) async fn load(environment: &Environment, ui: &Ui) -> Result<WebBundle, Diagnostic> {
    let web = &environment.web;
    if web.rewrite_api != Some(true) {
        return Ok(WebBundle::load(&web.bundle).await?);
    }
    let (bundle, baked) = tokio::try_join!(WebBundle::load(&web.bundle), baked(&web.bundle))?;
    if baked.is_empty() {
        ui.say("the page names no API that it was built with: `web.rewrite_api` changes nothing");
    }
    if baked.iter().any(Baked::is_movable) {
        ui.say(&format!(
            "the page calls this twin instead of {}",
            list(&baked, |used| used.obstacle.is_none())
        ));
    }
    warn_of_obstacles(&baked, ui);
    Ok(bundle.rewritten(&baked))
}

/// Each address with the files that name it.
fn list(baked: &[Baked], wanted: fn(&Use) -> bool) -> String {
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in baked {
        for used in file.uses.iter().filter(|used| wanted(used)) {
            let files = files.entry(&used.address).or_default();
            if files.last() != Some(&file.key.as_str()) {
                files.push(&file.key);
            }
        }
    }
    let listed = files.into_iter().map(|(address, files)| {
        let more = files.len().saturating_sub(NAMED_FILES);
        let named = files[..files.len() - more].join(", ");
        if more > 0 {
            format!("{address} (in {named} and {more} more)")
        } else {
            format!("{address} (in {named})")
        }
    });
    listed.collect::<Vec<_>>().join(" and ")
}

/// Each reason once for a file and address.
fn warn_of_obstacles(baked: &[Baked], ui: &Ui) {
    for file in baked {
        let mut told = Vec::new();
        for used in &file.uses {
            let Some(obstacle) = &used.obstacle else { continue };
            if !told.contains(&(&used.address, obstacle)) {
                ui.warn(&format!("{} keeps {}: {obstacle}", file.key, used.address));
                told.push((&used.address, obstacle));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn addresses_are_told_with_the_files_that_name_them() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.js", "b.js", "c.mjs", "d.html", "e.js"] {
            let text = "f('http://localhost:8000'),g('http://localhost:8000')";
            fs::write(folder.path().join(name), text).unwrap();
        }
        fs::write(folder.path().join("f.js"), "f('http://127.0.0.1:8000/x')").unwrap();
        let baked = baked(folder.path()).await.unwrap();
        insta::assert_snapshot!(
            list(&baked, |_| true),
            @"http://127.0.0.1:8000 (in f.js) and http://localhost:8000 (in a.js, b.js, c.mjs and 2 more)"
        );
        insta::assert_snapshot!(
            list(&baked, |used| used.obstacle.is_none()),
            @"http://localhost:8000 (in a.js, b.js, c.mjs and 2 more)"
        );
    }
}
