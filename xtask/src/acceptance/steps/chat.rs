//! Step `chat`: a conversation, where it is stored, and what is logged about it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::acceptance::assumption::Assumption;
use crate::acceptance::by_hand::text;
use crate::acceptance::context::{Context, list};
use crate::acceptance::twinctl::ENVIRONMENT;

/// The longest time until a log line can be read.
const LOG_DELAY: Duration = Duration::from_mins(3);

pub(super) fn run(context: &mut Context) -> Result<()> {
    let (first, answer, session) = context.chat("What is your email?", None)?;
    let answered = answer.contains(context.settings.email);
    let evidence =
        if first.code == Some(0) { format!("answered in {}", first.seconds()) } else { first.failure() };
    context.findings.record(Assumption::Answer, answered, &evidence);
    context.chat("And your name?", Some(&session))?;
    memory(context, &session)?;
    expiry(context, &session)?;
    conditional_writes(context)?;
    access_log(context)?;
    if !context.target.is_emulated() {
        logs(context, &session)?;
    }
    Ok(())
}

fn memory(context: &mut Context, session: &str) -> Result<()> {
    let listed = context.twinctl.succeed(&["memory", "ls", ENVIRONMENT])?;
    let conversation = listed.objects.iter().find(|object| object["session_id"] == session);
    let turns = conversation.map_or(&Value::Null, |conversation| &conversation["turns"]);
    context.findings.record(
        Assumption::Memory,
        *turns == 2,
        &format!("the conversation has {turns} messages"),
    );
    Ok(())
}

fn expiry(context: &mut Context, session: &str) -> Result<()> {
    let bucket = context.target.bucket("memory");
    let object = json!({ "Bucket": bucket, "Key": format!("{session}.json") });
    let tags = context.aws.call("s3", "get_object_tagging", object)?;
    let is_tagged = tags["TagSet"].to_string().contains("twinctl:expires");
    let rules = context.aws.call("s3", "get_bucket_lifecycle_configuration", json!({ "Bucket": bucket }))?;
    let rules = rules["Rules"].as_array().context("no rules")?;
    // Files without messages have another tag.
    let tags = ["twinctl:expires", "twinctl:empty"];
    let mut expiring = rules.iter().filter(|rule| !rule["Expiration"]["Days"].is_null());
    let filters = expiring.all(|rule| tags.iter().any(|tag| rule["Filter"].to_string().contains(tag)));
    let evidence = format!("conversation has the tag: {is_tagged}; rules filter on it: {filters}");
    context.findings.record(Assumption::ExpiryTag, is_tagged && filters, &evidence);
    Ok(())
}

/// Writes an object with the conditions of twinctl and of the twin. The object is deleted at the end.
fn conditional_writes(context: &mut Context) -> Result<()> {
    let object = json!({ "Bucket": context.target.bucket("memory"), "Key": "twinctl-check" });
    let put = |context: &mut Context, condition: &str, value: &str| {
        let mut request = object.clone();
        request["Body"] = "x".into();
        request[condition] = value.into();
        context.aws.attempt("s3", "put_object", request, None)
    };
    let created = put(context, "IfNoneMatch", "*")?.context("the first write was refused")?;
    let tag = text(&created["ETag"]);
    let writes = [("IfNoneMatch", "*"), ("IfMatch", "\"0\""), ("IfMatch", &tag)];
    let after_deletion = [("IfMatch", tag.as_str()), ("IfNoneMatch", "*")];
    let mut codes = Vec::new();
    for writes in [&writes[..], &after_deletion] {
        for (condition, value) in writes {
            let written = put(context, condition, value)?;
            codes.push(written.map_or_else(|refusal| refusal.code, |_| "written".to_owned()));
        }
        context.aws.call("s3", "delete_object", object.clone())?;
    }
    let expected = ["PreconditionFailed", "PreconditionFailed", "written", "NoSuchKey", "written"];
    let evidence = format!("it exists, has changed, is the same, was deleted, was deleted: {}", list(&codes));
    context.findings.record(Assumption::ConditionalWrites, codes == expected, &evidence);
    Ok(())
}

fn access_log(context: &mut Context) -> Result<()> {
    let api = context.api()?;
    let stages = context.aws.call("apigatewayv2", "get_stages", json!({ "ApiId": api }))?;
    let format = text(&stages["Items"][0]["AccessLogSettings"]["Format"]);
    let (route, path) = (format.contains("$context.routeKey"), format.to_lowercase().contains("path"));
    let evidence = format!("logs the route: {route}; logs the path: {path}");
    context.findings.record(Assumption::AccessLogFormat, route && !path, &evidence);
    Ok(())
}

fn logs(context: &mut Context, session: &str) -> Result<()> {
    let started = Instant::now();
    loop {
        let lines = context.twinctl.succeed(&["logs", ENVIRONMENT])?.objects;
        let requests = context.twinctl.succeed(&["logs", ENVIRONMENT, "--requests"])?.objects;
        let leaks = lines.iter().chain(&requests).any(|line| line.to_string().contains(session));
        let is_complete = lines.iter().any(|line| line["route"] == "chat") && !requests.is_empty();
        if leaks || is_complete {
            let evidence = format!("{} lines of the function and {} requests", lines.len(), requests.len());
            context.findings.record(Assumption::LogsHaveNoId, !leaks, &evidence);
            return Ok(());
        }
        if started.elapsed() > LOG_DELAY {
            context
                .findings
                .not_tested(Assumption::LogsHaveNoId, "CloudWatch showed no lines within 3 minutes");
            return Ok(());
        }
        context.interrupt.pause(Duration::from_secs(10))?;
    }
}
