//! The ARNs that a role must be allowed to invoke to use a Bedrock model.

use super::Permission;
use crate::targets::aws::names::Names;

/// The month in which the built-in table was last checked.
pub const TABLE_DATE: &str = "2025-11";

/// The regions to which an inference profile routes requests, by the prefix of its id. Used if AWS does not return
/// them.
const REGIONS: &[(&str, &[&str])] = &[
    (
        "apac",
        &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-4",
        ],
    ),
    ("au", &["ap-southeast-2", "ap-southeast-4"]),
    ("ca", &["ca-central-1", "ca-west-1"]),
    ("eu", &["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"]),
    // A global profile routes to any region. The ARN without a region stands for all regions except the caller's.
    (GLOBAL, &[]),
    ("jp", &["ap-northeast-1", "ap-northeast-3"]),
    ("us", &["us-east-1", "us-east-2", "us-west-1", "us-west-2"]),
];

const GLOBAL: &str = "global";

/// An inference profile, as AWS returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub arn: String,
    /// The ARN of the model in each region.
    pub models: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelArns {
    pub arns: Vec<String>,
    pub source: Source,
}

/// How the ARNs were determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The id is that of a model, not of a profile.
    Model,
    /// AWS returned the profile.
    Profile,
    /// AWS did not return the profile, so the built-in table was used.
    Table,
}

/// Reads the profile `id` from AWS. Returns `None` for a model, and also if the call fails, because a deployment must
/// not require the permission to read profiles.
pub async fn read_profile(client: &aws_sdk_bedrock::Client, id: &str) -> Option<Profile> {
    prefix(id)?;
    let response = client.get_inference_profile().inference_profile_identifier(id).send().await.ok()?;
    let models: Vec<_> = response.models.into_iter().filter_map(|model| model.model_arn).collect();
    (!models.is_empty()).then_some(Profile { arn: response.inference_profile_arn, models })
}

/// Returns the permissions to read the profile `id`.
pub fn required_permissions(names: &Names, id: &str) -> Vec<Permission> {
    let profile = || [profile_arn(&names.region, &names.account, id)];
    let read = || Permission::read("AskForProfile", &["bedrock:GetInferenceProfile"], profile());
    prefix(id).map(|_| read()).into_iter().collect()
}

fn profile_arn(region: &str, account: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}:{account}:inference-profile/{id}")
}

/// Returns the ARNs to allow for `id` when it is invoked in `region`. For a profile, these are its own ARN and that
/// of its model in each region it routes to.
pub fn arns(region: &str, account: &str, id: &str, profile: Option<Profile>) -> ModelArns {
    let model_in = |region: &str, model: &str| format!("arn:aws:bedrock:{region}::foundation-model/{model}");
    let Some((prefix, regions, model)) = prefix(id) else {
        return ModelArns { arns: vec![model_in(region, id)], source: Source::Model };
    };
    let (mut arns, source) = if let Some(Profile { arn, mut models }) = profile {
        models.insert(0, arn);
        (models, Source::Profile)
    } else {
        let mut arns = vec![profile_arn(region, account, id)];
        arns.extend(regions.iter().map(|region| model_in(region, model)));
        (arns, Source::Table)
    };
    if prefix == GLOBAL {
        arns.extend([model_in(region, model), model_in("", model)]);
    }
    // The profile stays first. The order must be the same in each run, or the policy would seem to have changed.
    arns[1..].sort_unstable();
    arns.dedup();
    ModelArns { arns, source }
}

/// Splits a profile's id into its prefix, its regions, and the id of its model.
fn prefix(id: &str) -> Option<(&'static str, &'static [&'static str], &str)> {
    let (prefix, model) = id.split_once('.')?;
    let (prefix, regions) = REGIONS.iter().find(|(known, _)| *known == prefix)?;
    Some((prefix, regions, model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::script::{Reply, Script, json_error, ok};

    fn arns_of(id: &str, profile: Option<Profile>) -> ModelArns {
        arns("eu-west-1", "123456789012", id, profile)
    }

    #[tokio::test]
    async fn only_profiles_are_read_and_errors_are_ignored() {
        let response = r#"{"inferenceProfileName":"n","inferenceProfileArn":"arn:p","inferenceProfileId":"i",
            "status":"ACTIVE","type":"SYSTEM_DEFINED","models":[{"modelArn":"arn:m"}]}"#;
        let script = Script::new()
            .on("GET /inference-profiles/eu.", [ok(response)])
            .on("GET /inference-profiles/us.", [json_error(403, "AccessDeniedException", "no"), Reply::Lost]);
        let client = script.cloud().bedrock;
        let profile = Profile { arn: "arn:p".to_owned(), models: vec!["arn:m".to_owned()] };
        assert_eq!(read_profile(&client, "eu.m").await, Some(profile));
        assert_eq!(read_profile(&client, "us.m").await, None);
        assert_eq!(read_profile(&client, "us.m").await, None);
        assert_eq!(read_profile(&client, "amazon.m").await, None);
        assert_eq!(script.log().len(), 3);
    }

    #[test]
    fn a_model_has_one_arn() {
        let actual = arns_of("anthropic.claude-3-haiku-20240307-v1:0", None);
        assert_eq!(actual.source, Source::Model);
        assert_eq!(
            actual.arns,
            ["arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"]
        );
    }

    #[test]
    fn a_profile_has_its_own_arn_and_those_of_its_models() {
        let model =
            |region: &str| format!("arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0");
        let arn =
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0".to_owned();
        let profile = Profile { arn: arn.clone(), models: vec![model("eu-west-3"), model("eu-north-1")] };
        let actual = arns_of("eu.amazon.nova-lite-v1:0", Some(profile));
        assert_eq!(actual.source, Source::Profile);
        assert_eq!(actual.arns, [arn, model("eu-north-1"), model("eu-west-3")]);
    }

    #[test]
    fn a_profile_that_aws_does_not_return_is_looked_up_in_the_table() {
        let actual = arns_of("eu.amazon.nova-lite-v1:0", None);
        assert_eq!(actual.source, Source::Table);
        assert_eq!(
            actual.arns[0],
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0"
        );
        assert!(
            actual.arns[1..].iter().all(|arn| arn.starts_with("arn:aws:bedrock:eu-")),
            "{:?}",
            actual.arns
        );
        assert!(actual.arns.iter().all(|arn| arn.ends_with("amazon.nova-lite-v1:0")));
    }

    #[test]
    fn a_global_profile_includes_the_model_without_a_region() {
        let actual = arns_of("global.anthropic.claude-x", None);
        assert_eq!(
            actual.arns,
            [
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.anthropic.claude-x",
                "arn:aws:bedrock:::foundation-model/anthropic.claude-x",
                "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-x",
            ]
        );
    }
}
