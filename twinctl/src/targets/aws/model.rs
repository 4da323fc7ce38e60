//! The Bedrock model of a twin: the ARNs that a role must be allowed to invoke, and what is wrong with the model.

use std::time::Duration;

use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use contract::bedrock;
use reconcile::Class;
use serde_json::Value;

use super::{
    Permission,
    json_calls::{JsonClient, get},
};
use crate::{
    system::clock,
    targets::{
        aws::names::Names,
        aws_access::{encoded, fault},
    },
    ui::{Diagnostic, Exit},
};

/// The pauses before another attempt, if Bedrock is throttled or unavailable. Without them, the role's policy would seem
/// to have changed whenever one call fails.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
const MODELS_PAGE: &str = "docs/configuration.md";

/// An inference profile, as AWS returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub arn: String,
    /// The ARN of the model in each region.
    pub models: Vec<String>,
}

/// How the inference profile of an id was determined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The id names a model, not a profile.
    NotAProfile,
    Found(Profile),
    /// AWS returned that there is no such profile in this region.
    Missing,
    /// The caller may not read profiles, or Bedrock did not respond. The built-in table is used, because a deployment
    /// must not require the permission to read profiles.
    Unknown,
}

/// Reads the profile `id` from AWS.
pub(super) async fn read_profile(client: &JsonClient, id: &str) -> Lookup {
    if !is_profile(id) {
        return Lookup::NotAProfile;
    }
    let mut pauses = PAUSES.into_iter();
    loop {
        let error = match get(client, format!("/inference-profiles/{}", encoded(id))).await {
            Ok(response) => return found(&response).map_or(Lookup::Unknown, Lookup::Found),
            Err(error) => error,
        };
        if error.code() == Some("ResourceNotFoundException") {
            return Lookup::Missing;
        }
        let class = fault("bedrock:GetInferenceProfile", &error).class;
        let pause = pauses.next().filter(|_| matches!(class, Class::Throttled | Class::Unavailable));
        let Some(pause) = pause else { return Lookup::Unknown };
        clock::sleep(pause).await;
    }
}

fn found(response: &Value) -> Option<Profile> {
    let models = response["models"].as_array()?.iter().filter_map(|model| model["modelArn"].as_str());
    let arn = response["inferenceProfileArn"].as_str()?.to_owned();
    Some(Profile { arn, models: models.map(ToOwned::to_owned).collect() })
}

/// Returns the permissions to read the profile `id`.
pub fn required_permissions(names: &Names, id: &str) -> Vec<Permission> {
    let profile = || [profile_arn(&names.region, &names.account, id)];
    let read = || Permission::read("AskForProfile", &["bedrock:GetInferenceProfile"], profile());
    is_profile(id).then(read).into_iter().collect()
}

/// Returns the ARNs to allow for `id` when it is invoked in `region`. For a profile, these are its own ARN and that
/// of its model in each region it routes to.
pub fn arns(region: &str, account: &str, id: &str, lookup: &Lookup) -> Vec<String> {
    let model_in = |region: &str, model: &str| format!("arn:aws:bedrock:{region}::foundation-model/{model}");
    let known = bedrock::profile(profile_id(id));
    let mut arns = match (lookup, known) {
        (Lookup::NotAProfile, _) if is_arn(id) => vec![id.to_owned()],
        (Lookup::NotAProfile, _) => vec![model_in(region, id)],
        (Lookup::Found(Profile { arn, models }), _) => [vec![arn.clone()], models.clone()].concat(),
        (Lookup::Missing | Lookup::Unknown, known) => {
            let mut arns = vec![profile_arn(region, account, id)];
            if let Some((_, destinations, model)) = known {
                arns.extend(destinations.map(|region| model_in(region, model)));
                arns.push(model_in(region, model));
            }
            arns
        }
    };
    if let Some((bedrock::GLOBAL, _, model)) = bedrock::profile(profile_id(id)) {
        // The ARN without a region stands for all regions except the caller's.
        arns.extend([model_in(region, model), model_in("", model)]);
    }
    // The profile stays first. The order must be the same in each run, or the policy would seem to have changed.
    arns[1..].sort_unstable();
    arns.dedup();
    arns
}

/// Returns an error if there is no profile `id` in `region`.
pub fn check(lookup: &Lookup, id: &str, region: &str) -> Result<(), Diagnostic> {
    if *lookup != Lookup::Missing {
        return Ok(());
    }
    let message = format!("Bedrock has no inference profile `{id}` in {region}");
    let model = bedrock::profile(id).map(|(_, _, model)| model);
    let other = model.and_then(|model| bedrock::nova_in(model, region)).filter(|other| other != id);
    let other = other.unwrap_or_else(|| bedrock::default_in(region));
    let diagnostic = Diagnostic::new(Exit::Environment, message);
    Err(if other == id {
        diagnostic.hint(format!("choose a model of this region with `model.id` ({MODELS_PAGE})"))
    } else {
        diagnostic.hint(format!("write `model: {{ id: {other} }}`, or choose another model ({MODELS_PAGE})"))
    })
}

fn is_arn(id: &str) -> bool {
    id.starts_with("arn:")
}

/// Returns whether `id` is the id or ARN of an inference profile, of AWS or of the account.
fn is_profile(id: &str) -> bool {
    if is_arn(id) { id.contains("inference-profile/") } else { bedrock::profile(id).is_some() }
}

/// Returns the id of a profile without the beginning of its ARN.
fn profile_id(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn profile_arn(region: &str, account: &str, id: &str) -> String {
    if is_arn(id) {
        id.to_owned()
    } else {
        format!("arn:aws:bedrock:{region}:{account}:inference-profile/{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::script::{Reply, Script, json_error, ok};

    fn arns_of(id: &str, lookup: &Lookup) -> Vec<String> {
        arns("eu-west-1", "123456789012", id, lookup)
    }

    const RESPONSE: &str = r#"{"inferenceProfileName":"n","inferenceProfileArn":"arn:p","inferenceProfileId":"i",
        "status":"ACTIVE","type":"SYSTEM_DEFINED","models":[{"modelArn":"arn:m"}]}"#;

    #[tokio::test(start_paused = true)]
    async fn a_missing_profile_differs_from_one_that_may_not_be_read() {
        let script = Script::new()
            .on("GET /inference-profiles/eu.", [ok(RESPONSE)])
            .on("GET /inference-profiles/us.", [json_error(403, "AccessDeniedException", "no")])
            .on("GET /inference-profiles/apac.", [json_error(404, "ResourceNotFoundException", "no")]);
        let client = JsonClient::bedrock(&script.config());
        let profile = Profile { arn: "arn:p".to_owned(), models: vec!["arn:m".to_owned()] };
        assert_eq!(read_profile(&client, "eu.m").await, Lookup::Found(profile));
        assert_eq!(read_profile(&client, "us.m").await, Lookup::Unknown);
        assert_eq!(read_profile(&client, "apac.m").await, Lookup::Missing);
        assert_eq!(read_profile(&client, "amazon.m").await, Lookup::NotAProfile);
        assert_eq!(script.log().len(), 3, "a model has no profile to read");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unavailable_bedrock_is_asked_again() {
        let busy = || json_error(429, "ThrottlingException", "slow down");
        let script = Script::new()
            .on("GET /inference-profiles/eu.", [busy(), Reply::Lost, ok(RESPONSE)])
            .on("GET /inference-profiles/us.", [busy(), busy(), busy()]);
        let client = JsonClient::bedrock(&script.config());
        assert!(matches!(read_profile(&client, "eu.m").await, Lookup::Found(_)));
        assert_eq!(read_profile(&client, "us.m").await, Lookup::Unknown);
        assert_eq!(script.log().len(), 6);
    }

    #[test]
    fn a_model_has_one_arn() {
        assert_eq!(
            arns_of("anthropic.claude-3-haiku-20240307-v1:0", &Lookup::NotAProfile),
            ["arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"]
        );
        let own = "arn:aws:bedrock:eu-west-1:123456789012:provisioned-model/abc";
        assert_eq!(arns_of(own, &Lookup::NotAProfile), [own]);
    }

    #[test]
    fn a_profile_has_its_own_arn_and_those_of_its_models() {
        let model =
            |region: &str| format!("arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0");
        let arn =
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0".to_owned();
        let profile = Profile { arn: arn.clone(), models: vec![model("eu-west-3"), model("eu-north-1")] };
        let actual = arns_of("eu.amazon.nova-lite-v1:0", &Lookup::Found(profile));
        assert_eq!(actual, [arn, model("eu-north-1"), model("eu-west-3")]);
    }

    #[test]
    fn a_profile_of_the_account_has_the_arns_that_aws_returned() {
        let arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2";
        assert!(is_profile(arn));
        let profile = Profile { arn: arn.to_owned(), models: vec!["arn:m".to_owned()] };
        assert_eq!(arns_of(arn, &Lookup::Found(profile)), [arn, "arn:m"]);
        assert_eq!(arns_of(arn, &Lookup::Unknown), [arn]);
    }

    #[test]
    fn a_profile_that_aws_does_not_return_is_looked_up_in_the_table() {
        for (region, id, last) in [
            ("eu-west-1", "eu.amazon.nova-lite-v1:0", "eu-west-3"),
            ("il-central-1", "eu.amazon.nova-lite-v1:0", "il-central-1"),
            ("ap-northeast-1", "jp.amazon.nova-2-lite-v1:0", "ap-northeast-3"),
            ("ca-central-1", "us.amazon.nova-2-lite-v1:0", "us-west-2"),
        ] {
            let actual = arns(region, "123456789012", id, &Lookup::Unknown);
            let model = id.split_once('.').unwrap().1;
            assert_eq!(actual[0], format!("arn:aws:bedrock:{region}:123456789012:inference-profile/{id}"));
            let of = |region: &str| format!("arn:aws:bedrock:{region}::foundation-model/{model}");
            assert!(actual.contains(&of(region)), "{actual:?}");
            assert_eq!(actual.last(), Some(&of(last)));
        }
    }

    #[test]
    fn a_global_profile_includes_the_model_without_a_region() {
        assert_eq!(
            arns_of("global.anthropic.claude-x", &Lookup::Unknown),
            [
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.anthropic.claude-x",
                "arn:aws:bedrock:::foundation-model/anthropic.claude-x",
                "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-x",
            ]
        );
    }

    #[test]
    fn a_missing_profile_is_an_error_that_names_one_that_exists() {
        let hints = |id: &str, region: &str| check(&Lookup::Missing, id, region).unwrap_err().hints.join(" ");
        let id = "apac.amazon.nova-2-lite-v1:0";
        assert!(hints(id, "ap-south-1").contains("id: global.amazon.nova-2-lite-v1:0"));
        assert!(hints("eu.anthropic.claude-x", "eu-west-1").contains("id: eu.amazon.nova-micro-v1:0"));
        assert!(
            hints("global.amazon.nova-2-lite-v1:0", "sa-east-1").contains("choose a model of this region")
        );
        assert!(check(&Lookup::Unknown, id, "ap-south-1").is_ok());
    }
}
