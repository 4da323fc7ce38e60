//! The SNS topic of the alarms, with the subscriptions of the environment file.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sns::types::Tag;
use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};
use serde_json::json;

use crate::targets::aws::{
    Cloud, Labels, Permission, RequiredPermissions, SdkResult, names::Names, policy::Statements,
};

const MISSING: &[&str] = &["NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"];
const POLICY: &str = "Policy";
const KEY: &str = "KmsMasterKeyId";
/// The protocols of the subscriptions that the environment file can have. The others belong to the owner.
const PROTOCOLS: [&str; 2] = ["email", "https"];

#[derive(Debug)]
pub struct Topic {
    name: String,
    arn: String,
    /// The ARNs of the alarms that may publish.
    alarms: String,
    account: String,
    labels: Labels,
}

/// A protocol and an address.
type Address = (String, String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDesired {
    pub email: Option<String>,
    pub webhook: Option<String>,
}

impl TopicDesired {
    fn addresses(&self) -> BTreeSet<Address> {
        let all = [("email", &self.email), ("https", &self.webhook)].into_iter();
        all.filter_map(|(protocol, address)| Some((protocol.to_owned(), address.clone()?))).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicActual {
    policy: Statements,
    /// With the default key of SNS, alarms could not publish.
    key: Option<String>,
    /// With the ARN, or `None` before the receiver has confirmed.
    subscriptions: BTreeMap<Address, Option<String>>,
    tags: BTreeMap<String, String>,
}

impl TopicActual {
    /// Returns a topic as it should be, but encrypted.
    #[cfg(test)]
    pub(super) fn with_key(topic: &Topic, key: &str) -> Self {
        let policy = Statements::parse(&topic.policy());
        let tags = topic.labels.to_map();
        Self { policy, key: Some(key.to_owned()), subscriptions: BTreeMap::new(), tags }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicOutput {
    pub arn: String,
    /// The addresses that have not confirmed their subscription.
    pub unconfirmed: Vec<String>,
}

impl Topic {
    pub fn new(names: &Names, labels: Labels) -> Self {
        Self {
            name: names.alarm_topic(),
            arn: names.alarm_topic_arn(),
            alarms: names.alarm_arn("*"),
            account: names.account.clone(),
            labels,
        }
    }

    /// Only our alarms may publish. The account's own identities need no statement.
    pub(super) fn policy(&self) -> String {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": { "Service": "cloudwatch.amazonaws.com" },
            "Action": "sns:Publish",
            "Resource": self.arn,
            "Condition": {
                "ArnLike": { "aws:SourceArn": self.alarms },
                "StringEquals": { "aws:SourceAccount": self.account },
            },
        }]})
        .to_string()
    }

    async fn read_attributes(&self, cloud: &Cloud) -> Result<Option<(Statements, Option<String>)>, Fault> {
        let attributes = cloud.sns.get_topic_attributes().topic_arn(&self.arn).send().await;
        let attributes = attributes.found("sns:GetTopicAttributes", MISSING)?;
        Ok(attributes.map(|found| {
            let mut attributes = found.attributes.unwrap_or_default();
            let policy = Statements::parse(&attributes.remove(POLICY).unwrap_or_default());
            (policy, attributes.remove(KEY).filter(|key| !key.is_empty()))
        }))
    }

    async fn read_subscriptions(&self, cloud: &Cloud) -> Result<BTreeMap<Address, Option<String>>, Fault> {
        let (mut all, mut next) = (BTreeMap::new(), None);
        loop {
            let list = cloud.sns.list_subscriptions_by_topic().topic_arn(&self.arn).set_next_token(next);
            let list = list.send().await.found("sns:ListSubscriptionsByTopic", MISSING)?;
            let Some(list) = list else { return Ok(all) };
            for found in list.subscriptions.unwrap_or_default() {
                let (Some(protocol), Some(address), Some(arn)) =
                    (found.protocol, found.endpoint, found.subscription_arn)
                else {
                    continue;
                };
                if PROTOCOLS.contains(&protocol.as_str()) && arn != "Deleted" {
                    let arn = (arn != "PendingConfirmation").then_some(arn);
                    all.insert((protocol, address), arn);
                }
            }
            next = list.next_token;
            if next.is_none() {
                return Ok(all);
            }
        }
    }

    async fn read_tags(&self, cloud: &Cloud) -> Result<BTreeMap<String, String>, Fault> {
        let listed = cloud.sns.list_tags_for_resource().resource_arn(&self.arn).send().await;
        let listed = listed.found("sns:ListTagsForResource", MISSING)?;
        let tags = listed.and_then(|listed| listed.tags).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    async fn create(&self, cloud: &Cloud) -> Result<(), Fault> {
        let create = cloud.sns.create_topic().name(&self.name).attributes(POLICY, self.policy());
        let create = create.set_tags(Some(sdk_tags(self.labels.iter())));
        create.send().await.fault("sns:CreateTopic").map(drop)
    }

    async fn update(&self, cloud: &Cloud, actual: &TopicActual) -> Result<(), Fault> {
        let tag = async |tags: BTreeMap<String, String>| {
            let tag = cloud.sns.tag_resource().resource_arn(&self.arn).set_tags(Some(sdk_tags(tags)));
            tag.send().await.fault("sns:TagResource")
        };
        let untag = async |keys| {
            let untag = cloud.sns.untag_resource().resource_arn(&self.arn).set_tag_keys(Some(keys));
            untag.send().await.fault("sns:UntagResource")
        };
        self.labels.write(&actual.tags, tag, untag).await?;
        let set = async |name: &str, value: String| {
            let set = cloud.sns.set_topic_attributes().topic_arn(&self.arn);
            let set = set.attribute_name(name).attribute_value(value);
            set.send().await.fault("sns:SetTopicAttributes")
        };
        if actual.policy != Statements::parse(&self.policy()) {
            set(POLICY, self.policy()).await?;
        }
        if actual.key.is_some() {
            set(KEY, String::new()).await?;
        }
        Ok(())
    }

    async fn subscribe(
        &self,
        cloud: &Cloud,
        desired: &BTreeSet<Address>,
        actual: &BTreeMap<Address, Option<String>>,
    ) -> Result<(), Fault> {
        for (protocol, address) in desired.iter().filter(|address| !actual.contains_key(*address)) {
            let subscribe = cloud.sns.subscribe().topic_arn(&self.arn).protocol(protocol).endpoint(address);
            subscribe.send().await.fault("sns:Subscribe")?;
        }
        for arn in superfluous(desired, actual).map(|(_, arn)| arn) {
            let unsubscribe = cloud.sns.unsubscribe().subscription_arn(arn).send().await;
            unsubscribe.done("sns:Unsubscribe", MISSING)?;
        }
        Ok(())
    }
}

/// Returns the confirmed subscriptions that are not desired. AWS itself deletes those that are never confirmed; twinctl
/// cannot.
fn superfluous<'a>(
    desired: &BTreeSet<Address>,
    actual: &'a BTreeMap<Address, Option<String>>,
) -> impl Iterator<Item = (&'a Address, &'a String)> {
    actual
        .iter()
        .filter(|(address, _)| !desired.contains(*address))
        .filter_map(|(address, arn)| Some((address, arn.as_ref()?)))
}

fn sdk_tags<T: Into<String>>(tags: impl IntoIterator<Item = (T, T)>) -> Vec<Tag> {
    tags.into_iter().flat_map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

impl Resource for Topic {
    type Cloud = Cloud;
    type Desired = TopicDesired;
    type Actual = TopicActual;
    type Output = TopicOutput;
    /// Whether this run created the topic. It may not be found at once, and creating it again would succeed.
    type Memory = bool;

    fn physical_name(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn observe(&self, cloud: &Cloud, is_new: &mut bool) -> Result<Option<TopicActual>, Fault> {
        let (attributes, subscriptions, tags) =
            tokio::join!(self.read_attributes(cloud), self.read_subscriptions(cloud), self.read_tags(cloud));
        let Some((policy, key)) = attributes? else {
            let stale = || Fault::new(Class::Stale, format!("the new topic `{}` is not found", self.name));
            return if *is_new { Err(stale()) } else { Ok(None) };
        };
        Ok(Some(TopicActual { policy, key, subscriptions: subscriptions?, tags: tags? }))
    }

    fn ownership(&self, actual: &TopicActual) -> Ownership {
        self.labels.ownership(&actual.tags, &format!("the topic `{}`", self.name))
    }

    fn diff(&self, desired: &TopicDesired, actual: Option<&TopicActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        Statements::parse(&self.policy()).compare(
            &mut changes,
            "policy",
            actual.map(|actual| &actual.policy),
        );
        changes.optional("kms_key", None, actual.and_then(|actual| actual.key.as_ref()));
        let desired = desired.addresses();
        let none = BTreeMap::new();
        let subscriptions = actual.map_or(&none, |actual| &actual.subscriptions);
        for (protocol, address) in desired.iter().filter(|address| !subscriptions.contains_key(*address)) {
            changes.optional(&format!("subscription.{protocol}"), Some(address), None);
        }
        for ((protocol, address), _) in superfluous(&desired, subscriptions) {
            changes.optional(&format!("subscription.{protocol}"), None, Some(address));
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        is_new: &mut bool,
        desired: &TopicDesired,
        actual: Option<&TopicActual>,
    ) -> Result<Pushed<TopicActual>, Fault> {
        let none = BTreeMap::new();
        match actual {
            None => {
                self.create(cloud).await?;
                *is_new = true;
            }
            Some(actual) => self.update(cloud, actual).await?,
        }
        let subscriptions = actual.map_or(&none, |actual| &actual.subscriptions);
        self.subscribe(cloud, &desired.addresses(), subscriptions).await?;
        Ok(Pushed::Observe)
    }

    async fn delete(&self, cloud: &Cloud, _: &mut bool, _: &TopicActual) -> Result<Removed, Fault> {
        let delete = cloud.sns.delete_topic().topic_arn(&self.arn).send().await;
        delete.done("sns:DeleteTopic", MISSING)?;
        Ok(Removed::Observe)
    }

    fn output(&self, actual: &TopicActual) -> Option<TopicOutput> {
        let unconfirmed = actual.subscriptions.iter().filter(|(_, arn)| arn.is_none());
        let unconfirmed = unconfirmed.map(|((_, address), _)| address.clone()).collect();
        Some(TopicOutput { arn: self.arn.clone(), unconfirmed })
    }

    /// A topic keeps its ARN. Its new subscriptions are not confirmed yet.
    fn predict_output(&self, desired: &TopicDesired, actual: Option<&TopicActual>) -> Option<TopicOutput> {
        let known = actual.map(|actual| actual.subscriptions.clone()).unwrap_or_default();
        let confirmed = |address: &Address| known.get(address).is_some_and(Option::is_some);
        let unconfirmed = desired.addresses().into_iter().filter(|address| !confirmed(address));
        let unconfirmed = unconfirmed.map(|(_, address)| address).collect();
        Some(TopicOutput { arn: self.arn.clone(), unconfirmed })
    }
}

impl RequiredPermissions for Topic {
    fn required_permissions(&self, _: &Names) -> Vec<Permission> {
        vec![
            Permission::read(
                "LookAtTopic",
                &["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"],
                [self.arn.clone()],
            ),
            Permission::write(
                "ChangeTopic",
                &[
                    "sns:CreateTopic",
                    "sns:DeleteTopic",
                    "sns:SetTopicAttributes",
                    "sns:Subscribe",
                    "sns:TagResource",
                    "sns:UntagResource",
                ],
                [self.arn.clone()],
            ),
            // AWS cannot limit it to a topic.
            Permission::write("Unsubscribe", &["sns:Unsubscribe"], ["*".to_owned()]),
        ]
    }
}
