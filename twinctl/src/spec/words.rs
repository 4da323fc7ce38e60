//! The single words of an environment file: each a type of its own, checked when it is made.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::mistake::Mistake;
use super::rules::{self, Refusal};
use super::shape::{Shape, word};
use super::tree::Node;

macro_rules! words {
    ($($(#[$doc:meta])* $word:ident = $rule:expr, $pattern:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $word(String);

        impl $word {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $word {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $word {
            type Err = Refusal;

            fn from_str(text: &str) -> Result<Self, Refusal> {
                let check: fn(&str) -> Result<(), Refusal> = $rule;
                check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl Shape for $word {
            fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self> {
                word(node, mistakes, str::parse)
            }

            /// The pattern is for editors, and may allow more than the rule.
            fn schema() -> Json {
                json!({ "type": "string", "pattern": $pattern })
            }
        }
    )+};
}

words! {
    ProjectName = rules::project, r"^[a-z][a-z0-9-]{0,30}$";
    EnvironmentName = rules::environment, r"^[a-z][a-z0-9-]{0,19}$";
    Region = rules::aws::region, r"^[a-z]{2}(-[a-z]+)+-[1-9]$";
    /// A profile of the AWS configuration files.
    Profile = rules::profile, r"^.*\S.*$";
    RoleArn = rules::aws::role_arn, r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$";
    /// Twelve digits, leading zeros included.
    AccountId = rules::aws::account, r"^[0-9]{12}$";
    /// A model or an inference profile of Bedrock.
    ModelId = rules::aws::model_id, r"^[A-Za-z0-9._:/-]+$";
    BucketName = rules::aws::bucket, r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$";
    FunctionName = rules::aws::function, r"^[A-Za-z0-9_-]{1,64}$";
    RoleName = rules::aws::role, r"^[A-Za-z0-9+=,.@_-]{1,64}$";
    ApiName = rules::aws::api, r"^.{1,128}$";
    LogGroupName = rules::aws::log_group, r"^[A-Za-z0-9._/#-]{1,512}$";
    /// A path below the folder that holds `environments/`.
    ProjectPath = rules::web::path, r"^[^\\]+$";
    ImagePath = rules::web::image, r"^[^\\]+\.(png|jpe?g|webp|avif|gif|svg)$";
    /// `#rgb` or `#rrggbb`.
    Colour = rules::web::colour, r"^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$";
    /// Scheme, host and port, as a browser sends them.
    Origin = rules::web::origin, r"^https?://[a-z0-9.-]+(:[0-9]+)?$";
    HttpsOrigin = rules::web::https_origin, r"^https://[a-z0-9.-]+(:[0-9]+)?$";
    /// A language as browsers name it.
    LanguageCode = rules::web::language, r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$";
    /// Of a page or a zone, with a dot in it.
    DomainName = rules::domain::name, r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$";
    HostName = rules::web::host, r"^[a-z0-9.-]+$";
    /// Where a model server's `/chat/completions` is found.
    ServerUrl = rules::web::server, r"^https?://[^\\s?#]+$";
}

impl Region {
    /// The prefix of Bedrock's inference profiles that cover this region, where Nova has one.
    fn geography(&self) -> Option<&'static str> {
        match self.0.split_once('-')? {
            ("us", rest) if !rest.starts_with("gov-") && !rest.starts_with("iso") => Some("us"),
            ("eu", rest) if !rest.starts_with("isoe-") => Some("eu"),
            ("ap", _) => Some("apac"),
            _ => None,
        }
    }
}

impl DomainName {
    /// Whether it is `zone` itself, or below it.
    pub fn is_within(&self, zone: &Self) -> bool {
        self.0.strip_suffix(zone.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

impl ModelId {
    /// The id with the region's prefix where it needs one: Nova answers through a profile only.
    pub fn full(&self, region: &Region) -> String {
        match region.geography() {
            Some(prefix) if self.0.starts_with("amazon.nova-") => format!("{prefix}.{}", self.0),
            _ => self.0.clone(),
        }
    }

    /// The written prefix and the id that would answer, when the prefix is of another part of the
    /// world than the region.
    pub(super) fn abroad(&self, region: &Region) -> Option<(&str, String)> {
        let (prefix, model) = self.0.split_once('.')?;
        let home = region.geography()?;
        let abroad = ["us", "eu", "apac"].contains(&prefix) && prefix != home;
        abroad.then(|| (prefix, format!("{home}.{model}")))
    }
}

impl Default for ModelId {
    fn default() -> Self {
        Self("amazon.nova-lite-v1:0".to_owned())
    }
}

impl From<ProjectPath> for PathBuf {
    fn from(path: ProjectPath) -> Self {
        path.0.into()
    }
}

impl From<ImagePath> for PathBuf {
    fn from(path: ImagePath) -> Self {
        path.0.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AccountId, BucketName, Colour, HttpsOrigin, ModelId, Origin, ProjectName, Region};
    use crate::spec::Refusal;

    /// What a refusal says to write instead has to be accepted.
    fn keeps_its_word<W: std::str::FromStr<Err = Refusal>>(text: &str) {
        let Err(Refusal { help: Some(help), .. }) = text.parse::<W>() else {
            return;
        };
        let Some(advised) = help.split('`').nth(1).filter(|word| *word != "*") else {
            return;
        };
        let advised = advised.trim_matches('"');
        assert!(advised.parse::<W>().is_ok(), "{text}: {help}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn advice_can_be_taken(text in r"\PC{0,70}|[a-zA-Z0-9 _.-]{0,40}|(https?://)?[A-Z.a-z0-9:/*-]{0,20}|#?[0-9a-f]{3,6}|nova-[a-z]{4,5}|[a-z]{2}-[a-z]{4,7}-[0-9]|[0-9-]{10,15}") {
            keeps_its_word::<AccountId>(&text);
            keeps_its_word::<BucketName>(&text);
            keeps_its_word::<Colour>(&text);
            keeps_its_word::<HttpsOrigin>(&text);
            keeps_its_word::<ModelId>(&text);
            keeps_its_word::<Origin>(&text);
            keeps_its_word::<ProjectName>(&text);
            keeps_its_word::<Region>(&text);
        }
    }

    #[test]
    fn regions_of_a_known_form_are_regions() {
        let judge = |text: &str| text.parse::<Region>().is_ok();
        assert!(crate::spec::rules::aws::REGIONS.split_whitespace().all(judge));
        for region in ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-9", "us-iso-east-1"] {
            assert!(judge(region), "{region}");
        }
        for text in [
            "",
            "us-east",
            "us-east-0",
            "us-eest-1",
            "US-EAST-1",
            "us-east-1a",
            "europe-west-1",
            "eu-west-1-",
        ] {
            assert!(!judge(text), "{text}");
        }
    }

    #[test]
    fn roles_to_assume_are_whole_arns() {
        let judge = |text: &str| text.parse::<super::RoleArn>().is_ok();
        assert!(judge("arn:aws:iam::012345678901:role/path/deployer"));
        assert!(judge("arn:aws-us-gov:iam::012345678901:role/deployer"));
        for text in [
            "arn:aws:iam::1234:role/x",
            "arn:aws:iam::012345678901:user/x",
            "arn:aws:iam::012345678901:role/",
            "deployer",
        ] {
            assert!(!judge(text), "{text}");
        }
    }
}
