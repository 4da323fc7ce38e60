//! The cost budget with responses of AWS Budgets that the emulator does not give.

use super::*;
use crate::{
    spec::{self, Overrides},
    targets::aws::{
        resources::testing::{count, deploy},
        script::{Reply, Script, json_error, ok},
    },
};

fn budget() -> CostBudget {
    let folder = tempfile::TempDir::with_prefix("twinctl-test-").unwrap();
    let text = "project: twin\nenvironment: dev\nregion: eu-central-1\n";
    std::fs::write(folder.path().join("dev.yaml"), text).unwrap();
    let environment = spec::load(folder.path(), "dev", &Overrides::default()).unwrap();
    let labels = Labels::new("twin", "dev", &BTreeMap::new());
    CostBudget::new(&Names::new(&environment, "123456789012"), labels)
}

fn desired(email: &str) -> CostBudgetDesired {
    CostBudgetDesired { monthly_usd: "5".to_owned(), email: email.to_owned() }
}

/// Returns the budget as AWS returns it, with some other members.
fn described(more: &Value) -> Reply {
    let mut found = budget().budget(&desired(""), &json!(1_793_491_200.0));
    found["BudgetLimit"] = json!({ "Amount": "5.0", "Unit": "USD" });
    found["CalculatedSpend"] = json!({ "ActualSpend": { "Amount": "1.25", "Unit": "USD" } });
    found["LastUpdatedTime"] = json!(1_795_996_800.5);
    for (name, value) in more.as_object().into_iter().flatten() {
        found[name] = value.clone();
    }
    ok(&json!({ "Budget": found }).to_string())
}

fn receivers(all: &[&str]) -> Reply {
    ok(&json!({ "Subscribers": all.iter().map(|email| receiver(email)).collect::<Vec<_>>() }).to_string())
}

fn listed() -> Reply {
    ok(&json!({ "ResourceTags": tag_list(budget().labels.iter()) }).to_string())
}

fn missing() -> Reply {
    json_error(400, "NotFoundException", "Unable to get budget: twin-dev-budget - the budget doesn't exist.")
}

#[tokio::test(start_paused = true)]
async fn the_form_of_aws_is_no_difference() {
    let script = Script::new()
        .on("DescribeBudget", [described(&json!({}))])
        .on("DescribeSubscribersForNotification", [receivers(&["ada@example.com"])])
        .on("ListTagsForResource", [listed()]);
    let report = deploy(&script, budget(), desired("ada@example.com")).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(script.log().len(), count(&script, "Describe") + count(&script, "ListTags"));
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_is_not_found_yet_is_not_created_twice() {
    let exists = json_error(400, "DuplicateRecordException", "the budget already exists");
    let script = Script::new()
        .on("DescribeBudget", [missing(), missing(), described(&json!({}))])
        .on("DescribeSubscribersForNotification", [missing(), missing(), receivers(&["ada@example.com"])])
        .on("ListTagsForResource", [missing(), listed()])
        .on("CreateBudget", [ok("{}"), exists.clone()])
        .on("CreateNotification", [exists]);
    let report = deploy(&script, budget(), desired("ada@example.com")).await;
    assert!(report.complete(), "{report:?}");
}

/// AWS deletes a notification with its last receiver.
#[tokio::test(start_paused = true)]
async fn the_new_receiver_is_added_before_the_former_one_is_deleted() {
    let (old, new) = (["old@example.com"], ["new@example.com"]);
    let found = [receivers(&old), receivers(&old), receivers(&new)];
    let script = Script::new()
        .on("DescribeBudget", [described(&json!({}))])
        .on("DescribeSubscribersForNotification", found)
        .on("ListTagsForResource", [listed()])
        .on("CreateSubscriber", [ok("{}")])
        .on("DeleteSubscriber", [ok("{}")]);
    let report = deploy(&script, budget(), desired(new[0])).await;
    assert!(report.complete(), "{report:?}");
    let writes: Vec<_> = script.log().into_iter().filter(|line| line.ends_with("Subscriber")).collect();
    assert_eq!(writes, ["CreateSubscriber", "DeleteSubscriber", "CreateSubscriber", "DeleteSubscriber"]);
}

/// AWS allows ten receivers of mail.
#[tokio::test(start_paused = true)]
async fn a_receiver_takes_the_place_of_others() {
    let full: Vec<_> = (0..10).map(|n| format!("{n}@example.com")).collect();
    let full: Vec<_> = full.iter().map(String::as_str).collect();
    let new = receivers(&["new@example.com"]);
    let script = Script::new()
        .on("DescribeBudget", [described(&json!({}))])
        .on("DescribeSubscribersForNotification", [receivers(&full), new.clone(), new])
        .on("ListTagsForResource", [listed()])
        .on("CreateSubscriber", [ok("{}")])
        .on("DeleteSubscriber", [ok("{}")]);
    let report = deploy(&script, budget(), desired("new@example.com")).await;
    assert!(report.complete(), "{report:?}");
    let writes: Vec<_> = script.log().into_iter().filter(|line| line.ends_with("Subscriber")).collect();
    assert_eq!(writes.iter().position(|line| line == "CreateSubscriber"), Some(9));
    assert_eq!(writes.len(), 11);
}

#[test]
fn each_setting_that_changes_what_the_mail_is_about_is_a_difference() {
    let wanted = desired("ada@example.com");
    let mail = THRESHOLDS.map(|threshold| (threshold, BTreeSet::from([wanted.email.clone()])));
    for (changed, field) in [
        (json!({ "BudgetLimit": { "Amount": "50", "Unit": "USD" } }), "budget.BudgetLimit.Amount"),
        (json!({ "CostFilters": { "Service": ["Amazon S3"] } }), "budget.CostFilters.Service"),
        (json!({ "TimeUnit": "ANNUALLY" }), "budget.TimeUnit"),
        (json!({ "TimePeriod": { "End": 1_900_000_000 } }), "budget.TimePeriod.End"),
        (
            json!({ "AutoAdjustData": { "AutoAdjustType": "FORECAST" } }),
            "budget.AutoAdjustData.AutoAdjustType",
        ),
        (
            json!({ "FilterExpression": { "Dimensions": { "Key": "SERVICE", "Values": ["Amazon S3"] } } }),
            "budget.FilterExpression",
        ),
        (
            json!({ "FilterExpression": { "And": [charges(), { "Not": { "Tags": { "Key": "team" } } }] } }),
            "budget.FilterExpression",
        ),
    ] {
        let mut found = budget().budget(&wanted, &Value::Null);
        for (name, value) in changed.as_object().unwrap() {
            found[name] = value.clone();
        }
        let (settings, tags) = (settings(&found), budget().labels.to_map());
        let actual = CostBudgetActual { settings, start: Value::Null, mail: mail.clone().into(), tags };
        let changes = budget().diff(&wanted, Some(&actual));
        let fields: Vec<_> = changes.into_iter().map(|change| change.field).collect();
        assert_eq!(fields, [field]);
    }
}

fn charges() -> Value {
    json!({ "Not": { "Dimensions": { "Key": "RECORD_TYPE", "Values": ["Tax"] } } })
}

#[test]
fn a_filter_by_types_of_charges_is_left_to_the_cost_types() {
    let expressed = json!({ "FilterExpression": { "And": [charges(), charges()] } });
    assert!(settings(&expressed).is_empty() && settings(&json!({ "FilterExpression": {} })).is_empty());
}
