//! An identity that others have made, with and without our audience.

use super::*;
use crate::targets::aws::{
    resources::trial::{count, deploy},
    script::{Reply, Script, ok, xml_error},
};

fn identity() -> GithubIdentity {
    GithubIdentity {
        arn: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com".to_owned(),
    }
}

fn there(audiences: &[&str]) -> Reply {
    let members: String =
        audiences.iter().map(|audience| ["<member>", audience, "</member>"].concat()).collect();
    ok(&format!(
        "<GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult><Url>{ISSUER}</Url>\
         <ClientIDList>{members}</ClientIDList></GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>"
    ))
}

fn missing() -> Reply {
    xml_error(404, "NoSuchEntity", "no such identity")
}

#[tokio::test(start_paused = true)]
async fn one_that_knows_us_is_taken_as_it_is() {
    let script = Script::new().on("GetOpenIDConnectProvider", [there(&["others", AUDIENCE])]);
    assert!(deploy(&script, identity(), ()).await.complete());
    assert_eq!(count(&script, "Create") + count(&script, "Add"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_missing_audience_is_added_and_nothing_else() {
    let script = Script::new()
        .on("GetOpenIDConnectProvider", [there(&["others"]), there(&["others", AUDIENCE])])
        .on("AddClientIDToOpenIDConnectProvider", [ok("<AddClientIDToOpenIDConnectProviderResponse/>")]);
    assert!(deploy(&script, identity(), ()).await.complete());
    assert_eq!(count(&script, "Add"), 1);
    assert_eq!(count(&script, "Create"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_its_creation_makes_no_second_one() {
    let script = Script::new()
        .on("GetOpenIDConnectProvider", [missing(), there(&[AUDIENCE])])
        .on("CreateOpenIDConnectProvider", [Reply::Lost]);
    assert!(deploy(&script, identity(), ()).await.complete());
    assert_eq!(count(&script, "Create"), 1);
}

#[tokio::test(start_paused = true)]
async fn somebody_else_may_make_it_at_the_same_moment() {
    let script = Script::new()
        .on("GetOpenIDConnectProvider", [missing(), missing(), there(&[AUDIENCE])])
        .on("CreateOpenIDConnectProvider", [xml_error(409, "EntityAlreadyExists", "it is there")]);
    let report = deploy(&script, identity(), ()).await;
    assert!(report.complete(), "{report:?}");
}
