//! Facts about the models of Amazon Bedrock: the regions and inference profiles of Amazon Nova.
//!
//! Checked on 2026-11-29, in copies of:
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/models-regions.html>
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

/// The regions to which the inference profiles with each prefix route requests, besides the caller's region. A global
/// profile routes to any region, so it lists none.
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

impl Nova {
    /// Returns the id by which the model is called from `region`: a geographic profile (`eu.`), the model itself, or the
    /// global profile. `None` if the model cannot be called from there.
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

/// Returns the id of the cheapest Nova model that can be called from `region`. For a commercial region that is not in
/// the table, this is the global profile of the newest model, because new regions get global profiles first.
pub fn default_in(region: &str) -> String {
    let is_commercial =
        !region.starts_with("cn-") && !region.starts_with("us-gov-") && !region.contains("-iso");
    let [cheapest, _, newest, _] = &NOVA;
    let other =
        || if is_commercial { format!("{GLOBAL}.{}", newest.model) } else { cheapest.model.to_owned() };
    NOVA.iter().find_map(|nova| nova.id_in(region)).unwrap_or_else(other)
}

/// Returns the id by which the Nova model `model` is called from `region`. `None` if the table does not contain it, or
/// if it cannot be called from there.
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

fn contains(regions: &str, region: &str) -> bool {
    regions.split_whitespace().any(|known| known == region)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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

    /// Every region of the table and some others, with the profile of each model: `here` is the model itself, `-` none.
    #[test]
    fn every_model_in_every_region() {
        let of = |nova: &Nova| nova.profiles.iter().map(|(_, regions)| *regions).chain([nova.in_region]);
        let lists: Vec<_> =
            NOVA.iter().flat_map(of).chain(DESTINATIONS.map(|(_, regions)| regions)).collect();
        let known: BTreeSet<_> = lists.iter().flat_map(|list| list.split_whitespace()).collect();
        let others =
            ["af-south-1", "cn-north-1", "mars-east-1", "sa-east-1", "us-gov-east-1", "us-iso-east-1"];
        assert!(others.iter().all(|other| !known.contains(other)));
        let regions: BTreeSet<_> = known.into_iter().chain(others).collect();
        let lines = regions.into_iter().map(|region| {
            let called = NOVA.iter().map(|nova| match nova.id_in(region) {
                None => "-".to_owned(),
                Some(id) if id == nova.model => "here".to_owned(),
                Some(id) => id.strip_suffix(&format!(".{}", nova.model)).unwrap().to_owned(),
            });
            let called: Vec<_> = called.collect();
            format!("{region:15} {:40} {}", default_in(region), called.join(" "))
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
        assert!(
            ["amazon.nova-premier-v1:0", "amazon.nova-9-v1:0"].iter().all(|model| nova_in(
                model,
                "us-east-1"
            )
            .is_none())
        );
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
}
