//! Canaries of deploys that turn streaming on or off.

use testbed::twin_lambda::{first_zip, second_zip};

use super::{QUICK, args, begin, visitor::Visitor};
use crate::deploy::{
    streaming::{FILE, STREAMING, origin_of},
    twin::{ENVIRONMENT, Twin, finish},
};

#[testbed::test(emulator)]
async fn a_visitor_sees_no_error_if_a_deploy_with_a_canary_turns_streaming_on_or_off() {
    let twin = Twin::new();
    // The emulator throttles REST APIs.
    let plain = format!("{ENVIRONMENT}api: {{ throttle: {{ burst: 5000, rate: 5000 }} }}\n");
    twin.write(FILE, &plain);
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let visitor = Visitor::start(&twin, &url);
    let changes = [
        (format!("{plain}{STREAMING}"), second_zip(), "api", "stream"),
        (plain, first_zip(), "stream", "api"),
    ];
    for (file, zip, during, after) in changes {
        twin.write(FILE, file);
        let canary = begin(&twin, &args(zip, &QUICK)).await;
        visitor.wait_for(12).await;
        assert_eq!(origin_of(&twin, "/api/*").await, during);
        twin.proxy.reset();
        finish(canary).await.exits_with(0);
        assert_eq!(origin_of(&twin, "/api/*").await, after);
        visitor.wait_for(6).await;
    }
    let (count, failed) = visitor.finish();
    assert!(failed.is_empty(), "{} of {count}: {failed:?}", failed.len());
}
