//! The table in which twin-lambda counts what its model costs: one small item for each month. Only with `budget`.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TableDescription, TableStatus, Tag,
};
use contract::budget::{MONTH, SPENT};
use reconcile::{Backoff, Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use super::Departure;
use crate::targets::aws::{Cloud, Labels, Permission, RequiredPermissions, SdkResult, names::Names};

const MISSING: &[&str] = &["ResourceNotFoundException"];
const KEY: &str = "month: S, HASH";
const ON_DEMAND: &str = "PAY_PER_REQUEST";
const PROVISIONED: &str = "PROVISIONED";
/// A table is created and deleted within seconds.
const CHANGING: Backoff = Backoff::from_millis(400, 2_000, 300_000);

#[derive(Debug)]
pub struct UsageTable {
    name: String,
    arn: String,
    labels: Labels,
    /// See [`UsageTable::found_before`].
    found_before: bool,
    departure: Departure,
}

/// The memory of a run.
#[derive(Debug, Default)]
pub struct UsageTableMemory {
    /// The table existed at the last read. If so, its tags are read together with it.
    seen: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageTableActual {
    status: TableStatus,
    /// All key attributes with their types.
    key: String,
    billing_mode: String,
    /// A protected table cannot be deleted.
    deletion_protection: bool,
    tags: BTreeMap<String, String>,
}

impl UsageTable {
    pub fn new(name: String, arn: String, labels: Labels) -> Self {
        Self { name, arn, labels, found_before: false, departure: Departure::default() }
    }

    /// If the table existed at the last release, the first read requests everything at once.
    #[must_use]
    pub fn found_before(self, found_before: bool) -> Self {
        Self { found_before, ..self }
    }

    /// Keeps the table until the visitors have left the version that needs it.
    #[must_use]
    pub fn until(self, departure: Departure) -> Self {
        Self { departure, ..self }
    }

    async fn create(&self, cloud: &Cloud) -> Result<(), Fault> {
        let name =
            AttributeDefinition::builder().attribute_name(MONTH).attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder().attribute_name(MONTH).key_type(KeyType::Hash);
        let create = cloud.dynamodb.create_table().table_name(&self.name);
        let create = create.billing_mode(BillingMode::PayPerRequest);
        let create = create.set_attribute_definitions(name.build().ok().map(|name| vec![name]));
        let create = create.set_key_schema(key.build().ok().map(|key| vec![key]));
        let create = create.set_tags(Some(tags(self.labels.to_map())));
        create.send().await.fault("dynamodb:CreateTable").map(drop)
    }

    /// Writes one difference. `DynamoDB` refuses some combinations, and other changes of a table that is being updated.
    async fn update(&self, cloud: &Cloud, actual: &UsageTableActual) -> Result<(), Fault> {
        let tag = async |all: BTreeMap<String, String>| {
            let tag = cloud.dynamodb.tag_resource().resource_arn(&self.arn).set_tags(Some(tags(all)));
            tag.send().await.fault("dynamodb:TagResource")
        };
        let untag = async |keys| {
            let untag = cloud.dynamodb.untag_resource().resource_arn(&self.arn).set_tag_keys(Some(keys));
            untag.send().await.fault("dynamodb:UntagResource")
        };
        self.labels.write(&actual.tags, tag, untag).await?;
        let update = cloud.dynamodb.update_table().table_name(&self.name);
        let update = if actual.billing_mode != ON_DEMAND {
            update.billing_mode(BillingMode::PayPerRequest)
        } else if actual.deletion_protection {
            update.deletion_protection_enabled(false)
        } else {
            return Ok(());
        };
        update.send().await.fault("dynamodb:UpdateTable").map(drop)
    }

    /// Reads what the model has cost in a month, in billionths of a dollar.
    pub async fn spent(client: &aws_sdk_dynamodb::Client, name: &str, month: &str) -> Result<u64, Fault> {
        let get = client.get_item().table_name(name).key(MONTH, AttributeValue::S(month.to_owned()));
        let found = get.consistent_read(true).send().await.found("dynamodb:GetItem", MISSING)?;
        let spent = |item: HashMap<String, AttributeValue>| item.get(SPENT)?.as_n().ok()?.parse().ok();
        Ok(found.and_then(|found| found.item).and_then(spent).unwrap_or_default())
    }
}

fn tags(all: BTreeMap<String, String>) -> Vec<Tag> {
    all.into_iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// Returns the keys of a table with their types, in their order.
fn key(table: &TableDescription) -> String {
    let attribute_type = |name: &str| {
        let found = table.attribute_definitions().iter().find(|defined| defined.attribute_name() == name);
        found.map(|defined| defined.attribute_type().as_str()).unwrap_or_default()
    };
    let part = |key: &KeySchemaElement| {
        format!(
            "{}: {}, {}",
            key.attribute_name(),
            attribute_type(key.attribute_name()),
            key.key_type().as_str()
        )
    };
    table.key_schema().iter().map(part).collect::<Vec<_>>().join("; ")
}

impl Resource for UsageTable {
    type Cloud = Cloud;
    type Desired = ();
    type Actual = UsageTableActual;
    /// The name.
    type Output = String;
    type Memory = UsageTableMemory;

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    fn initial_memory(&self) -> UsageTableMemory {
        UsageTableMemory { seen: self.found_before }
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
    ) -> Result<Option<UsageTableActual>, Fault> {
        let table = async {
            let table = cloud.dynamodb.describe_table().table_name(&self.name).send().await;
            table.found("dynamodb:DescribeTable", MISSING)
        };
        let listing = cloud.dynamodb.list_tags_of_resource().resource_arn(&self.arn).send();
        let (table, listed) = if memory.seen {
            let (table, listed) = tokio::join!(table, listing);
            (table?, listed)
        } else {
            let Some(table) = table.await? else { return Ok(None) };
            (Some(table), listing.await)
        };
        let table = table.and_then(|found| found.table);
        memory.seen = table.is_some();
        let Some(table) = table else { return Ok(None) };
        let listed = listed.found("dynamodb:ListTagsOfResource", MISSING)?;
        let tags = listed.and_then(|listed| listed.tags).unwrap_or_default();
        let mode = table.billing_mode_summary().and_then(|summary| summary.billing_mode());
        Ok(Some(UsageTableActual {
            key: key(&table),
            // A table that was always provisioned has no summary.
            billing_mode: mode.map_or(PROVISIONED, BillingMode::as_str).to_owned(),
            deletion_protection: table.deletion_protection_enabled == Some(true),
            status: table.table_status.unwrap_or(TableStatus::Active),
            tags: tags.into_iter().map(|Tag { key, value, .. }| (key, value)).collect(),
        }))
    }

    fn ownership(&self, actual: &UsageTableActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the table `{}`", self.name))
    }

    fn status(&self, actual: &UsageTableActual) -> Status {
        match &actual.status {
            TableStatus::Active => Status::Ready,
            TableStatus::Creating | TableStatus::Updating | TableStatus::Deleting => {
                Status::Busy(Wait::new("DynamoDB to change the table", CHANGING))
            }
            other => Status::Failed(format!("the table is {}", other.as_str())),
        }
    }

    fn diff(&self, (): &(), actual: Option<&UsageTableActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        if let Some(key) = actual.map(|actual| actual.key.clone()).filter(|key| *key != KEY) {
            changes.push(Change::new("key", Some(key), Some(KEY.to_owned())).replacing());
        }
        changes.value("billing_mode", &ON_DEMAND.to_owned(), actual.map(|actual| &actual.billing_mode));
        let protected = actual.filter(|actual| actual.deletion_protection).map(|_| &true);
        changes.optional("deletion_protection", None, protected);
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        (): &(),
        actual: Option<&UsageTableActual>,
    ) -> Result<Pushed<UsageTableActual>, Fault> {
        match actual {
            None => self.create(cloud).await?,
            Some(actual) => self.update(cloud, actual).await?,
        }
        memory.seen = true;
        Ok(Pushed::Observe)
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        actual: &UsageTableActual,
    ) -> Result<Removed, Fault> {
        if matches!(self.status(actual), Status::Busy(_)) {
            return Err(Fault::new(Class::Busy, "DynamoDB is changing the table"));
        }
        if let Some(wait) = self.departure.wait() {
            return Ok(Removed::Waiting(wait));
        }
        if actual.deletion_protection {
            let update = cloud.dynamodb.update_table().table_name(&self.name);
            let update = update.deletion_protection_enabled(false).send().await;
            update.done("dynamodb:UpdateTable", MISSING)?;
            return Ok(Removed::Observe);
        }
        let delete = cloud.dynamodb.delete_table().table_name(&self.name).send().await;
        delete.done("dynamodb:DeleteTable", MISSING)?;
        Ok(Removed::Observe)
    }

    fn output(&self, _: &UsageTableActual) -> Option<String> {
        Some(self.name.clone())
    }

    fn predict_output(&self, (): &(), _: Option<&UsageTableActual>) -> Option<String> {
        Some(self.name.clone())
    }
}

impl RequiredPermissions for UsageTable {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        let table = || [self.arn.clone()];
        vec![
            Permission::read(
                "LookAtUsage",
                &["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:ListTagsOfResource"],
                table(),
            ),
            Permission::write(
                "ChangeUsageTable",
                &[
                    "dynamodb:CreateTable",
                    "dynamodb:DeleteTable",
                    "dynamodb:TagResource",
                    "dynamodb:UntagResource",
                    "dynamodb:UpdateTable",
                ],
                table(),
            ),
        ]
    }
}

#[cfg(test)]
mod tests;
