//! Step `model`: an answer of Amazon Bedrock.

use anyhow::Result;

use crate::acceptance::assumption::Assumption;
use crate::acceptance::calls::statuses;
use crate::acceptance::context::Context;

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
