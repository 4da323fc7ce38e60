//! The estimated costs of a run, and the question whether to go on.

use std::io::{BufRead, Write as _};

use anyhow::{Result, bail};

/// The highest costs of a run, in US cents. Prices of us-east-1, without taxes and free tiers, from 2026-11-29.
const COSTS: [(&str, u32); 6] = [
    ("Lambda, API Gateway, DynamoDB and S3: a few hundred requests each", 1),
    ("CloudFront: a few hundred requests, and 20 invalidated paths (1,000 a month are free)", 10),
    ("CloudWatch Logs: less than 1 MB", 1),
    ("WAF: one web ACL for an hour at 5 dollars a month", 1),
    ("Amazon Bedrock: two answers of Nova Micro", 1),
    ("ACM, IAM, and records in your hosted zone", 0),
];

/// Returns the estimate that is shown before the first call.
pub(super) fn estimate() -> String {
    let lines = COSTS.map(|(what, cents)| format!("  {cents:>2} ct  {what}\n")).concat();
    let total: u32 = COSTS.iter().map(|(_, cents)| cents).sum();
    format!(
        "This run creates a twin in your AWS account, changes it, and deletes it.\n\
         It takes 40 to 90 minutes, most of them for CloudFront. Estimated costs, at most:\n\n{lines}  {total:>2} ct  in total\n\n\
         If the run cannot delete a resource, it reports it, and that resource costs more.\n"
    )
}

/// Asks whether to use this account. An answer other than `yes` is an error.
pub(super) fn ask(account: &str, region: &str, answers: &mut impl BufRead) -> Result<()> {
    eprint!("Use the account {account} in {region}? Type `yes`: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    if answer.trim() != "yes" {
        bail!("nothing was created; pass --yes where there is no terminal");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_lists_every_cost_and_their_sum() {
        let estimate = estimate();
        assert!(COSTS.iter().all(|(what, _)| estimate.contains(what)), "{estimate}");
        assert!(estimate.contains("  14 ct  in total"), "{estimate}");
    }

    #[test]
    fn only_yes_is_consent() {
        for (answer, consents) in
            [("yes\n", true), ("YES\n", false), ("y\n", false), ("\n", false), ("", false)]
        {
            assert_eq!(
                ask("123456789012", "eu-west-1", &mut answer.as_bytes()).is_ok(),
                consents,
                "{answer:?}"
            );
        }
    }
}
