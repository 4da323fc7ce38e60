//! Tests of a local twin as its visitors see it.

use crate::twin::Twin;

#[testbed::test]
fn a_deployed_twin_passes_every_test_and_one_without_an_address_none() {
    let twin = Twin::new();
    twin.run(&["verify", "local"]).exits_with(8).reports("has no address yet");
    twin.deploy().exits_with(0);
    let all = twin.run(&["verify", "local"]).exits_with(0);
    insta::assert_snapshot!("verify", all.stdout);
    let smoke = twin.run(&["verify", "local", "--smoke"]).exits_with(0);
    insta::assert_snapshot!("verify_smoke", smoke.stdout);
}
