//! An existing identity provider, with and without our audience.

use super::*;
use crate::targets::aws::{
    resources::testing::{count, deploy},
    script::{Reply, Script, ok, xml_error},
};

fn identity() -> GithubIdentity {
    GithubIdentity {
        arn: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com".to_owned(),
    }
}

fn existing(audiences: &[&str]) -> Reply {
    let members: String =
        audiences.iter().map(|audience| ["<member>", audience, "</member>"].concat()).collect();
    ok(&format!(
        "<GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult><Url>{ISSUER}</Url>\
         <ClientIDList>{members}</ClientIDList></GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>"
    ))
}

fn missing() -> Reply {
    xml_error(404, "NoSuchEntity", "no such provider")
}

#[tokio::test(start_paused = true)]
async fn a_provider_with_our_audience_is_unchanged() {
    let script = Script::new().on("GetOpenIDConnectProvider", [existing(&["others", AUDIENCE])]);
    assert!(deploy(&script, identity(), ()).await.complete());
    assert_eq!(count(&script, "Create") + count(&script, "Add"), 0);
}

#[tokio::test(start_paused = true)]
async fn only_a_missing_audience_is_added() {
    let script = Script::new()
        .on("GetOpenIDConnectProvider", [existing(&["others"]), existing(&["others", AUDIENCE])])
        .on("AddClientIDToOpenIDConnectProvider", [ok("<AddClientIDToOpenIDConnectProviderResponse/>")]);
    assert!(deploy(&script, identity(), ()).await.complete());
    assert_eq!(count(&script, "Add"), 1);
    assert_eq!(count(&script, "Create"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_provider_is_not_created_again_when_the_response_was_lost() {
    let script = Script::new()
        .on("GetOpenIDConnectProvider", [missing(), existing(&[AUDIENCE])])
        .on("CreateOpenIDConnectProvider", [Reply::Lost]);
    assert!(deploy(&script, identity(), ()).await.complete());
    assert_eq!(count(&script, "Create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_another_process_creates_meanwhile_is_used() {
    let script = Script::new()
        .on("GetOpenIDConnectProvider", [missing(), missing(), existing(&[AUDIENCE])])
        .on("CreateOpenIDConnectProvider", [xml_error(409, "EntityAlreadyExists", "already exists")]);
    let report = deploy(&script, identity(), ()).await;
    assert!(report.complete(), "{report:?}");
}
