//! Records that other versions of twinctl wrote.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{adoption::BUCKET, twin::Twin};

type Item = HashMap<String, AttributeValue>;

async fn item(twin: &Twin) -> Item {
    let items = twin.by_hand.dynamodb.scan().table_name("twinctl-locks").send().await.unwrap();
    items.items()[0].clone()
}

async fn put(twin: &Twin, item: &Item) {
    let table = &twin.by_hand.dynamodb;
    table.put_item().table_name("twinctl-locks").set_item(Some(item.clone())).send().await.unwrap();
}

#[testbed::test(emulator)]
async fn a_record_of_a_newer_twinctl_is_refused_and_not_changed() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let mut newer = item(&twin).await;
    for (name, value) in [
        ("record_format", AttributeValue::N("3".to_owned())),
        ("twinctl", AttributeValue::S("9.1.0".to_owned())),
        ("releases", AttributeValue::L(vec![])),
    ] {
        newer.insert(name.to_owned(), value);
    }
    put(&twin, &newer).await;
    twin.proxy.reset();
    let commands = [
        &["destroy", "dev", "--confirm", "dev"][..],
        &["status", "dev"],
        &["releases", "dev"],
        &["rollback", "dev", "--yes"],
        &["unlock", "dev", "--yes"],
    ];
    for args in commands {
        let refused = twin.run(args).await.exits_with(6);
        refused.reports("a newer twinctl (9.1.0) wrote it");
        refused.reports("run `twinctl upgrade`");
    }
    twin.deploy(&[]).await.exits_with(6).reports("a newer twinctl (9.1.0) wrote it");
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
    assert_eq!(item(&twin).await, newer);
}

/// The first releases of twinctl wrote no format.
#[testbed::test(emulator)]
async fn a_record_without_a_format_is_used_and_gets_one() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let mut old = item(&twin).await;
    for attribute in ["record_format", "twinctl"] {
        assert!(old.remove(attribute).is_some());
    }
    put(&twin, &old).await;
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert_eq!(item(&twin).await, old, "a run that changes nothing writes nothing");
    twin.write("web/index.html", "<!doctype html><html lang=\"en\"><title>Ada</title>Again.\n");
    twin.deploy(&[]).await.exits_with(0);
    let new = item(&twin).await;
    assert_eq!(new["record_format"].as_n().unwrap(), "1");
    assert_eq!(new["twinctl"].as_s().unwrap(), env!("CARGO_PKG_VERSION"));
    assert_eq!(new["birth"], old["birth"]);
}

/// An older twinctl does not know of resources that were taken over, and a destroy of it would delete them.
#[testbed::test(emulator)]
async fn a_record_of_resources_that_were_taken_over_has_a_format_of_its_own() {
    let twin = Twin::new();
    let format = async || item(&twin).await["record_format"].as_n().unwrap().clone();
    twin.by_hand.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    twin.deploy(&["--adopt"]).await.exits_with(0);
    assert_eq!(format().await, "2");
    twin.write("web/index.html", "<!doctype html><html lang=\"en\"><title>Ada</title>Again.\n");
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(format().await, "2");

    let mut unreadable = item(&twin).await;
    unreadable.insert("adopted".to_owned(), AttributeValue::S("in a form of its own".to_owned()));
    let readable = item(&twin).await;
    put(&twin, &unreadable).await;
    twin.destroy(&[]).await.exits_with(6).reports("could misread it; nothing was changed");
    put(&twin, &readable).await;

    twin.run(&["unadopt", "dev", "--yes"]).await.exits_with(0);
    assert_eq!(format().await, "1");
}
