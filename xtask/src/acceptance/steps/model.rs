//! Step `model`: an answer of Amazon Bedrock.

use anyhow::Result;

use crate::acceptance::assumption::Assumption;
use crate::acceptance::calls::{statuses, succeeded_before};
use crate::acceptance::context::Context;
use crate::acceptance::twinctl::Outcome;

pub(super) fn run(context: &mut Context) -> Result<()> {
    if context.target.is_emulated() {
        return Ok(());
    }
    context.settings.bedrock = true;
    let deployed = context.deploy();
    if let Ok(deployed) = &deployed {
        let answers = statuses(&deployed.calls, "/inference-profiles/");
        let evidence = format!("GetInferenceProfile was answered with {answers:?}");
        context.findings.record(Assumption::InferenceProfile, answers.contains(&200), &evidence);
        question(context, deployed);
        let (chat, answer, _) = context.chat("Who are you? Answer in one sentence.", None)?;
        if chat.code == Some(0) {
            let evidence = format!("{} letters in {}", answer.chars().count(), chat.seconds());
            context.findings.record(Assumption::ModelAnswers, !answer.is_empty(), &evidence);
        } else {
            // Access to models is a setting of the account.
            context.findings.not_tested(Assumption::ModelAnswers, &chat.failure());
        }
    }
    context.settings.bedrock = false;
    context.deploy()?;
    deployed.map(drop)
}

fn question(context: &mut Context, deployed: &Outcome) {
    let report = deployed.object("question");
    let Some(tokens) = report["output_tokens"].as_u64() else {
        let reason = format!("no answer to a question was reported: {}", report["error"]["code"]);
        context.findings.not_tested(Assumption::QuestionBeforeLive, &reason);
        return;
    };
    let in_order = succeeded_before(&deployed.calls, "/invocations", "/aliases/live");
    let evidence = format!("{tokens} tokens; Invoke succeeded before UpdateAlias: {in_order}");
    context.findings.record(Assumption::QuestionBeforeLive, tokens <= 64 && in_order, &evidence);
}
