//! The secret with the API key of the model provider.

use std::sync::Arc;

use reconcile::{Outcome, testing::every_crash_point};
use twinctl::targets::{
    Aim,
    aws::{
        Cloud,
        resources::secret::{Secret, SecretDesired, SecretValue},
    },
};
use zeroize::Zeroizing;

use super::sandbox::{Sandbox, labels, only};

const NAME: &str = "twin-dev-openai-key";

fn secret(aim: Aim) -> Secret {
    Secret::new(NAME.to_owned(), labels(), aim)
}

fn with_key(text: &str) -> SecretDesired {
    let version = format!("{text:x<32}");
    SecretDesired { value: Some(SecretValue::new(version, Zeroizing::new(text.to_owned()))) }
}

async fn read(cloud: &Cloud) -> Option<String> {
    cloud.secrets.get_secret_value().secret_id(NAME).send().await.ok()?.secret_string
}

#[testbed::test(emulator, paused_clock)]
async fn created_kept_replaced_repaired_deleted_and_restored() {
    let sandbox = Sandbox::blind();
    let secrets = &sandbox.by_hand.secrets;
    assert!(sandbox.deploy(secret(Aim::Use), with_key("one")).await.unwrap().complete());
    // On AWS this is one call. The emulator ignores the requested ID of the first version.
    assert_eq!(sandbox.operations(), ["CreateSecret", "PutSecretValue"]);

    sandbox.forget_calls();
    let report = sandbox.deploy(secret(Aim::Use), SecretDesired::default()).await.unwrap();
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)));
    assert!(sandbox.operations().is_empty());

    assert!(sandbox.deploy(secret(Aim::Use), with_key("two")).await.unwrap().complete());
    assert_eq!(sandbox.operations(), ["PutSecretValue"]);
    assert_eq!(read(&sandbox.by_hand).await.as_deref(), Some("two"));
    let before =
        secrets.get_secret_value().secret_id(NAME).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(before.secret_string(), Some("one"));

    let tag = aws_sdk_secretsmanager::types::Tag::builder().key("beside").value("ours").build();
    secrets.tag_resource().secret_id(NAME).tags(tag).send().await.unwrap();
    secrets.update_secret().secret_id(NAME).description("mine").send().await.unwrap();
    let changes = sandbox.changes(only(secret(Aim::Use), SecretDesired::default())).await;
    assert_eq!(changes, ["description", "tags.beside"]);
    assert!(sandbox.deploy(secret(Aim::Use), SecretDesired::default()).await.unwrap().complete());
    assert_eq!(read(&sandbox.by_hand).await.as_deref(), Some("two"));

    assert!(sandbox.destroy(secret(Aim::Remove), SecretDesired::default()).await.unwrap().complete());
    assert_eq!(read(&sandbox.by_hand).await, None);
    sandbox.forget_calls();
    assert!(sandbox.destroy(secret(Aim::Remove), SecretDesired::default()).await.unwrap().complete());
    assert!(sandbox.operations().is_empty());

    assert_eq!(
        sandbox.changes(only(secret(Aim::Use), SecretDesired::default())).await,
        ["scheduled_deletion"]
    );
    assert!(sandbox.deploy(secret(Aim::Use), SecretDesired::default()).await.unwrap().complete());
    assert_eq!(read(&sandbox.by_hand).await.as_deref(), Some("two"));
}

#[testbed::test(emulator, paused_clock)]
async fn storing_a_key_survives_every_lost_call() {
    let fresh = async || Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
    let put = async |sandbox: &Sandbox| {
        let report = sandbox.deploy(secret(Aim::Use), with_key("one")).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, put).await;
}

#[testbed::test(emulator, paused_clock)]
async fn restoring_a_key_survives_every_lost_call() {
    let fresh = async || {
        let sandbox = Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
        assert!(sandbox.deploy(secret(Aim::Use), with_key("one")).await.unwrap().complete());
        assert!(sandbox.destroy(secret(Aim::Remove), SecretDesired::default()).await.unwrap().complete());
        sandbox.forget_calls();
        sandbox
    };
    let put = async |sandbox: &Sandbox| {
        let report = sandbox.deploy(secret(Aim::Use), with_key("two")).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, put).await;
}

#[testbed::test(emulator, paused_clock)]
async fn deletion_survives_every_lost_call() {
    let fresh = async || {
        let sandbox = Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
        assert!(sandbox.deploy(secret(Aim::Use), with_key("one")).await.unwrap().complete());
        sandbox.forget_calls();
        sandbox
    };
    let destroy = async |sandbox: &Sandbox| {
        let report = sandbox.destroy(secret(Aim::Remove), SecretDesired::default()).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, destroy).await;
}

async fn snapshot(cloud: Arc<Cloud>) -> String {
    let described = cloud.secrets.describe_secret().secret_id(NAME).send().await;
    let Ok(described) = described else { return "nothing".to_owned() };
    let mut tags: Vec<_> =
        described.tags().iter().map(|tag| format!("{:?}={:?}", tag.key(), tag.value())).collect();
    tags.sort();
    format!(
        "{:?} {:?} {tags:?} {:?}",
        described.deleted_date().is_some(),
        described.description(),
        read(&cloud).await
    )
}
