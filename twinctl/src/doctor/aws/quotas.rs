//! Checks the quotas that a deploy can exceed.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudfront::types::ResponseHeadersPolicyConfig;
use futures_util::future::OptionFuture;
use reconcile::Fault;

use super::scope::Scope;
use crate::{
    doctor::{
        Check, Request,
        check::{PATIENCE, within},
    },
    spec::Environment,
    targets::aws::{
        Cloud, Login, SdkResult as _,
        names::Names,
        resources::cloudfront,
        stack::{DELIVERY, DISTRIBUTION, FUNCTION},
    },
    ui::Diagnostic,
};

pub(super) const CONCURRENCY: &str = "Lambda concurrency";
const DISTRIBUTIONS: &str = "distributions";
const HEADERS: &str = "response headers policies";
const VERIFIED: &str = "CloudFront verification";

/// AWS's default quotas for an account.
const MOST_DISTRIBUTIONS: usize = 200;
const MOST_HEADERS: usize = 20;
/// The concurrency that Lambda keeps for functions without a reservation, or all of a smaller limit.
const UNRESERVED: i32 = 100;

pub(super) async fn concurrency(scope: &Scope<'_>) -> Check {
    read_concurrency(&scope.cloud, scope.environment(), &scope.names).await
}

async fn read_concurrency(cloud: &Cloud, environment: &Environment, names: &Names) -> Check {
    let wanted = environment.lambda.reserved_concurrency.map(i32::from);
    let read = async {
        let settings = cloud.lambda.get_account_settings().send().await.fault("lambda:GetAccountSettings")?;
        let limit = settings.account_limit.map(|limit| {
            (limit.concurrent_executions, limit.unreserved_concurrent_executions.unwrap_or_default())
        });
        let held = if wanted.is_some() { reserved(cloud, &names.function).await? } else { 0 };
        Ok::<_, Fault>((limit.unwrap_or_default(), held))
    };
    match read.await {
        Ok(((limit, unreserved), held)) => concurrency_verdict(limit, unreserved, held, wanted),
        Err(fault) => Check::failed(CONCURRENCY, &fault),
    }
}

/// Returns the concurrency that the function already reserves.
async fn reserved(cloud: &Cloud, function: &str) -> Result<i32, Fault> {
    let found = cloud.lambda.get_function().function_name(function).send().await;
    let found = found.found("lambda:GetFunction", &["ResourceNotFoundException"])?;
    let held = found.and_then(|function| function.concurrency?.reserved_concurrent_executions);
    Ok(held.unwrap_or_default())
}

fn concurrency_verdict(limit: i32, unreserved: i32, held: i32, wanted: Option<i32>) -> Check {
    const INCREASE: &str =
        "request an increase in the Service Quotas console (AWS Lambda, Concurrent executions)";
    let kept = UNRESERVED.min(limit);
    let available = unreserved + held - kept;
    match wanted {
        Some(wanted) if wanted > available => Check::problem(
            CONCURRENCY,
            format!(
                "`lambda.reserved_concurrency: {wanted}` needs more than the {} of {limit} that can be reserved",
                available.max(0)
            ),
            format!("omit it, or {INCREASE}"),
        ),
        None if unreserved == 0 => {
            Check::problem(CONCURRENCY, format!("other functions reserve all {limit}"), INCREASE)
        }
        None if limit < UNRESERVED => {
            Check::ok(CONCURRENCY, format!("{limit} concurrent executions, the limit of a new account"))
                .advice(INCREASE)
        }
        _ => Check::ok(CONCURRENCY, format!("{unreserved} of {limit} are not reserved")),
    }
}

/// Checks the two quotas of CloudFront, and whether AWS has verified the account for it.
pub(super) async fn cloudfront(scope: &Scope<'_>) -> Vec<Check> {
    let (distributions, headers) = tokio::join!(
        within(PATIENCE, DISTRIBUTIONS, distributions(&scope.cloud, &scope.names)),
        within(PATIENCE, HEADERS, headers_policies(&scope.cloud, &scope.names)),
    );
    let verified = verified_verdict(&distributions);
    vec![verified, distributions, headers]
}

/// No call reports whether AWS has verified an account for CloudFront, but one with a distribution is.
fn verified_verdict(distributions: &Check) -> Check {
    match distributions.finding.split(' ').next().and_then(|count| count.parse::<usize>().ok()) {
        Some(1..) => Check::ok(VERIFIED, "the account has distributions"),
        _ => Check::not_checked(VERIFIED, "AWS reports it only when the first distribution is created")
            .advice("if it is refused, see docs/troubleshooting.md#new-aws-account"),
    }
}

async fn distributions(cloud: &Cloud, names: &Names) -> Check {
    let our_comment = format!("twinctl {}", names.marker);
    match cloudfront::distributions(cloud).await {
        Ok(all) => {
            let ours = all.iter().any(|each| each.comment == our_comment);
            quota_verdict(DISTRIBUTIONS, all.len(), ours, MOST_DISTRIBUTIONS)
        }
        Err(fault) => Check::failed(DISTRIBUTIONS, &fault),
    }
}

async fn headers_policies(cloud: &Cloud, names: &Names) -> Check {
    let is_ours = |config: &ResponseHeadersPolicyConfig| config.name == names.marker;
    match cloudfront::headers_policies(cloud).await {
        Ok(all) => {
            let mut configs = all.iter().filter_map(|policy| policy.response_headers_policy_config.as_ref());
            quota_verdict(HEADERS, all.len(), configs.any(is_ours), MOST_HEADERS)
        }
        Err(fault) => Check::failed(HEADERS, &fault),
    }
}

fn quota_verdict(name: &'static str, count: usize, ours: bool, most: usize) -> Check {
    let finding = format!("{count} of {most} (the default quota)");
    if ours || count < most {
        return Check::ok(name, finding);
    }
    Check::problem(
        name,
        finding,
        "unless yours was increased, delete one, or request an increase in the Service Quotas console (Amazon CloudFront)",
    )
}

/// Checks the quotas that apply to the nodes that failed.
pub(super) async fn of_nodes(
    request: &Request<'_>,
    login: &Login,
    config: &SdkConfig,
    diagnostic: &Diagnostic,
    limit: Duration,
) -> Vec<Check> {
    // The names of the function and of CloudFront resources do not depend on the account.
    let names = Names::new(request.environment, "");
    let cloud = Cloud::new(config, login, String::new(), request.ui.observer());
    let failed = |node| diagnostic.reports_failure_of(node);
    let (function, distribution, delivery) =
        tokio::join!(
            OptionFuture::from(failed(FUNCTION).then(|| {
                within(limit, CONCURRENCY, read_concurrency(&cloud, request.environment, &names))
            })),
            OptionFuture::from(failed(DISTRIBUTION).then(|| within(
                limit,
                DISTRIBUTIONS,
                distributions(&cloud, &names)
            ))),
            OptionFuture::from(failed(DELIVERY).then(|| within(
                limit,
                HEADERS,
                headers_policies(&cloud, &names)
            ))),
        );
    [function, distribution, delivery].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_reservation_must_leave_the_concurrency_that_lambda_keeps() {
        let table = [
            (1000, 1000, 0, None, Verdict::Ok, "1000 of 1000 are not reserved"),
            (1000, 1000, 0, Some(900), Verdict::Ok, "1000 of 1000 are not reserved"),
            (
                1000,
                1000,
                0,
                Some(901),
                Verdict::Problem,
                "`lambda.reserved_concurrency: 901` needs more than the 900 of 1000 that can be reserved",
            ),
            // The function already has its reservation.
            (1000, 100, 900, Some(900), Verdict::Ok, "100 of 1000 are not reserved"),
            (10, 10, 0, None, Verdict::Ok, "10 concurrent executions, the limit of a new account"),
            (
                10,
                10,
                0,
                Some(1),
                Verdict::Problem,
                "`lambda.reserved_concurrency: 1` needs more than the 0 of 10 that can be reserved",
            ),
            (1000, 0, 0, None, Verdict::Problem, "other functions reserve all 1000"),
        ];
        for (limit, unreserved, held, wanted, state, finding) in table {
            let check = concurrency_verdict(limit, unreserved, held, wanted);
            assert_eq!((check.state, check.finding.as_str()), (state, finding));
        }
    }

    #[test]
    fn a_reached_quota_is_a_problem_only_for_a_new_resource() {
        let table = [
            (199, false, Verdict::Ok, "199 of 200 (the default quota)"),
            (200, true, Verdict::Ok, "200 of 200 (the default quota)"),
            (200, false, Verdict::Problem, "200 of 200 (the default quota)"),
        ];
        for (count, ours, state, finding) in table {
            let check = quota_verdict(DISTRIBUTIONS, count, ours, MOST_DISTRIBUTIONS);
            assert_eq!((check.state, check.finding.as_str()), (state, finding));
        }
    }

    #[test]
    fn an_account_with_a_distribution_is_verified() {
        let checked = |count, ours| verified_verdict(&quota_verdict(DISTRIBUTIONS, count, ours, 200)).state;
        assert_eq!(checked(1, false), Verdict::Ok);
        assert_eq!(checked(0, false), Verdict::NotChecked);
        assert_eq!(verified_verdict(&Check::not_checked(DISTRIBUTIONS, "no")).state, Verdict::NotChecked);
    }
}
