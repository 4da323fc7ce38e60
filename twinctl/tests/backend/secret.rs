//! The secret with the key of a model's server.

use reconcile::{Outcome, testing::every_crash_point};
use twinctl::targets::{
    Aim,
    aws::{
        Cloud,
        resources::secret::{Secret, SecretDesired, SecretValue},
    },
};
use xtask::emulator;
use zeroize::Zeroizing;

use crate::place::{Losing, Place, labels};

const NAME: &str = "twin-dev-openai-key";

fn secret(aim: Aim) -> Secret {
    Secret::new(NAME.to_owned(), labels(), aim)
}

fn with(text: &str) -> SecretDesired {
    let version = format!("{text:x<32}");
    SecretDesired { value: Some(SecretValue::new(version, Zeroizing::new(text.to_owned()))) }
}

async fn read(cloud: &Cloud) -> Option<String> {
    cloud.secrets.get_secret_value().secret_id(NAME).send().await.ok()?.secret_string
}

#[tokio::test(start_paused = true)]
async fn made_kept_replaced_repaired_given_up_and_brought_back() {
    if !emulator::wanted() {
        return;
    }
    let place = Place::new().await;
    let secrets = &place.by_hand.secrets;
    assert!(place.deploy(secret(Aim::Use), with("one")).await.unwrap().complete());
    // The emulator gives the first version another name than it was asked for: AWS takes one call.
    assert_eq!(place.operations(), ["CreateSecret", "PutSecretValue"]);

    place.forget_calls();
    let report = place.deploy(secret(Aim::Use), SecretDesired::default()).await.unwrap();
    assert!(matches!(report.outcome("thing"), Some(Outcome::Unchanged)));
    assert!(place.operations().is_empty());

    assert!(place.deploy(secret(Aim::Use), with("two")).await.unwrap().complete());
    assert_eq!(place.operations(), ["PutSecretValue"]);
    assert_eq!(read(&place.by_hand).await.as_deref(), Some("two"));
    let before =
        secrets.get_secret_value().secret_id(NAME).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(before.secret_string(), Some("one"));

    let tag = aws_sdk_secretsmanager::types::Tag::builder().key("beside").value("ours").build();
    secrets.tag_resource().secret_id(NAME).tags(tag).send().await.unwrap();
    secrets.update_secret().secret_id(NAME).description("mine").send().await.unwrap();
    let changes = place.changes(secret(Aim::Use), SecretDesired::default()).await;
    assert_eq!(changes, ["description", "tags.beside"]);
    assert!(place.deploy(secret(Aim::Use), SecretDesired::default()).await.unwrap().complete());
    assert_eq!(read(&place.by_hand).await.as_deref(), Some("two"));

    assert!(place.destroy(secret(Aim::Remove), SecretDesired::default()).await.unwrap().complete());
    assert_eq!(read(&place.by_hand).await, None);
    place.forget_calls();
    assert!(place.destroy(secret(Aim::Remove), SecretDesired::default()).await.unwrap().complete());
    assert!(place.operations().is_empty());

    assert_eq!(place.changes(secret(Aim::Use), SecretDesired::default()).await, ["scheduled_deletion"]);
    assert!(place.deploy(secret(Aim::Use), SecretDesired::default()).await.unwrap().complete());
    assert_eq!(read(&place.by_hand).await.as_deref(), Some("two"));
}

#[tokio::test(start_paused = true)]
async fn every_lost_call_leads_to_the_same_key() {
    if !emulator::wanted() {
        return;
    }
    let fresh = async || Place::with(|cloud| Box::pin(draw(cloud)), Losing::Every).await;
    let put = async |place: &Place| {
        let report = place.deploy(secret(Aim::Use), with("one")).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, put).await;
}

#[tokio::test(start_paused = true)]
async fn every_lost_call_of_a_return_leads_to_the_same_key() {
    if !emulator::wanted() {
        return;
    }
    let fresh = async || {
        let place = Place::with(|cloud| Box::pin(draw(cloud)), Losing::Every).await;
        assert!(place.deploy(secret(Aim::Use), with("one")).await.unwrap().complete());
        assert!(place.destroy(secret(Aim::Remove), SecretDesired::default()).await.unwrap().complete());
        place.forget_calls();
        place
    };
    let put = async |place: &Place| {
        let report = place.deploy(secret(Aim::Use), with("two")).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, put).await;
}

#[tokio::test(start_paused = true)]
async fn every_lost_call_of_a_removal_leads_to_the_same_end() {
    if !emulator::wanted() {
        return;
    }
    let fresh = async || {
        let place = Place::with(|cloud| Box::pin(draw(cloud)), Losing::Every).await;
        assert!(place.deploy(secret(Aim::Use), with("one")).await.unwrap().complete());
        place.forget_calls();
        place
    };
    let destroy = async |place: &Place| {
        let report = place.destroy(secret(Aim::Remove), SecretDesired::default()).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, destroy).await;
}

async fn draw(cloud: &Cloud) -> String {
    let described = cloud.secrets.describe_secret().secret_id(NAME).send().await;
    let Ok(described) = described else { return "nothing".to_owned() };
    let mut tags: Vec<_> =
        described.tags().iter().map(|tag| format!("{:?}={:?}", tag.key(), tag.value())).collect();
    tags.sort();
    format!(
        "{:?} {:?} {tags:?} {:?}",
        described.deleted_date().is_some(),
        described.description(),
        read(cloud).await
    )
}
