//! The answer of a creation is lost: what was made is found and used, and no second one is made.

use xtask::proxy::{Moment, Which};

use crate::{account::inventory, twin::Twin};

async fn the_first_one_is_used(operation: &str) {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    let expected = inventory(&twin.by_hand).await;
    twin.forget_everything().await;
    twin.proxy.lose(Which::first(1, operation), Moment::AfterEffect);
    twin.deploy(&[]).await.ends_with(0);
    let made = twin.proxy.calls().iter().filter(|call| call.operation == operation).count();
    assert!(made > 0, "{operation} was not called");
    assert_eq!(inventory(&twin.by_hand).await, expected);
}

#[tokio::test]
async fn a_role_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("CreateRole").await;
}

#[tokio::test]
async fn an_api_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("POST /v2/apis").await;
}

#[tokio::test]
async fn a_distribution_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("POST /2020-05-31/distribution").await;
}
