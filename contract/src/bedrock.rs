//! Facts about the models of Amazon Bedrock: the regions and inference profiles of Amazon Nova, and ends of life.
//!
//! Checked on 2026-11-29, in copies of:
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/models-regions.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle-legacy.html>, as quoted in
//!   <https://github.com/awslabs/startups/pull/307>
//!
//! twinctl asks `GetInferenceProfile` before it deploys, so an outdated row is noticed before visitors notice it.

/// The prefix of profiles that route to every commercial region.
pub const GLOBAL: &str = "global";

/// A text model of Amazon Nova, and the regions from which it can be called. Regions are separated by spaces.
#[derive(Debug)]
pub struct Nova {
    pub model: &'static str,
    /// The source regions of each inference profile, by the prefix of its id.
    profiles: &'static [(&'static str, &'static str)],
    /// The regions in which the model can be called without a profile.
    in_region: &'static str,
}

const EU: &str = "eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-3 il-central-1";
const APAC: &str = "ap-east-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 \
    ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7 me-central-1";
const US: &str = "us-east-1 us-east-2 us-west-1 us-west-2";

/// The active models, from the cheapest to the most expensive.
pub const NOVA: [Nova; 4] = [
    Nova {
        model: "amazon.nova-micro-v1:0",
        profiles: &[
            ("us", "us-east-1 us-east-2 us-west-2"),
            ("eu", EU),
            (
                "apac",
                "ap-east-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 \
                 ap-southeast-3 ap-southeast-5 ap-southeast-7 me-central-1",
            ),
        ],
        in_region: "ap-southeast-2 eu-west-2 us-east-1 us-gov-west-1",
    },
    Nova {
        model: "amazon.nova-lite-v1:0",
        profiles: &[("us", US), ("eu", EU), ("apac", APAC), ("ca", "ca-central-1 ca-west-1")],
        in_region: "ap-northeast-1 ap-southeast-2 ap-southeast-3 eu-north-1 eu-west-2 me-central-1 us-east-1 \
            us-gov-west-1",
    },
    Nova {
        model: "amazon.nova-2-lite-v1:0",
        profiles: &[
            ("us", "ca-central-1 ca-west-1 us-east-1 us-east-2 us-west-1 us-west-2"),
            ("eu", "eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-3"),
            ("jp", "ap-northeast-1"),
            (
                GLOBAL,
                "ap-east-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3 \
                 ap-southeast-4 ap-southeast-5 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-north-1 \
                 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 us-east-1 us-east-2 \
                 us-west-1 us-west-2",
            ),
        ],
        in_region: "",
    },
    Nova {
        model: "amazon.nova-pro-v1:0",
        profiles: &[("us", US), ("eu", EU), ("apac", APAC)],
        in_region: "ap-southeast-2 ap-southeast-3 eu-west-2 me-central-1 us-east-1 us-gov-west-1",
    },
];

/// The regions to which profiles with a prefix route, beside the region of the caller. A global profile routes to any
/// region, so it lists none.
const DESTINATIONS: [(&str, &str); 7] = [
    (
        "apac",
        "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 \
         ap-southeast-3 ap-southeast-4",
    ),
    ("au", "ap-southeast-2 ap-southeast-4"),
    ("ca", "ca-central-1 ca-west-1"),
    ("eu", "eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-3"),
    (GLOBAL, ""),
    ("jp", "ap-northeast-1 ap-northeast-3"),
    ("us", US),
];

/// The last day of models, by the start of their ids. Nova Micro, Lite, Pro and 2 Lite are active and have none.
const ENDS_OF_LIFE: [(&str, &str); 16] = [
    ("ai21.jamba-1-5-large", "2026-11-26"),
    ("ai21.jamba-1-5-mini", "2026-11-26"),
    ("amazon.nova-canvas-v1", "2026-09-30"),
    ("amazon.nova-premier-v1", "2026-09-14"),
    ("amazon.nova-reel-v1", "2026-09-30"),
    ("amazon.nova-sonic-v1", "2026-09-14"),
    ("anthropic.claude-3-5-sonnet-20240620", "2026-07-30"),
    ("anthropic.claude-3-5-sonnet-20241022", "2026-07-30"),
    ("anthropic.claude-3-haiku-20240307", "2026-09-10"),
    ("anthropic.claude-3-sonnet-20240229", "2026-07-30"),
    ("anthropic.claude-opus-4-1-20250805", "2027-01-08"),
    ("anthropic.claude-sonnet-4-20250514", "2026-10-14"),
    ("cohere.command-r-plus-v1", "2026-08-19"),
    ("cohere.command-r-v1", "2026-08-19"),
    ("meta.llama3-1-405b-instruct", "2026-07-07"),
    ("meta.llama3-2-", "2026-07-07"),
];

impl Nova {
    /// Returns the id by which the model is called from `region`: a profile of the region's part of the world, the model
    /// itself, or the global profile. `None` if it cannot be called from there.
    pub fn id_in(&self, region: &str) -> Option<String> {
        let profile = |is_global: bool| {
            let mut profiles = self.profiles.iter();
            let found =
                profiles.find(|(prefix, from)| (*prefix == GLOBAL) == is_global && contains(from, region))?;
            Some(format!("{}.{}", found.0, self.model))
        };
        profile(false)
            .or_else(|| contains(self.in_region, region).then(|| self.model.to_owned()))
            .or_else(|| profile(true))
    }
}

/// Returns the id of the cheapest Nova model that can be called from `region`. For a region that is not in the table,
/// this is the global profile, which is available first in a new region.
pub fn default_in(region: &str) -> String {
    let is_commercial =
        !region.starts_with("cn-") && !region.starts_with("us-gov-") && !region.contains("-iso");
    let [cheapest, _, newest, _] = &NOVA;
    let other =
        || if is_commercial { format!("{GLOBAL}.{}", newest.model) } else { cheapest.model.to_owned() };
    NOVA.iter().find_map(|nova| nova.id_in(region)).unwrap_or_else(other)
}

/// Returns the id by which the Nova model `model` is called from `region`. `None` if it is not in the table.
pub fn nova_in(model: &str, region: &str) -> Option<String> {
    NOVA.iter().find(|nova| nova.model == model)?.id_in(region)
}

/// Splits the id of an inference profile into its prefix, the regions to which it routes, and the id of its model.
/// `None` for other ids.
pub fn profile(id: &str) -> Option<(&'static str, impl Iterator<Item = &'static str>, &str)> {
    let (prefix, model) = id.split_once('.')?;
    let (prefix, destinations) = DESTINATIONS.iter().find(|(known, _)| *known == prefix)?;
    Some((prefix, destinations.split_whitespace(), model))
}

/// Returns the last day (`2026-09-14`) of a model, or of the model of a profile or ARN, if AWS has announced it.
pub fn end_of_life(id: &str) -> Option<&'static str> {
    let id = id.rsplit('/').next().unwrap_or(id);
    let model = profile(id).map_or(id, |(_, _, model)| model);
    ENDS_OF_LIFE.iter().find(|(start, _)| model.starts_with(start)).map(|(_, date)| *date)
}

fn contains(regions: &str, region: &str) -> bool {
    regions.split_whitespace().any(|known| known == region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_cheapest_nova_of_the_region() {
        let table = [
            ("us-east-1", "us.amazon.nova-micro-v1:0"),
            ("us-west-1", "us.amazon.nova-lite-v1:0"),
            ("ca-central-1", "ca.amazon.nova-lite-v1:0"),
            ("eu-west-1", "eu.amazon.nova-micro-v1:0"),
            ("eu-west-2", "amazon.nova-micro-v1:0"),
            ("il-central-1", "eu.amazon.nova-micro-v1:0"),
            ("me-central-1", "apac.amazon.nova-micro-v1:0"),
            ("ap-northeast-1", "apac.amazon.nova-micro-v1:0"),
            ("ap-southeast-4", "apac.amazon.nova-lite-v1:0"),
            ("us-gov-west-1", "amazon.nova-micro-v1:0"),
            ("sa-east-1", "global.amazon.nova-2-lite-v1:0"),
            ("cn-north-1", "amazon.nova-micro-v1:0"),
        ];
        for (region, id) in table {
            assert_eq!(default_in(region), id, "{region}");
        }
    }

    #[test]
    fn a_model_is_called_through_the_profile_that_is_nearest() {
        let table = [
            ("amazon.nova-2-lite-v1:0", "ap-northeast-1", Some("jp.amazon.nova-2-lite-v1:0")),
            ("amazon.nova-2-lite-v1:0", "ca-west-1", Some("us.amazon.nova-2-lite-v1:0")),
            ("amazon.nova-2-lite-v1:0", "ap-south-1", Some("global.amazon.nova-2-lite-v1:0")),
            ("amazon.nova-pro-v1:0", "ca-west-1", None),
            ("amazon.nova-premier-v1:0", "us-east-1", None),
        ];
        for (model, region, id) in table {
            assert_eq!(nova_in(model, region).as_deref(), id, "{model} in {region}");
        }
    }

    #[test]
    fn every_profile_has_a_known_prefix_and_no_region_is_listed_twice() {
        for nova in &NOVA {
            for (prefix, regions) in nova.profiles {
                assert!(profile(&format!("{prefix}.{}", nova.model)).is_some(), "{prefix}");
                let mut sorted: Vec<_> = regions.split_whitespace().collect();
                let count = sorted.len();
                sorted.sort_unstable();
                sorted.dedup();
                assert_eq!(sorted.len(), count, "{prefix}.{}", nova.model);
            }
        }
    }

    #[test]
    fn the_end_of_life_is_that_of_the_model_behind_a_profile() {
        let arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0";
        assert_eq!(end_of_life(arn), Some("2027-01-08"));
        assert_eq!(end_of_life("us.amazon.nova-premier-v1:0"), Some("2026-09-14"));
        assert_eq!(end_of_life("meta.llama3-2-3b-instruct-v1:0"), Some("2026-07-07"));
        assert!(
            NOVA.iter().all(|nova| end_of_life(nova.model).is_none()),
            "the table lists active models only"
        );
    }
}
