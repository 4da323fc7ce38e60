//! The log groups.

use std::sync::Arc;

use aws_sdk_cloudwatchlogs::types;
use reconcile::{Outcome, testing::every_crash_point};
use twinctl::targets::aws::{
    Cloud,
    resources::log_group::{GroupName, LogGroups, LogGroupsDesired},
};

use super::sandbox::{REGION, Sandbox, labels, only};

const NAME: &str = "/aws/lambda/twin-dev-api";
const ACCESS: &str = "/aws/vendedlogs/aws/lambda/twin-dev-api";
const DESIRED: LogGroupsDesired = LogGroupsDesired { retention_days: 14 };

fn log_groups(sandbox: &Sandbox) -> LogGroups {
    let group = |name: &str| GroupName { name: name.to_owned(), arn: arn(&sandbox.account, name) };
    LogGroups::new(group(NAME), group(ACCESS), labels())
}

fn arn(account: &str, name: &str) -> String {
    format!("arn:aws:logs:{REGION}:{account}:log-group:{name}")
}

#[testbed::test(emulator, paused_clock)]
async fn created_kept_repaired_and_deleted() {
    let sandbox = Sandbox::blind();
    let logs = &sandbox.by_hand.logs;
    let neighbor = format!("{NAME}-more");
    logs.create_log_group().log_group_name(&neighbor).send().await.unwrap();

    assert!(sandbox.deploy(log_groups(&sandbox), DESIRED).await.unwrap().complete());
    let writes = ["CreateLogGroup", "CreateLogGroup", "PutRetentionPolicy", "PutRetentionPolicy"];
    assert_eq!(sandbox.operations(), writes);

    sandbox.forget_calls();
    let report = sandbox.deploy(log_groups(&sandbox), DESIRED).await.unwrap();
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)));
    assert!(sandbox.operations().is_empty());

    logs.delete_retention_policy().log_group_name(NAME).send().await.unwrap();
    logs.delete_log_group().log_group_name(ACCESS).send().await.unwrap();
    let arn = arn(&sandbox.account, NAME);
    logs.tag_resource().resource_arn(&arn).tags("beside", "ours").tags("cost", "you").send().await.unwrap();
    let changes = sandbox.changes(only(log_groups(&sandbox), DESIRED)).await;
    let (function, access) = changes.split_at(3);
    assert_eq!(function, ["retention_days", "tags.beside", "tags.cost"]);
    assert!(access.contains(&"access_log.retention_days".to_owned()), "{access:?}");
    assert!(sandbox.deploy(log_groups(&sandbox), DESIRED).await.unwrap().complete());
    assert!(sandbox.changes(only(log_groups(&sandbox), DESIRED)).await.is_empty());

    assert!(sandbox.destroy(log_groups(&sandbox), DESIRED).await.unwrap().complete());
    let left = logs.describe_log_groups().send().await.unwrap().log_groups.unwrap();
    let left: Vec<_> = left.into_iter().filter_map(|group| group.log_group_name).collect();
    assert_eq!(left, [neighbor]);
}

#[testbed::test(emulator, paused_clock)]
async fn creation_survives_every_lost_call() {
    let fresh = async || Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
    let deploy = async |sandbox: &Sandbox| {
        let report = sandbox.deploy(log_groups(sandbox), DESIRED).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, deploy).await;
}

#[testbed::test(emulator, paused_clock)]
async fn deletion_survives_every_lost_call() {
    let fresh = async || {
        let sandbox = Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
        assert!(sandbox.deploy(log_groups(&sandbox), DESIRED).await.unwrap().complete());
        sandbox.forget_calls();
        sandbox
    };
    let destroy = async |sandbox: &Sandbox| {
        let report = sandbox.destroy(log_groups(sandbox), DESIRED).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, destroy).await;
}

async fn snapshot(cloud: Arc<Cloud>) -> String {
    let groups = cloud.logs.describe_log_groups().send().await.unwrap().log_groups.unwrap_or_default();
    let line = |group: &types::LogGroup| format!("{:?} {:?}", group.log_group_name, group.retention_in_days);
    groups.iter().map(line).collect::<Vec<_>>().join("\n")
}
