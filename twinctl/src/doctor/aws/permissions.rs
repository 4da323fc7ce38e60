//! Simulates the permissions that deploying, inspecting and destroying the environment require.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use futures_util::{StreamExt as _, stream};
use reconcile::{Class, Fault};

use super::scope::Scope;
use crate::{
    doctor::{Check, check::PERMISSIONS as NAME},
    system::clock,
    targets::aws::{
        Cloud, Permission, SdkResult as _, assigned_ids, names::Names, permissions::NEW, required_permissions,
    },
    ui::ApiError,
};

/// IAM limits how fast policies may be simulated.
const AT_ONCE: usize = 5;
const ATTEMPTS: usize = 4;
const PAUSE: Duration = Duration::from_secs(1);
/// Number of denied actions in the line; all are in the JSON output.
const MOST_LISTED: usize = 5;
const ADVICE: &str = "add them to your policy (docs/prerequisites.md#permissions)";

pub(super) async fn check(scope: &Scope<'_>) -> Check {
    let Some(principal) = principal(&scope.cloud, &scope.arn).await else {
        return Check::ok(NAME, "the root user may do everything")
            .advice("create a role or user with fewer permissions (docs/prerequisites.md)");
    };
    // The IDs narrow the permissions as far as CI's are.
    let assigned = assigned_ids(&scope.cloud, scope.environment()).await.unwrap_or_default();
    let names = Names { assigned, ..scope.names.clone() };
    let questions = questions(&required_permissions(scope.environment(), &names));
    let answers = stream::iter(questions).map(|question| simulate(&scope.cloud, &principal, question));
    verdict(&answers.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await)
}

/// Returns the user or role to simulate, or `None` for the root user, which cannot be simulated.
async fn principal(cloud: &Cloud, arn: &str) -> Option<String> {
    let (account, name) = arn.rsplit_once(':')?;
    if name == "root" {
        return None;
    }
    let Some(role) = name.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next()) else {
        return Some(arn.to_owned());
    };
    // The ARN of a session lacks the role's path.
    let found = cloud.iam.get_role().role_name(role).send().await.ok().and_then(|found| found.role);
    let account = account.rsplit(':').next().unwrap_or_default();
    Some(found.map_or_else(|| format!("arn:aws:iam::{account}:role/{role}"), |role| role.arn))
}

/// Actions to simulate together, because they are on the same resources and under the same conditions.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    actions: BTreeSet<String>,
    resources: Vec<String>,
    context: BTreeMap<String, Vec<String>>,
}

/// Resources, and the values of condition keys.
type Target = (Vec<String>, BTreeMap<String, Vec<String>>);

fn questions(required: &[Permission]) -> Vec<Question> {
    let mut merged: BTreeMap<Target, BTreeSet<String>> = BTreeMap::new();
    for permission in required {
        let mut resources: Vec<_> = permission.resources().iter().map(|arn| arn.replace(NEW, "*")).collect();
        resources.sort_unstable();
        resources.dedup();
        let context = permission.condition_values().map(|(key, values)| (key.to_owned(), values.to_vec()));
        let actions = merged.entry((resources, context.collect())).or_default();
        actions.extend(permission.actions().iter().map(ToString::to_string));
    }
    let question = |((resources, context), actions)| Question { actions, resources, context };
    merged.into_iter().map(question).collect()
}

/// The answer to one question.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    allowed: BTreeSet<String>,
    /// Action and resource.
    denied: BTreeSet<(String, String)>,
    /// Actions whose result depends on a condition key that is not known, with the key.
    unsure: BTreeSet<(String, String)>,
    /// Actions that could not be simulated, with the reason.
    unchecked: BTreeSet<(String, String)>,
}

async fn simulate(cloud: &Cloud, principal: &str, question: Question) -> Answer {
    match ask(cloud, principal, &question).await {
        Ok(results) => answer(&results),
        Err(fault) => {
            let action = fault.cause::<ApiError>().filter(|_| fault.class == Class::Denied);
            let why = action.map_or_else(|| fault.to_string(), |error| format!("needs `{}`", error.action));
            let unchecked = question.actions.into_iter().map(|action| (action, why.clone())).collect();
            Answer { unchecked, ..Answer::default() }
        }
    }
}

async fn ask(cloud: &Cloud, principal: &str, question: &Question) -> Result<Vec<EvaluationResult>, Fault> {
    let entry = |(key, values): (&String, &Vec<String>)| {
        let kind =
            if values.len() == 1 { ContextKeyTypeEnum::String } else { ContextKeyTypeEnum::StringList };
        let entry = ContextEntry::builder().context_key_name(key).context_key_type(kind);
        entry.set_context_key_values(Some(values.clone())).build()
    };
    let context: Vec<_> = question.context.iter().map(entry).collect();
    let (mut results, mut marker, mut attempts) = (Vec::new(), None, 0);
    loop {
        let request = cloud.iam.simulate_principal_policy().policy_source_arn(principal);
        let request = request
            .set_action_names(Some(question.actions.iter().cloned().collect()))
            .set_resource_arns(Some(question.resources.clone()))
            .set_context_entries(Some(context.clone()))
            .set_marker(marker.clone());
        match request.send().await.fault("iam:SimulatePrincipalPolicy") {
            Ok(page) => {
                results.extend(page.evaluation_results.unwrap_or_default());
                marker = page.marker.filter(|_| page.is_truncated);
                if marker.is_none() {
                    return Ok(results);
                }
            }
            Err(fault) if fault.class == Class::Throttled && attempts < ATTEMPTS => {
                attempts += 1;
                clock::sleep(PAUSE).await;
            }
            Err(fault) => return Err(fault),
        }
    }
}

fn answer(results: &[EvaluationResult]) -> Answer {
    let mut answer = Answer::default();
    for result in results {
        let action = result.eval_action_name();
        let mut add = |resource: &str, decision: &PolicyEvaluationDecisionType, missing: &[String]| {
            match (decision, missing.first()) {
                (PolicyEvaluationDecisionType::Allowed, _) => answer.allowed.insert(action.to_owned()),
                (PolicyEvaluationDecisionType::ExplicitDeny, _) | (_, None) => {
                    answer.denied.insert((action.to_owned(), resource.to_owned()))
                }
                (_, Some(key)) => answer.unsure.insert((action.to_owned(), key.clone())),
            };
        };
        for each in result.resource_specific_results() {
            add(each.eval_resource_name(), each.eval_resource_decision(), each.missing_context_values());
        }
        if result.resource_specific_results().is_empty() {
            let resource = result.eval_resource_name().unwrap_or("*");
            add(resource, result.eval_decision(), result.missing_context_values());
        }
    }
    answer
}

fn verdict(answers: &[Answer]) -> Check {
    let allowed: BTreeSet<&str> =
        answers.iter().flat_map(|answer| &answer.allowed).map(String::as_str).collect();
    let [denied, unsure, unchecked] =
        [Part::Denied, Part::Unsure, Part::Unchecked].map(|part| part.of(answers));
    let all: BTreeSet<_> = [&denied, &unsure, &unchecked].into_iter().flat_map(BTreeMap::keys).collect();
    let all = all.into_iter().copied().chain(allowed.iter().copied()).collect::<BTreeSet<_>>().len();
    let first = |part: &BTreeMap<&str, &str>| part.values().next().copied().unwrap_or_default().to_owned();
    let unsure_part = (!unsure.is_empty())
        .then(|| format!("; {} depend on {} and were not checked", unsure.len(), first(&unsure)));
    let unchecked_part = (!unchecked.is_empty())
        .then(|| format!("; {} were not checked: {}", unchecked.len(), first(&unchecked)));
    let rest: String = unsure_part.into_iter().chain(unchecked_part).collect();
    if !denied.is_empty() {
        let listed: Vec<_> = denied.keys().take(MOST_LISTED).copied().collect();
        let more = if denied.len() > MOST_LISTED { ", …" } else { "" };
        let finding =
            format!("{} of {all} actions are denied: {}{more}{rest}", denied.len(), listed.join(", "));
        let details = answers.iter().flat_map(|answer| &answer.denied);
        let details = details.map(|(action, resource)| format!("{action} on {resource}")).collect();
        return Check::problem(NAME, finding, ADVICE).details(details);
    }
    if allowed.is_empty() {
        let why = if unchecked.is_empty() { rest } else { first(&unchecked) };
        return Check::not_checked(NAME, why.trim_start_matches("; "));
    }
    Check::ok(NAME, format!("{} of {all} actions are allowed (simulated){rest}", allowed.len()))
}

/// The actions that are not simply allowed.
#[derive(Debug, Clone, Copy)]
enum Part {
    Denied,
    Unsure,
    Unchecked,
}

impl Part {
    /// Returns the actions with the resource, condition key or reason of each.
    fn of<'a>(self, answers: &'a [Answer]) -> BTreeMap<&'a str, &'a str> {
        let part = move |answer: &'a Answer| match self {
            Self::Denied => &answer.denied,
            Self::Unsure => &answer.unsure,
            Self::Unchecked => &answer.unchecked,
        };
        answers.iter().flat_map(part).map(|(action, why)| (action.as_str(), why.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        doctor::Verdict,
        targets::aws::script::{Script, ok, xml_error},
    };

    fn pairs(pairs: &[(&str, &str)]) -> BTreeSet<(String, String)> {
        pairs.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
    }

    #[test]
    fn the_line_counts_allowed_denied_and_unchecked_actions() {
        let allowed = || Answer { allowed: ["s3:GetObject".to_owned()].into(), ..Answer::default() };
        let denied = Answer {
            denied: pairs(&[("iam:CreateRole", "arn:r"), ("iam:TagRole", "arn:r")]),
            ..Answer::default()
        };
        let unsure = Answer { unsure: pairs(&[("s3:PutObject", "aws:SourceIp")]), ..Answer::default() };
        let unchecked = || Answer {
            unchecked: pairs(&[("s3:ListBucket", "needs `iam:SimulatePrincipalPolicy`")]),
            ..Answer::default()
        };
        let table = [
            (vec![allowed()], Verdict::Ok, "1 of 1 actions are allowed (simulated)"),
            (
                vec![allowed(), denied, unchecked()],
                Verdict::Problem,
                "2 of 4 actions are denied: iam:CreateRole, iam:TagRole; 1 were not checked: needs `iam:SimulatePrincipalPolicy`",
            ),
            (
                vec![allowed(), unsure],
                Verdict::Ok,
                "1 of 2 actions are allowed (simulated); 1 depend on aws:SourceIp and were not checked",
            ),
            (vec![unchecked()], Verdict::NotChecked, "needs `iam:SimulatePrincipalPolicy`"),
        ];
        for (answers, state, finding) in table {
            let check = verdict(&answers);
            assert_eq!((check.state, check.finding.as_str()), (state, finding));
        }
    }

    #[test]
    fn permissions_on_the_same_resources_are_one_question() {
        let on = |arn: &str| [arn.to_owned()];
        let required = [
            Permission::read("A", &["s3:GetObject"], on("arn:b")),
            Permission::write("B", &["s3:PutObject"], on("arn:b")),
            Permission::write("C", &["cloudfront:CreateFunction"], on(&format!("arn:f/{NEW}"))),
            Permission::write("D", &["iam:PassRole"], on("arn:b")).when(
                "StringEquals",
                "iam:PassedToService",
                "lambda",
            ),
        ];
        let questions = questions(&required);
        assert_eq!(questions.len(), 3);
        let actions = |resource: &str, conditions: usize| {
            let is = |question: &&Question| {
                question.resources == [resource] && question.context.len() == conditions
            };
            questions
                .iter()
                .find(is)
                .map(|question| question.actions.iter().cloned().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(actions("arn:b", 0).unwrap(), "s3:GetObject s3:PutObject");
        assert_eq!(actions("arn:f/*", 0).unwrap(), "cloudfront:CreateFunction");
        assert_eq!(actions("arn:b", 1).unwrap(), "iam:PassRole");
    }

    fn question() -> Question {
        Question {
            actions: ["s3:GetObject".to_owned()].into(),
            resources: vec!["arn:b".to_owned()],
            context: BTreeMap::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_is_retried_and_a_refusal_is_reported() {
        let result = |decision: &str| {
            ok(&format!(
                "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member>\
                 <EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>arn:b</EvalResourceName>\
                 <EvalDecision>{decision}</EvalDecision></member></EvaluationResults><IsTruncated>false</IsTruncated>\
                 </SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
            ))
        };
        let script = Script::new().on(
            "SimulatePrincipalPolicy",
            [
                xml_error(400, "Throttling", "slow"),
                result("allowed"),
                result("implicitDeny"),
                xml_error(403, "AccessDenied", "no"),
            ],
        );
        let cloud = script.cloud();
        let simulated = async || simulate(&cloud, "arn:aws:iam::1:user/ada", question()).await;
        assert_eq!(simulated().await.allowed.len(), 1);
        assert_eq!(simulated().await.denied, pairs(&[("s3:GetObject", "arn:b")]));
        let why = "needs `iam:SimulatePrincipalPolicy`";
        assert_eq!(simulated().await.unchecked, pairs(&[("s3:GetObject", why)]));
    }

    #[tokio::test]
    async fn a_session_is_simulated_as_its_role() {
        let role = "<GetRoleResponse><GetRoleResult><Role><Path>/p/</Path><RoleName>r</RoleName><RoleId>i</RoleId>\
             <Arn>arn:aws:iam::1:role/p/r</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>";
        let script = Script::new().on("GetRole", [ok(role), xml_error(403, "AccessDenied", "no")]);
        let cloud = script.cloud();
        let of = async |arn: &str| principal(&cloud, arn).await;
        assert_eq!(of("arn:aws:iam::1:root").await, None);
        assert_eq!(of("arn:aws:iam::1:user/ada").await.unwrap(), "arn:aws:iam::1:user/ada");
        let session = "arn:aws:sts::1:assumed-role/r/twinctl";
        assert_eq!(of(session).await.unwrap(), "arn:aws:iam::1:role/p/r");
        assert_eq!(of(session).await.unwrap(), "arn:aws:iam::1:role/r");
    }
}
