//! Step `upload`: new data files, and the old ones again.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::acceptance::assumption::Assumption;
use crate::acceptance::context::{Context, waited};
use crate::acceptance::twinctl::ENVIRONMENT;

const UPLOAD: [&str; 3] = ["upload-data", ENVIRONMENT, "--yes"];

pub(super) fn run(context: &mut Context) -> Result<()> {
    let before = context.settings.email;
    context.settings.email = "second@example.com";
    context.write_files()?;
    context.twinctl.succeed(&UPLOAD)?;
    if !context.target.is_emulated() {
        used(context)?;
    }

    let writes = context.twinctl.succeed(&UPLOAD)?.writes();
    context.findings.record(Assumption::UploadUnchanged, writes == 0, &format!("{writes} writes"));

    context.settings.email = before;
    let rollback = context.twinctl.run(&[&UPLOAD[..], &["--rollback"]].concat())?;
    let object = json!({ "Bucket": context.target.bucket("data"), "Key": "facts.json" });
    let stored = context.aws.call("s3", "get_object", object)?;
    let is_restored = stored["Body"].to_string().contains(before);
    let evidence = format!(
        "`upload-data` with a rollback exits with {}; the first file is back: {is_restored}",
        rollback.exit()
    );
    context.findings.record(Assumption::Rollback, rollback.code == Some(0) && is_restored, &evidence);
    Ok(())
}

fn used(context: &mut Context) -> Result<()> {
    let took = context.wait_for_answer(context.settings.email, Duration::from_mins(2))?;
    context.findings.record(Assumption::UploadUsed, took.is_some(), &waited(took, "not within two minutes"));
    Ok(())
}
