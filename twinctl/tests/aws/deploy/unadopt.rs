//! `unadopt` of resources whose policies and versions were deleted meanwhile.

use serde_json::{Value, json};

use super::{
    adopt::{FUNCTION, MEMORY, create_former_twin, write_names},
    twin::Twin,
};

/// Lets a role read the conversations, and visitors use the first version of the function. Returns the ARN of the role.
async fn add_reader_and_alias(twin: &Twin) -> String {
    let (iam, lambda) = (&twin.by_hand.iam, &twin.by_hand.lambda);
    let trust = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
    let reader = iam.create_role().role_name("reader").assume_role_policy_document(trust).send().await;
    let arn = reader.unwrap().role.unwrap().arn;
    let allow = |sid: &str, principal: Value| {
        json!({ "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{MEMORY}/*") })
    };
    let statements =
        [allow("Reader", json!({ "AWS": arn })), allow("Logs", json!({ "Service": "logs.amazonaws.com" }))];
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    twin.by_hand.s3.put_bucket_policy().bucket(MEMORY).policy(policy).send().await.unwrap();
    let version = lambda.publish_version().function_name(FUNCTION).send().await.unwrap().version.unwrap();
    let alias = lambda.create_alias().function_name(FUNCTION).name("live").function_version(version);
    alias.send().await.unwrap();
    arn
}

#[testbed::test(emulator)]
async fn deleted_principals_and_versions_are_reported() {
    let twin = Twin::new();
    create_former_twin(&twin).await;
    let reader = add_reader_and_alias(&twin).await;
    write_names(&twin);
    twin.deploy(&["--adopt"]).await.exits_with(0);
    twin.by_hand.iam.delete_role().role_name("reader").send().await.unwrap();
    let delete = twin.by_hand.lambda.delete_function().function_name(FUNCTION).qualifier("1");
    delete.send().await.unwrap();

    let returned = twin.run(&["unadopt", "dev", "--yes"]).await.exits_with(0);
    returned.reports(&format!("the policy of `{MEMORY}` no longer names `{reader}`"));
    returned.reports("the alias `live` was not moved back to version 1, because one of them was deleted");
    let policy = twin.by_hand.s3.get_bucket_policy().bucket(MEMORY).send().await.unwrap().policy.unwrap();
    assert!(policy.contains("logs.amazonaws.com") && !policy.contains("reader"), "{policy}");
    twin.destroy(&[]).await.exits_with(0);
}

/// twinctl deletes old versions, but not the one to which `unadopt` moves the alias back.
#[testbed::test(emulator)]
async fn the_former_version_of_the_function_is_kept() {
    let twin = Twin::new();
    create_former_twin(&twin).await;
    add_reader_and_alias(&twin).await;
    write_names(&twin);
    twin.deploy(&["--adopt"]).await.exits_with(0);
    let file = twin.read("environments/dev.yaml");
    for timeout in 10..22 {
        twin.write("environments/dev.yaml", format!("{file}lambda: {{ timeout_s: {timeout} }}\n"));
        twin.deploy(&[]).await;
    }
    let versions =
        twin.by_hand.lambda.list_versions_by_function().function_name(FUNCTION).send().await.unwrap();
    let versions: Vec<_> = versions.versions().iter().filter_map(|version| version.version()).collect();
    assert!(versions.contains(&"1") && !versions.contains(&"2"), "{versions:?}");
    twin.run(&["unadopt", "dev", "--yes"]).await.exits_with(0);
    let alias = twin.by_hand.lambda.get_alias().function_name(FUNCTION).name("live").send().await.unwrap();
    assert_eq!(alias.function_version(), Some("1"));
}
