//! The records of environments in DynamoDB: one item per environment. All writes are conditional.

pub(crate) mod item;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    operation::update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ReturnValue,
        ReturnValuesOnConditionCheckFailure, ScalarAttributeType, Tag,
    },
};
use reconcile::{Class, Fault};
use serde::Serialize;

use crate::targets::record::{
    Adopted, Birth, CanaryRun, Condition, Expiry, ExpiryChange, Feature, FormerDomains, Holder, KnownDomain,
    Record, RecordFormat, RecordStore, Release, RotationStep, RunResult, TakeResult,
};
use crate::{
    system::clock,
    targets::aws::{Permission, SdkResult, fault, names::Names},
};

pub(super) const TABLE: &str = "twinctl-locks";
/// The attributes that the end of a run with a release removes.
const REMOVED: &str = "lease, beat, holder, canary, destroying";
const GET: &str = "dynamodb:GetItem";
const UPDATE: &str = "dynamodb:UpdateItem";
/// How long to wait until a new table can be written to.
const TABLE_READY: Duration = Duration::from_mins(2);
const TABLE_POLL: Duration = Duration::from_millis(200);
/// How long calls may be denied after this run created the table, because permissions for it must propagate first.
const PERMISSIONS_PROPAGATE: Duration = Duration::from_secs(30);

/// The item of an environment.
#[derive(Debug, Clone)]
pub struct LockTable {
    client: Client,
    key: String,
    /// Whether the table did not exist at the last read.
    missing: Arc<AtomicBool>,
    /// The configured domain. It is recorded when the lock is acquired, before any of its resources are created.
    domain: Option<KnownDomain>,
    /// The features of the environment. Recorded like the domain, as is the expiry.
    features: BTreeSet<Feature>,
    expiry: ExpiryChange,
    /// The canary that the run may make. Recorded like the domain, unless an earlier one has not ended.
    canary: Option<String>,
}

impl LockTable {
    pub fn new(client: Client, project: &str, environment: &str) -> Self {
        Self {
            client,
            key: format!("{project}/{environment}"),
            missing: Arc::default(),
            domain: None,
            features: BTreeSet::new(),
            expiry: ExpiryChange::Keep,
            canary: None,
        }
    }

    #[must_use]
    pub fn with_domain(self, domain: Option<KnownDomain>) -> Self {
        Self { domain, ..self }
    }

    #[must_use]
    pub fn with_features(self, features: BTreeSet<Feature>) -> Self {
        Self { features, ..self }
    }

    #[must_use]
    pub fn with_canary(self, canary: Option<String>) -> Self {
        Self { canary, ..self }
    }

    #[must_use]
    pub fn with_expiry(self, expiry: ExpiryChange) -> Self {
        Self { expiry, ..self }
    }

    fn acquisition(
        &self,
        condition: Condition<'_>,
        lease: &str,
        holder: &Holder,
        birth: &Birth,
    ) -> UpdateItemFluentBuilder {
        let holder = serde_json::to_string(holder).unwrap_or_default();
        let expression = "SET lease = :lease, beat = :zero, holder = :holder, fence = if_not_exists(fence, :zero) + :one, \
                     birth = if_not_exists(birth, :birth), origin_secret = if_not_exists(origin_secret, :secret), \
                     record_format = if_not_exists(record_format, :format), twinctl = :twinctl";
        let RecordFormat { format, twinctl } = RecordFormat::first();
        let set = |feature: &Feature| format!(", {} = :one", feature.name());
        let set_features: String = self.features.iter().map(set).collect();
        let set_canary =
            self.canary.as_ref().map(|_| ", canary = if_not_exists(canary, :canary)").unwrap_or_default();
        let add_domain = self.domain.as_ref().map(|_| " ADD domains :domains").unwrap_or_default();
        let had_expiry =
            !matches!(condition, Condition::FreeSince(seen) if seen.is_none_or(|seen| seen.expiry.is_none()));
        let (set_expiry, remove_expiry) = match self.expiry {
            ExpiryChange::Renew(_) => (", expiry = :expiry", ""),
            ExpiryChange::Remove if had_expiry => ("", ", expiry"),
            _ => ("", ""),
        };
        let update = self
            .update(&format!(
                "{expression}{set_features}{set_canary}{set_expiry} REMOVE destroying{remove_expiry}{add_domain}"
            ))
            .set_expression_attribute_values(
                self.domain.as_ref().map(|domain| HashMap::from([domains(domain)])),
            )
            .expression_attribute_values(":lease", string(lease))
            .expression_attribute_values(":holder", string(&holder))
            .expression_attribute_values(":birth", string(&birth.id))
            .expression_attribute_values(":secret", string(birth.origin_secret.as_str()))
            .expression_attribute_values(":format", number(format))
            .expression_attribute_values(":twinctl", AttributeValue::S(twinctl))
            .expression_attribute_values(":zero", number(0))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match &self.expiry {
            ExpiryChange::Renew(expiry) => update.expression_attribute_values(":expiry", json(expiry)),
            _ => update,
        };
        let canary = self.canary.clone().map(|canary| CanaryRun { lease: lease.to_owned(), canary });
        let update = match canary {
            Some(canary) => update.expression_attribute_values(":canary", json(&canary)),
            None => update,
        };
        match condition {
            Condition::FreeSince(None) => update.condition_expression("attribute_not_exists(id)"),
            Condition::FreeSince(Some(seen)) => update
                .condition_expression("attribute_not_exists(lease) AND fence = :fence")
                .expression_attribute_values(":fence", number(seen.fence)),
            Condition::HeldBy { lease, beat } => update
                .condition_expression("lease = :old AND beat = :beat")
                .expression_attribute_values(":old", string(lease))
                .expression_attribute_values(":beat", number(beat)),
        }
    }

    fn release(&self, releases: &[Release], former: FormerDomains) -> UpdateItemFluentBuilder {
        let (mut set, mut remove) = ("releases = :releases".to_owned(), REMOVED.to_owned());
        let domain = self.domain.as_ref().filter(|_| former == FormerDomains::Removed);
        if former == FormerDomains::Removed {
            match domain {
                Some(_) => set.push_str(", domains = :domains"),
                None => remove.push_str(", domains"),
            }
            for former in Feature::ALL.iter().filter(|feature| !self.features.contains(feature)) {
                remove.push_str(", ");
                remove.push_str(former.name());
            }
        }
        self.update(&format!("SET {set} REMOVE {remove}"))
            .set_expression_attribute_values(domain.map(|domain| HashMap::from([domains(domain)])))
            .expression_attribute_values(":releases", json(releases))
    }

    /// Returns the permissions for the table, which is created automatically, and for this environment's item only.
    pub fn required_permissions(names: &Names) -> Vec<Permission> {
        let table = || [format!("arn:aws:dynamodb:{}:{}:table/{TABLE}", names.region, names.account)];
        let item = format!("{}/{}", names.project, names.environment);
        let only_our_item = |permission: Permission| {
            permission.when("ForAllValues:StringEquals", "dynamodb:LeadingKeys", &item)
        };
        vec![
            only_our_item(Permission::read("ReadRecord", &[GET], table())),
            only_our_item(Permission::write("WriteRecord", &["dynamodb:DeleteItem", UPDATE], table())),
            Permission::write("MakeTable", &["dynamodb:CreateTable", "dynamodb:TagResource"], table()),
        ]
    }

    /// Returns the environments that have an item, or `None` if there is no table.
    pub async fn environments(client: &Client) -> Result<Option<Vec<String>>, Fault> {
        let scan = client.scan().table_name(TABLE).consistent_read(true).send().await;
        let scan = scan.found("dynamodb:Scan", &["ResourceNotFoundException"])?;
        let id =
            |item: HashMap<String, AttributeValue>| item.get("id").and_then(|id| id.as_s().ok()).cloned();
        Ok(scan.map(|scan| scan.items.unwrap_or_default().into_iter().filter_map(id).collect()))
    }

    /// Deletes the table with all its items.
    pub async fn remove_table(client: &Client) -> Result<(), Fault> {
        let delete = client.delete_table().table_name(TABLE).send().await;
        delete.done("dynamodb:DeleteTable", &["ResourceNotFoundException"])
    }

    /// Returns the environments of a project whose record has an expiry, by their names.
    pub async fn expiries(client: &Client, project: &str) -> Result<BTreeMap<String, Expiry>, Fault> {
        let scan = client.scan().table_name(TABLE).consistent_read(true);
        // Not the origin secrets, which the items contain, too.
        let scan = scan.projection_expression("id, expiry").filter_expression("begins_with(id, :project)");
        let scan = scan.expression_attribute_values(":project", string(&format!("{project}/")));
        let pages = scan.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        let pages = pages.found("dynamodb:Scan", &["ResourceNotFoundException"])?.unwrap_or_default();
        let items = pages.into_iter().flat_map(|page| page.items.unwrap_or_default());
        let expiry = |item: HashMap<String, AttributeValue>| {
            let text = |name: &str| item.get(name)?.as_s().ok();
            let (_, name) = text("id")?.split_once('/')?;
            Some((name.to_owned(), serde_json::from_str(text("expiry")?).ok()?))
        };
        Ok(items.filter_map(expiry).collect())
    }

    async fn ensure_table(&self) -> Result<(), Fault> {
        let name = AttributeDefinition::builder()
            .attribute_name("id")
            .attribute_type(ScalarAttributeType::S)
            .build();
        let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build();
        let tag = Tag::builder().key("twinctl").value("locks").build();
        let create = self.client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
        let create = create.set_attribute_definitions(name.ok().map(|name| vec![name]));
        let create =
            create.set_key_schema(key.ok().map(|key| vec![key])).set_tags(tag.ok().map(|tag| vec![tag]));
        create.send().await.done("dynamodb:CreateTable", &["ResourceInUseException"])
    }

    fn update(&self, expression: &str) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(TABLE).key("id", string(&self.key)).update_expression(expression)
    }

    async fn update_if_held(&self, update: UpdateItemFluentBuilder, lease: &str) -> Result<bool, Fault> {
        let update =
            update.condition_expression("lease = :ours").expression_attribute_values(":ours", string(lease));
        Ok(update.send().await.found(UPDATE, &["ConditionalCheckFailedException"])?.is_some())
    }
}

#[async_trait]
impl RecordStore for LockTable {
    async fn read(&self) -> Result<Option<Record>, Fault> {
        let response = self
            .client
            .get_item()
            .table_name(TABLE)
            .key("id", string(&self.key))
            .consistent_read(true)
            .send();
        let response = response.await.found(GET, &["ResourceNotFoundException"])?;
        self.missing.store(response.is_none(), Ordering::Relaxed);
        item::record(response.and_then(|response| response.item).as_ref())
    }

    async fn take(
        &self,
        condition: Condition<'_>,
        lease: &str,
        holder: &Holder,
        birth: &Birth,
    ) -> Result<TakeResult, Fault> {
        let started = tokio::time::Instant::now();
        let was_missing = self.missing.swap(false, Ordering::Relaxed);
        if was_missing {
            self.ensure_table().await?;
        }
        let may_be_denied = || was_missing && started.elapsed() < PERMISSIONS_PROPAGATE;
        loop {
            let response = self.acquisition(condition, lease, holder, birth).send().await;
            match response {
                Err(error) if is_missing(&error) && started.elapsed() < TABLE_READY => {
                    self.ensure_table().await?;
                    clock::sleep(TABLE_POLL).await;
                }
                Err(error) if fault(UPDATE, &error).class == Class::Denied && may_be_denied() => {
                    clock::sleep(TABLE_POLL).await;
                }
                response => return taken_by(response),
            }
        }
    }

    async fn renew(&self, lease: &str, beat: u64) -> Result<bool, Fault> {
        let update = self.update("SET beat = :beat").expression_attribute_values(":beat", number(beat));
        self.update_if_held(update, lease).await
    }

    async fn rotate(&self, lease: &str, step: RotationStep<'_>) -> Result<bool, Fault> {
        let update = match step {
            RotationStep::Begin(next) => self
                .update("SET next_origin_secret = :secret")
                .expression_attribute_values(":secret", string(next.as_str())),
            RotationStep::Accepted(releases) => self
                .update("SET releases = :releases")
                .expression_attribute_values(":releases", json(releases)),
            RotationStep::Finish(next) => self
                .update("SET origin_secret = :secret REMOVE next_origin_secret")
                .expression_attribute_values(":secret", string(next.as_str())),
        };
        self.update_if_held(update, lease).await
    }

    async fn adopt(&self, lease: &str, adopted: &Adopted) -> Result<bool, Fault> {
        let update = self.update("SET adopted = :adopted, record_format = :format");
        let update = update.expression_attribute_values(":adopted", json(adopted));
        let format = number(RecordFormat::of(adopted).format);
        self.update_if_held(update.expression_attribute_values(":format", format), lease).await
    }

    async fn release(&self, lease: &str, result: RunResult<'_>) -> Result<bool, Fault> {
        let update = match result {
            RunResult::Unrecorded => self.update("REMOVE lease, beat, holder, canary"),
            RunResult::DuringCanary => self.update("REMOVE lease, beat, holder"),
            RunResult::Released(releases, former) => self.release(releases, former),
            RunResult::Destroying(destroying) => self
                .update("SET destroying = :destroying REMOVE lease, beat, holder, canary")
                .expression_attribute_values(":destroying", json(&destroying)),
            RunResult::Returned => self
                .update("SET record_format = :format REMOVE lease, beat, holder, canary, adopted")
                .expression_attribute_values(":format", number(RecordFormat::first().format)),
        };
        self.update_if_held(update, lease).await
    }

    async fn remove(&self, lease: &str) -> Result<bool, Fault> {
        let delete = self.client.delete_item().table_name(TABLE).key("id", string(&self.key));
        let delete =
            delete.condition_expression("lease = :ours").expression_attribute_values(":ours", string(lease));
        let not_held = &["ConditionalCheckFailedException"];
        Ok(delete.send().await.found("dynamodb:DeleteItem", not_held)?.is_some())
    }
}

type UpdateError = aws_sdk_dynamodb::error::SdkError<UpdateItemError>;

fn is_missing(error: &UpdateError) -> bool {
    error.as_service_error().is_some_and(UpdateItemError::is_resource_not_found_exception)
}

fn taken_by(response: Result<UpdateItemOutput, UpdateError>) -> Result<TakeResult, Fault> {
    match response {
        Ok(output) => {
            let record = item::record(output.attributes.as_ref())?;
            Ok(record.map_or(TakeResult::Missing, TakeResult::Acquired))
        }
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                let record = item::record(failed.item.as_ref())?;
                Ok(record.map_or(TakeResult::Missing, TakeResult::Refused))
            }
            _ => Err(fault(UPDATE, &error)),
        },
    }
}

fn string(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn json<T: Serialize + ?Sized>(value: &T) -> AttributeValue {
    AttributeValue::S(serde_json::to_string(value).unwrap_or_default())
}

/// Encodes a domain as a set, so that it can be added to the recorded domains without reading them.
fn domains(domain: &KnownDomain) -> (String, AttributeValue) {
    let note = serde_json::to_string(domain).unwrap_or_default();
    (":domains".to_owned(), AttributeValue::Ss(vec![note]))
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
