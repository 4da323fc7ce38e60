//! The cost budget of AWS Budgets.

use std::collections::BTreeMap;

use reconcile::Fault;
use serde_json::{Value, json};

use super::hcl::{Body, Resource};
use crate::targets::aws::{
    Cloud, SdkResult,
    json_calls::{call, tags},
    names::Names,
};

const VIEW: &str = "budgets:ViewBudget";

/// Returns the budget with all its notifications.
pub(super) async fn cost_budget(cloud: &Cloud, names: &Names) -> Result<Resource, Fault> {
    let name = names.cost_budget();
    let request = json!({ "AccountId": names.account, "BudgetName": name });
    let tags_request = json!({ "ResourceARN": names.cost_budget_arn() });
    let (budget, notifications, listed) = tokio::join!(
        call(&cloud.budgets, "DescribeBudget", &request),
        call(&cloud.budgets, "DescribeNotificationsForBudget", &request),
        call(&cloud.budgets, "ListTagsForResource", &tags_request),
    );
    let (budget, notifications) = (budget.fault(VIEW)?, notifications.fault(VIEW)?);
    let listed = listed.fault("budgets:ListTagsForResource")?;
    let setting = |pointer: &str| budget["Budget"].pointer(pointer).cloned();
    let filters = budget["Budget"]["CostFilters"].as_object().into_iter().flatten();
    let filters =
        filters.map(|(name, values)| Body::new().set("name", name.as_str()).set("values", values.clone()));
    let mut described = Vec::new();
    for found in notifications["Notifications"].as_array().into_iter().flatten() {
        described.push(notification(cloud, &request, found).await?);
    }
    let body = Body::new()
        .set("name", &*name)
        .set_some("budget_type", setting("/BudgetType"))
        .set_some("limit_amount", setting("/BudgetLimit/Amount"))
        .set_some("limit_unit", setting("/BudgetLimit/Unit"))
        .set_some("time_unit", setting("/TimeUnit"))
        .set("tags", json!(tags(&listed["ResourceTags"])))
        .blocks("cost_filter", filters)
        .blocks("notification", described);
    Ok(Resource::new("aws_budgets_budget", "twin", format!("{}:{name}", names.account), body))
}

async fn notification(cloud: &Cloud, budget: &Value, notification: &Value) -> Result<Body, Fault> {
    let mut request = budget.clone();
    request["Notification"] = notification.clone();
    let found = call(&cloud.budgets, "DescribeSubscribersForNotification", &request).await.fault(VIEW)?;
    let mut receivers = BTreeMap::from([("EMAIL", Vec::new()), ("SNS", Vec::new())]);
    for receiver in found["Subscribers"].as_array().into_iter().flatten() {
        let kind = receiver["SubscriptionType"].as_str().unwrap_or_default();
        if let Some(addresses) = receivers.get_mut(kind) {
            addresses.push(receiver["Address"].clone());
        }
    }
    let addresses =
        |kind: &str| receivers.get(kind).filter(|found| !found.is_empty()).map(|found| json!(found));
    let member = |name: &str| notification.get(name).cloned();
    Ok(Body::new()
        .set_some("comparison_operator", member("ComparisonOperator"))
        .set_some("threshold", member("Threshold"))
        // Terraform requires it, and AWS omits the default.
        .set("threshold_type", member("ThresholdType").unwrap_or_else(|| json!("PERCENTAGE")))
        .set_some("notification_type", member("NotificationType"))
        .set_some("subscriber_email_addresses", addresses("EMAIL"))
        .set_some("subscriber_sns_topic_arns", addresses("SNS")))
}
