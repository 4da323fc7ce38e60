//! Which ARNs a role must be allowed to invoke for one Bedrock model.

use super::Right;
use crate::targets::aws::names::Names;

/// When the regions of the built-in table were true.
pub const TABLE_DATE: &str = "2025-11";

/// Where an inference profile sends its requests, by the prefix of its id: for when AWS does not say so itself.
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
    // Anywhere: the ARN without a region stands for all of them but our own.
    (GLOBAL, &[]),
    ("jp", &["ap-northeast-1", "ap-northeast-3"]),
    ("us", &["us-east-1", "us-east-2", "us-west-1", "us-west-2"]),
];

const GLOBAL: &str = "global";

/// What AWS says of an inference profile.
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

/// How the ARNs are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The id names one model in one region.
    Plain,
    /// AWS was asked for the profile.
    Asked,
    /// AWS gave no answer: the built-in table of [`TABLE_DATE`].
    Table,
}

/// Asks AWS where the profile `id` sends its requests. `None` for a plain model, and where asking is not allowed, or
/// nobody knows: the right to invoke matters, not the right to ask.
pub async fn ask(client: &aws_sdk_bedrock::Client, id: &str) -> Option<Profile> {
    prefix(id)?;
    let answer = client.get_inference_profile().inference_profile_identifier(id).send().await.ok()?;
    let models: Vec<_> = answer.models.into_iter().filter_map(|model| model.model_arn).collect();
    (!models.is_empty()).then_some(Profile { arn: answer.inference_profile_arn, models })
}

/// What asking for the profile `id` takes.
pub fn needs(names: &Names, id: &str) -> Vec<Right> {
    let profile = || [profile_arn(&names.region, &names.account, id)];
    let ask = || Right::look("AskForProfile", &["bedrock:GetInferenceProfile"], profile());
    prefix(id).map(|_| ask()).into_iter().collect()
}

fn profile_arn(region: &str, account: &str, id: &str) -> String {
    format!("arn:aws:bedrock:{region}:{account}:inference-profile/{id}")
}

/// The ARNs to allow for `id` when it is invoked in `region`: for a profile itself and its model wherever it may be.
pub fn arns(region: &str, account: &str, id: &str, asked: Option<Profile>) -> ModelArns {
    let model_in = |region: &str, model: &str| format!("arn:aws:bedrock:{region}::foundation-model/{model}");
    let Some((prefix, regions, model)) = prefix(id) else {
        return ModelArns { arns: vec![model_in(region, id)], source: Source::Plain };
    };
    let (mut arns, source) = if let Some(Profile { arn, mut models }) = asked {
        models.insert(0, arn);
        (models, Source::Asked)
    } else {
        let mut arns = vec![profile_arn(region, account, id)];
        arns.extend(regions.iter().map(|region| model_in(region, model)));
        (arns, Source::Table)
    };
    if prefix == GLOBAL {
        arns.extend([model_in(region, model), model_in("", model)]);
    }
    // The profile stays in front; a policy that is written again must not differ by order.
    arns[1..].sort_unstable();
    arns.dedup();
    ModelArns { arns, source }
}

/// The prefix of a profile's id, its regions, and the id of its model.
fn prefix(id: &str) -> Option<(&'static str, &'static [&'static str], &str)> {
    let (prefix, model) = id.split_once('.')?;
    let (prefix, regions) = REGIONS.iter().find(|(known, _)| *known == prefix)?;
    Some((prefix, regions, model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::script::{Reply, Script, json_error, ok};

    fn of(id: &str, asked: Option<Profile>) -> ModelArns {
        arns("eu-west-1", "123456789012", id, asked)
    }

    #[tokio::test]
    async fn only_profiles_are_asked_for_and_no_answer_is_none() {
        let answer = r#"{"inferenceProfileName":"n","inferenceProfileArn":"arn:p","inferenceProfileId":"i",
            "status":"ACTIVE","type":"SYSTEM_DEFINED","models":[{"modelArn":"arn:m"}]}"#;
        let script = Script::new()
            .on("GET /inference-profiles/eu.", [ok(answer)])
            .on("GET /inference-profiles/us.", [json_error(403, "AccessDeniedException", "no"), Reply::Lost]);
        let client = script.cloud().bedrock;
        let profile = Profile { arn: "arn:p".to_owned(), models: vec!["arn:m".to_owned()] };
        assert_eq!(ask(&client, "eu.m").await, Some(profile));
        assert_eq!(ask(&client, "us.m").await, None);
        assert_eq!(ask(&client, "us.m").await, None);
        assert_eq!(ask(&client, "amazon.m").await, None);
        assert_eq!(script.log().len(), 3);
    }

    #[test]
    fn a_plain_model_is_one_arn() {
        let known = of("anthropic.claude-3-haiku-20240307-v1:0", None);
        assert_eq!(known.source, Source::Plain);
        assert_eq!(
            known.arns,
            ["arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"]
        );
    }

    #[test]
    fn a_profile_that_was_asked_for_is_itself_and_its_models() {
        let model =
            |region: &str| format!("arn:aws:bedrock:{region}::foundation-model/amazon.nova-lite-v1:0");
        let arn =
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0".to_owned();
        let profile = Profile { arn: arn.clone(), models: vec![model("eu-west-3"), model("eu-north-1")] };
        let known = of("eu.amazon.nova-lite-v1:0", Some(profile));
        assert_eq!(known.source, Source::Asked);
        assert_eq!(known.arns, [arn, model("eu-north-1"), model("eu-west-3")]);
    }

    #[test]
    fn without_an_answer_the_table_says_it() {
        let known = of("eu.amazon.nova-lite-v1:0", None);
        assert_eq!(known.source, Source::Table);
        assert_eq!(
            known.arns[0],
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0"
        );
        assert!(known.arns[1..].iter().all(|arn| arn.starts_with("arn:aws:bedrock:eu-")), "{:?}", known.arns);
        assert!(known.arns.iter().all(|arn| arn.ends_with("amazon.nova-lite-v1:0")));
    }

    #[test]
    fn a_global_profile_is_also_the_model_without_a_region() {
        let known = of("global.anthropic.claude-x", None);
        assert_eq!(
            known.arns,
            [
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.anthropic.claude-x",
                "arn:aws:bedrock:::foundation-model/anthropic.claude-x",
                "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-x",
            ]
        );
    }
}
