//! The log group.

use aws_sdk_cloudwatchlogs::types;
use reconcile::{Outcome, testing::every_crash_point};
use twinctl::targets::aws::{
    Cloud,
    resources::log_group::{LogGroup, LogGroupDesired},
};
use xtask::emulator;

use crate::place::{Losing, Place, REGION, labels};

const NAME: &str = "/aws/lambda/twin-dev-api";
const DESIRED: LogGroupDesired = LogGroupDesired { retention_days: 14 };

fn log_group(place: &Place) -> LogGroup {
    LogGroup::new(NAME.to_owned(), arn(&place.account), labels())
}

fn arn(account: &str) -> String {
    format!("arn:aws:logs:{REGION}:{account}:log-group:{NAME}")
}

#[tokio::test(start_paused = true)]
async fn made_kept_repaired_and_removed() {
    if !emulator::wanted() {
        return;
    }
    let place = Place::new().await;
    let logs = &place.by_hand.logs;
    let neighbour = format!("{NAME}-more");
    logs.create_log_group().log_group_name(&neighbour).send().await.unwrap();

    assert!(place.deploy(log_group(&place), DESIRED).await.unwrap().complete());
    assert_eq!(place.operations(), ["CreateLogGroup", "PutRetentionPolicy"]);

    place.forget_calls();
    let report = place.deploy(log_group(&place), DESIRED).await.unwrap();
    assert!(matches!(report.outcome("thing"), Some(Outcome::Unchanged)));
    assert!(place.operations().is_empty());

    logs.delete_retention_policy().log_group_name(NAME).send().await.unwrap();
    let arn = arn(&place.account);
    logs.tag_resource().resource_arn(&arn).tags("beside", "ours").tags("cost", "you").send().await.unwrap();
    let changes = place.changes(log_group(&place), DESIRED).await;
    assert_eq!(changes, ["retention_days", "tags.beside", "tags.cost"]);
    assert!(place.deploy(log_group(&place), DESIRED).await.unwrap().complete());
    assert!(place.changes(log_group(&place), DESIRED).await.is_empty());

    assert!(place.destroy(log_group(&place), DESIRED).await.unwrap().complete());
    let left = logs.describe_log_groups().send().await.unwrap().log_groups.unwrap();
    let left: Vec<_> = left.into_iter().filter_map(|group| group.log_group_name).collect();
    assert_eq!(left, [neighbour]);
}

#[tokio::test(start_paused = true)]
async fn every_lost_call_leads_to_the_same_end() {
    if !emulator::wanted() {
        return;
    }
    let fresh = async || Place::with(|cloud| Box::pin(draw(cloud)), Losing::Every).await;
    let deploy = async |place: &Place| {
        let report = place.deploy(log_group(place), DESIRED).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, deploy).await;
}

#[tokio::test(start_paused = true)]
async fn every_lost_call_of_a_removal_leads_to_the_same_end() {
    if !emulator::wanted() {
        return;
    }
    let fresh = async || {
        let place = Place::with(|cloud| Box::pin(draw(cloud)), Losing::Every).await;
        assert!(place.deploy(log_group(&place), DESIRED).await.unwrap().complete());
        place.forget_calls();
        place
    };
    let destroy = async |place: &Place| {
        let report = place.destroy(log_group(place), DESIRED).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, destroy).await;
}

async fn draw(cloud: &Cloud) -> String {
    let groups = cloud.logs.describe_log_groups().send().await.unwrap().log_groups.unwrap_or_default();
    let line = |group: &types::LogGroup| format!("{:?} {:?}", group.log_group_name, group.retention_in_days);
    groups.iter().map(line).collect::<Vec<_>>().join("\n")
}
