//! The cost budget of AWS Budgets, which sends mail about the bill of the account. Only with `budget.email`.
//!
//! It has no filter. A filter by tag finds nothing before the owner activates the tag for cost allocation, and it never finds
//! the largest part of the bill: AWS charges the calls of a model without a tag.

use std::collections::{BTreeMap, BTreeSet};

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::{Value, json};

use crate::targets::aws::{
    Cloud, Labels, Permission, RequiredPermissions, SdkResult,
    json_calls::{call, tag_list, tags},
    names::Names,
};

const VIEW: &str = "budgets:ViewBudget";
const MODIFY: &str = "budgets:ModifyBudget";
const MISSING: &[&str] = &["NotFoundException"];
/// The percentages of the limit at which AWS sends mail.
const THRESHOLDS: [u8; 2] = [80, 100];
/// 2087-06-15, the end of budgets that have none. AWS deletes a budget after its end.
const NO_END: u64 = 3_706_473_600;
/// The settings of a budget that are compared. All others are its identity, its beginning or its current reading.
const SETTINGS: [&str; 7] = [
    "AutoAdjustData",
    "BudgetLimit",
    "BudgetType",
    "CostFilters",
    "CostTypes",
    "PlannedBudgetLimits",
    "TimeUnit",
];

#[derive(Debug)]
pub struct CostBudget {
    name: String,
    arn: String,
    account: String,
    labels: Labels,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostBudgetDesired {
    /// In US dollars, as a number.
    pub monthly_usd: String,
    pub email: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostBudgetActual {
    settings: BTreeMap<String, String>,
    /// The beginning, which updates keep.
    start: Value,
    /// The receivers of mail by the threshold of the notification. Other notifications, and topics, belong to the owner.
    mail: BTreeMap<u8, BTreeSet<String>>,
    tags: BTreeMap<String, String>,
}

impl CostBudget {
    pub fn new(names: &Names, labels: Labels) -> Self {
        let (name, arn) = (names.cost_budget(), names.cost_budget_arn());
        Self { name, arn, account: names.account.clone(), labels }
    }

    /// Returns a request about this budget with one more member.
    fn request(&self, member: &str, value: Value) -> Value {
        let mut request = json!({ "AccountId": self.account, "BudgetName": self.name });
        request[member] = value;
        request
    }

    /// Returns the budget of a request. The types of costs are the defaults of AWS: what the account pays.
    fn budget(&self, desired: &CostBudgetDesired, start: &Value) -> Value {
        let mut period = json!({ "End": NO_END });
        if !start.is_null() {
            period["Start"] = start.clone();
        }
        json!({
            "BudgetName": self.name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": { "Amount": desired.monthly_usd, "Unit": "USD" },
            "CostFilters": {},
            "CostTypes": {
                "IncludeCredit": true,
                "IncludeDiscount": true,
                "IncludeOtherSubscription": true,
                "IncludeRecurring": true,
                "IncludeRefund": true,
                "IncludeSubscription": true,
                "IncludeSupport": true,
                "IncludeTax": true,
                "IncludeUpfront": true,
                "UseAmortized": false,
                "UseBlended": false,
            },
            "TimePeriod": period,
        })
    }

    async fn read_budget(&self, cloud: &Cloud) -> Result<Option<Value>, Fault> {
        let request = self.request("ShowFilterExpression", true.into());
        let found = call(&cloud.budgets, "DescribeBudget", &request).await.found(VIEW, MISSING)?;
        Ok(found.map(|mut found| found["Budget"].take()))
    }

    async fn read_tags(&self, cloud: &Cloud) -> Result<BTreeMap<String, String>, Fault> {
        let listed = call(&cloud.budgets, "ListTagsForResource", &json!({ "ResourceARN": self.arn })).await;
        let listed = listed.found("budgets:ListTagsForResource", MISSING)?.unwrap_or_default();
        Ok(tags(&listed["ResourceTags"]))
    }

    async fn read_mail(&self, cloud: &Cloud) -> Result<BTreeMap<u8, BTreeSet<String>>, Fault> {
        let read = THRESHOLDS.map(async |threshold| {
            let request = self.request("Notification", notification(threshold));
            let found = call(&cloud.budgets, "DescribeSubscribersForNotification", &request).await;
            let Some(found) = found.found(VIEW, MISSING)? else { return Ok(None) };
            let receivers = found["Subscribers"].as_array().into_iter().flatten();
            let receivers = receivers.filter(|receiver| receiver["SubscriptionType"] == "EMAIL");
            let addresses = receivers.filter_map(|receiver| receiver["Address"].as_str());
            Ok(Some((threshold, addresses.map(ToOwned::to_owned).collect())))
        });
        futures_util::future::join_all(read).await.into_iter().filter_map(Result::transpose).collect()
    }

    async fn create(&self, cloud: &Cloud, desired: &CostBudgetDesired) -> Result<(), Fault> {
        let mail = THRESHOLDS.map(|threshold| {
            json!({ "Notification": notification(threshold), "Subscribers": [receiver(&desired.email)] })
        });
        let request = json!({
            "AccountId": self.account,
            "Budget": self.budget(desired, &Value::Null),
            "NotificationsWithSubscribers": mail,
            "ResourceTags": tag_list(self.labels.iter()),
        });
        call(&cloud.budgets, "CreateBudget", &request).await.fault(MODIFY).map(drop)
    }

    async fn update(
        &self,
        cloud: &Cloud,
        desired: &CostBudgetDesired,
        actual: &CostBudgetActual,
    ) -> Result<(), Fault> {
        let tag = async |tags: BTreeMap<String, String>| {
            let request = json!({ "ResourceARN": self.arn, "ResourceTags": tag_list(tags) });
            call(&cloud.budgets, "TagResource", &request).await.fault("budgets:TagResource")
        };
        let untag = async |keys| {
            let request = json!({ "ResourceARN": self.arn, "ResourceTagKeys": keys });
            call(&cloud.budgets, "UntagResource", &request).await.fault("budgets:UntagResource")
        };
        self.labels.write(&actual.tags, tag, untag).await?;
        let budget = self.budget(desired, &actual.start);
        if actual.settings != settings(&budget) {
            let request = json!({ "AccountId": self.account, "NewBudget": budget });
            call(&cloud.budgets, "UpdateBudget", &request).await.fault(MODIFY)?;
        }
        for threshold in THRESHOLDS {
            self.update_mail(cloud, threshold, &desired.email, actual.mail.get(&threshold)).await?;
        }
        Ok(())
    }

    /// Deletes the last of the former receivers after it has added the new one, because AWS deletes a notification with its last
    /// receiver, and the others before that, because AWS allows only ten.
    async fn update_mail(
        &self,
        cloud: &Cloud,
        threshold: u8,
        email: &str,
        actual: Option<&BTreeSet<String>>,
    ) -> Result<(), Fault> {
        let mut request = self.request("Notification", notification(threshold));
        let Some(actual) = actual else {
            request["Subscribers"] = json!([receiver(email)]);
            call(&cloud.budgets, "CreateNotification", &request).await.fault(MODIFY)?;
            return Ok(());
        };
        let mut request = |address: &str| {
            request["Subscriber"] = receiver(address);
            request.clone()
        };
        let mut former = actual.iter().filter(|address| *address != email);
        let last = former.next();
        for address in former {
            let request = request(address);
            call(&cloud.budgets, "DeleteSubscriber", &request).await.done(MODIFY, MISSING)?;
        }
        if !actual.contains(email) {
            call(&cloud.budgets, "CreateSubscriber", &request(email)).await.fault(MODIFY)?;
        }
        if let Some(address) = last {
            let request = request(address);
            call(&cloud.budgets, "DeleteSubscriber", &request).await.done(MODIFY, MISSING)?;
        }
        Ok(())
    }
}

fn notification(threshold: u8) -> Value {
    json!({
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": threshold,
        "ThresholdType": "PERCENTAGE",
    })
}

fn receiver(email: &str) -> Value {
    json!({ "SubscriptionType": "EMAIL", "Address": email })
}

/// Returns the compared settings of a budget. AWS writes numbers with decimals.
fn settings(budget: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let known = SETTINGS.iter().map(|name| (*name, &budget[*name]));
    for (name, value) in known.chain([("TimePeriod.End", &budget["TimePeriod"]["End"])]) {
        add_settings(&mut all, name, value);
    }
    let filter = &budget["FilterExpression"];
    if is_limiting(filter) {
        all.insert("FilterExpression".to_owned(), filter.to_string());
    }
    all
}

/// Returns whether a filter leaves out a part of the account: a service or a tag, for example. Not if it is only about the types
/// of charges. AWS may express the cost types so, which are compared themselves.
fn is_limiting(filter: &Value) -> bool {
    match filter {
        Value::Array(filters) => filters.iter().any(is_limiting),
        Value::Object(members) => members.iter().any(|(name, filter)| match name.as_str() {
            "And" | "Or" | "Not" => is_limiting(filter),
            _ => filter["Key"] != "RECORD_TYPE",
        }),
        _ => false,
    }
}

fn add_settings(all: &mut BTreeMap<String, String>, name: &str, value: &Value) {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match (value, number(value)) {
        (Value::Null, _) => {}
        (Value::Object(members), _) => {
            for (member, value) in members {
                add_settings(all, &format!("{name}.{member}"), value);
            }
        }
        (_, Some(number)) => drop(all.insert(name.to_owned(), number.to_string())),
        (Value::String(text), None) => drop(all.insert(name.to_owned(), text.clone())),
        (other, None) => drop(all.insert(name.to_owned(), other.to_string())),
    }
}

impl Resource for CostBudget {
    type Cloud = Cloud;
    type Desired = CostBudgetDesired;
    type Actual = CostBudgetActual;
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn observe(&self, cloud: &Cloud, (): &mut ()) -> Result<Option<CostBudgetActual>, Fault> {
        let (budget, tags, mail) =
            tokio::join!(self.read_budget(cloud), self.read_tags(cloud), self.read_mail(cloud));
        let Some(budget) = budget? else { return Ok(None) };
        let start = budget["TimePeriod"]["Start"].clone();
        Ok(Some(CostBudgetActual { settings: settings(&budget), start, mail: mail?, tags: tags? }))
    }

    fn ownership(&self, actual: &CostBudgetActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the budget `{}`", self.name))
    }

    fn diff(&self, desired: &CostBudgetDesired, actual: Option<&CostBudgetActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let wanted = settings(&self.budget(desired, &Value::Null));
        changes.map("budget", &wanted, actual.map(|actual| &actual.settings).into_iter().flatten());
        for threshold in THRESHOLDS {
            let receivers = actual.and_then(|actual| actual.mail.get(&threshold)).into_iter().flatten();
            let receivers = receivers.map(String::as_str).collect::<Vec<_>>().join(", ");
            let receivers = Some(&receivers).filter(|receivers| !receivers.is_empty());
            changes.optional(&format!("mail.{threshold}%"), Some(&desired.email), receivers);
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        (): &mut (),
        desired: &CostBudgetDesired,
        actual: Option<&CostBudgetActual>,
    ) -> Result<Pushed<CostBudgetActual>, Fault> {
        match actual {
            None => self.create(cloud, desired).await?,
            Some(actual) => self.update(cloud, desired, actual).await?,
        }
        Ok(Pushed::Observe)
    }

    async fn delete(&self, cloud: &Cloud, (): &mut (), _: &CostBudgetActual) -> Result<Removed, Fault> {
        let request = json!({ "AccountId": self.account, "BudgetName": self.name });
        call(&cloud.budgets, "DeleteBudget", &request).await.done(MODIFY, MISSING)?;
        Ok(Removed::Observe)
    }

    fn output(&self, _: &CostBudgetActual) -> Option<()> {
        Some(())
    }
}

impl RequiredPermissions for CostBudget {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        let arn = || [self.arn.clone()];
        vec![
            Permission::read("LookAtBudget", &["budgets:ListTagsForResource", VIEW], arn()),
            Permission::write(
                "ChangeBudget",
                &[MODIFY, "budgets:TagResource", "budgets:UntagResource"],
                arn(),
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
