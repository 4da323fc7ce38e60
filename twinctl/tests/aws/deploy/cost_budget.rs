//! The cost budget of AWS Budgets: deployed, drifted, adopted and turned off.

use serde_json::{Value, json};
use testbed::{proxy::Selector, twin_lambda::second_zip};

use super::{
    budget::{BUDGET, with_bedrock},
    inventory::inventory,
    twin::Twin,
};
use crate::cloud::budgets;

const FILE: &str = "environments/dev.yaml";
const NAME: &str = "ada-dev-budget";
const EMAIL: &str = "email: ada@example.com, ";

fn twin() -> Twin {
    let twin = Twin::new();
    twin.write(FILE, format!("{}{BUDGET}", with_bedrock()));
    twin
}

/// Returns the operations of AWS Budgets that were called.
fn calls(twin: &Twin) -> Vec<String> {
    let calls = twin.proxy.calls().into_iter().filter(|call| call.service == "budgets");
    let mut operations: Vec<_> = calls.map(|call| call.operation).collect();
    operations.sort();
    operations
}

/// Returns the lines of the inventory about budgets.
async fn found(twin: &Twin) -> Vec<String> {
    let mut found = inventory(&twin.by_hand).await;
    found.retain(|line| line.contains(NAME));
    found
}

#[testbed::test(emulator)]
async fn aws_sends_mail_about_the_bill_only_with_an_address() {
    let twin = twin();
    let deployed = twin.deploy(&[]).await.exits_with(0);
    deployed.reports("AWS sends mail to ada@example.com about the bill of the whole account 000000000000");
    let writes = twin.writes().into_iter().filter(|call| call.service == "budgets");
    assert_eq!(writes.map(|call| call.operation).collect::<Vec<_>>(), ["CreateBudget"]);
    let mail = |address: &str| {
        let mail = |threshold| format!("mail at {threshold}% of {NAME} to \"{address}\"");
        vec![format!("budget {NAME} of 5"), mail("100"), mail("80")]
    };
    assert_eq!(found(&twin).await, mail("ada@example.com"));
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    let subscribers = "DescribeSubscribersForNotification";
    assert_eq!(calls(&twin), ["DescribeBudget", subscribers, subscribers, "ListTagsForResource"]);

    twin.write(FILE, format!("{}{}", with_bedrock(), BUDGET.replace("ada@", "new@")));
    twin.plan().await.exits_with(7).reports("mail.80%");
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(found(&twin).await, mail("new@example.com"));

    twin.write(FILE, format!("{}{}", with_bedrock(), BUDGET.replace(EMAIL, "")));
    twin.deploy(&[]).await.exits_with(0).reports("cost budget");
    assert_eq!(found(&twin).await, [""; 0]);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    twin.run(&["status", "dev"]).await.exits_with(0);
    assert_eq!(calls(&twin), [""; 0], "the record forgets the cost budget");
}

#[testbed::test(emulator)]
async fn every_part_of_the_cost_budget_that_drifts_is_shown_and_repaired() {
    let twin = twin();
    twin.deploy(&[]).await.exits_with(0);
    let call = |operation: &str, more: Value| {
        let mut body = json!({ "AccountId": twin.by_hand.account, "BudgetName": NAME });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        budgets(&twin.by_hand, operation, &body)
    };
    let mut budget = call("DescribeBudget", json!({}))["Budget"].take();
    budget["BudgetLimit"]["Amount"] = "500".into();
    budget["CostFilters"] = json!({ "Service": ["Amazon S3"] });
    budget["CostTypes"]["IncludeTax"] = false.into();
    budget["FilterExpression"] = json!({ "Dimensions": { "Key": "SERVICE", "Values": ["Amazon S3"] } });
    budget["TimePeriod"]["End"] = 1_900_000_000.into();
    budget.as_object_mut().unwrap().retain(|name, _| name != "CalculatedSpend" && name != "LastUpdatedTime");
    call("UpdateBudget", json!({ "NewBudget": budget }));
    let notification = |threshold: u8| json!({ "NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": threshold });
    call("DeleteNotification", json!({ "Notification": notification(80) }));
    let other = json!({ "SubscriptionType": "EMAIL", "Address": "odd@example.com" });
    call("CreateSubscriber", json!({ "Notification": notification(100), "Subscriber": other }));
    let arn = format!("arn:aws:budgets::000000000000:budget/{NAME}");
    call("TagResource", json!({ "ResourceARN": arn, "ResourceTags": [{ "Key": "odd", "Value": "1" }] }));
    let shown = twin.run(&["status", "dev"]).await.exits_with(7);
    for field in [
        "budget.BudgetLimit.Amount",
        "budget.CostFilters.Service",
        "budget.CostTypes.IncludeTax",
        "budget.FilterExpression",
        "budget.TimePeriod.End",
        "mail.80%",
        "mail.100%",
        "tags.odd",
    ] {
        shown.reports(field);
    }
    twin.deploy(&[]).await.exits_with(0);
    twin.plan().await.exits_with(0);
    assert_eq!(found(&twin).await.len(), 3);
}

#[testbed::test(emulator)]
async fn a_mail_to_a_topic_only_gets_a_receiver() {
    let twin = twin();
    twin.deploy(&[]).await.exits_with(0);
    let notification =
        json!({ "NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80 });
    for (operation, kind, address) in [
        ("CreateSubscriber", "SNS", "arn:aws:sns:us-east-1:000000000000:bill"),
        ("DeleteSubscriber", "EMAIL", "ada@example.com"),
    ] {
        let receiver = json!({ "SubscriptionType": kind, "Address": address });
        let request = json!({
            "AccountId": twin.by_hand.account, "BudgetName": NAME, "Notification": notification,
            "Subscriber": receiver,
        });
        budgets(&twin.by_hand, operation, &request);
    }
    twin.plan().await.exits_with(7).reports("mail.80%");
    twin.deploy(&[]).await.exits_with(0);
    twin.plan().await.exits_with(0);
    assert_eq!(found(&twin).await.len(), 4, "the topic is left unchanged");
}

/// Denies each read of the cost budget, as AWS does in an account whose payer has not enabled budgets.
fn deny(twin: &Twin) {
    twin.proxy.reset();
    for operation in ["DescribeBudget", "DescribeSubscribersForNotification"] {
        twin.proxy.refuse(Selector::first(1000, operation), 400, "AccessDeniedException");
    }
}

#[testbed::test(emulator)]
async fn an_account_without_aws_budgets_can_take_the_setting_back() {
    let twin = twin();
    let without = format!("{}{}", with_bedrock(), BUDGET.replace(EMAIL, ""));
    deny(&twin);
    let denied = twin.deploy(&[]).await.exits_with(5);
    denied.reports("then remove `budget.email`");
    assert_eq!(inventory(&twin.by_hand).await, [""; 0], "nothing was changed");
    twin.write(FILE, &without);
    deny(&twin);
    twin.deploy(&[]).await.exits_with(0);
    twin.run(&["status", "dev"]).await.exits_with(0);
    assert_eq!(calls(&twin), [""; 0]);

    twin.write(FILE, format!("{}{BUDGET}", with_bedrock()));
    twin.deploy_zip(second_zip()).await.exits_with(5);
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    twin.run(&["upload-data", "dev", "--yes"]).await.exits_with(0);
    twin.write(FILE, &without);
    deny(&twin);
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(calls(&twin), [""; 0], "neither the deploy nor the upload has recorded a cost budget");
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}

#[testbed::test(emulator)]
async fn a_cost_budget_that_aws_denies_to_read_is_not_left_behind() {
    let twin = twin();
    twin.deploy(&[]).await.exits_with(0);
    let before = inventory(&twin.by_hand).await;
    twin.write(FILE, format!("{}{}", with_bedrock(), BUDGET.replace(EMAIL, "")));
    deny(&twin);
    for denied in [twin.deploy(&[]).await, twin.destroy(&[]).await] {
        denied.exits_with(5).reports("your credentials lack the permission `budgets:ViewBudget`");
    }
    assert_eq!(inventory(&twin.by_hand).await, before);
    twin.proxy.reset();
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}

#[testbed::test(emulator)]
async fn a_cost_budget_of_others_is_only_taken_over_with_adopt() {
    let twin = twin();
    let budget = json!({
        "BudgetName": NAME, "BudgetType": "COST", "TimeUnit": "MONTHLY",
        "BudgetLimit": { "Amount": "7", "Unit": "USD" },
    });
    let request = json!({ "AccountId": twin.by_hand.account, "Budget": budget });
    budgets(&twin.by_hand, "CreateBudget", &request);
    let refused = twin.deploy(&[]).await.exits_with(6);
    refused.reports("the budget `ada-dev-budget` exists but is not managed by twinctl");
    twin.deploy(&["--adopt"]).await.exits_with(0);
    twin.plan().await.exits_with(0);
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}
