//! Newtypes for names, ids and addresses in an environment file, checked when they are created.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use contract::bedrock;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::error::SpecError;
use super::rules::{self, InvalidValue};
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
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                let check: fn(&str) -> Result<(), InvalidValue> = $rule;
                check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl Shape for $word {
            fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self> {
                word(node, errors, str::parse)
            }

            /// The pattern is for editors, and can allow more than the rule.
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
    /// A profile in the AWS configuration files.
    Profile = rules::profile, r"^.*\S.*$";
    RoleArn = rules::aws::role_arn, r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$";
    /// A web ACL for CloudFront.
    WebAclArn = rules::aws::web_acl_arn, r"^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/[^/]+/[^/]+$";
    /// Twelve digits, including leading zeros.
    AccountId = rules::aws::account, r"^[0-9]{12}$";
    /// Minutes, hours or days: `30m`, `8h`, `2d`.
    Ttl = rules::ttl, r"^[0-9]+[mhd]$";
    /// A share of the visitors, and for how long they get a new version: `10%:5m`.
    Canary = rules::canary, r"^[0-9]{1,2}%:[0-9]+[smh]$";
    /// A Bedrock model or inference profile.
    ModelId = rules::aws::model_id, r"^[A-Za-z0-9._:/-]+$";
    BucketName = rules::aws::bucket, r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$";
    FunctionName = rules::aws::function, r"^[A-Za-z0-9_-]{1,64}$";
    RoleName = rules::aws::role, r"^[A-Za-z0-9+=,.@_-]{1,64}$";
    ApiName = rules::aws::api, r"^.{1,128}$";
    LogGroupName = rules::aws::log_group, r"^[A-Za-z0-9._/#-]{1,512}$";
    /// A path relative to the folder that contains `environments/`.
    ProjectPath = rules::web::path, r"^[^\\]+$";
    ImagePath = rules::web::image, r"^[^\\]+\.(png|jpe?g|webp|avif|gif|svg)$";
    /// `#rgb` or `#rrggbb`.
    HexColor = rules::web::color, r"^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$";
    /// Scheme, host and port, as a browser sends them.
    Origin = rules::web::origin, r"^https?://[a-z0-9.-]+(:[0-9]+)?$";
    /// An address with a path.
    HttpsUrl = rules::web::https_url, r"^https://[^\\s#]+$";
    EmailAddress = rules::web::email, r"^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$";
    HttpsOrigin = rules::web::https_origin, r"^https://[a-z0-9.-]+(:[0-9]+)?$";
    /// A BCP 47 language tag.
    LanguageCode = rules::web::language, r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$";
    /// The hostname of a page, or the name of a zone.
    DomainName = rules::domain::name, r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$";
    HostName = rules::web::host, r"^[a-z0-9.-]+$";
    /// The base URL of a model server: its path plus `/chat/completions`.
    ServerUrl = rules::web::server, r"^https?://[^\\s?#]+$";
}

impl Region {
    /// Returns the prefix of Bedrock's inference profiles for this region, if Nova has one.
    fn geography(&self) -> Option<&'static str> {
        match self.0.split_once('-')? {
            ("us", rest) if !rest.starts_with("gov-") && !rest.starts_with("iso") => Some("us"),
            ("eu", rest) if !rest.starts_with("isoe-") => Some("eu"),
            ("ap", _) => Some("apac"),
            _ => None,
        }
    }
}

impl Ttl {
    pub fn duration(&self) -> Duration {
        rules::ttl_duration(&self.0).unwrap_or_default()
    }
}

impl Canary {
    /// Returns the share of the visitors in percent.
    pub fn percent(&self) -> u8 {
        rules::canary_parts(&self.0).map(|(percent, _)| percent).unwrap_or_default()
    }

    pub fn duration(&self) -> Duration {
        rules::canary_parts(&self.0).map(|(_, duration)| duration).unwrap_or_default()
    }
}

impl DomainName {
    /// Whether the name is `zone` or a subdomain of it.
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
    /// Returns the cheapest Amazon Nova that can be invoked from `region`.
    pub(super) fn default_in(region: &Region) -> Self {
        Self(bedrock::default_in(region.as_str()))
    }

    /// Returns the id to invoke in `region`: for Nova models the id of an inference profile, because most regions offer
    /// Nova only through one.
    pub fn full(&self, region: &Region) -> String {
        if let Some(known) = bedrock::nova_in(&self.0, region.as_str()) {
            return known;
        }
        match region.geography() {
            Some(prefix) if self.0.starts_with("amazon.nova-") => format!("{prefix}.{}", self.0),
            _ => self.0.clone(),
        }
    }

    /// If the prefix does not cover the region, returns it and the id with the right prefix.
    pub(super) fn wrong_prefix(&self, region: &Region) -> Option<(&str, String)> {
        let (prefix, model) = self.0.split_once('.')?;
        let right = region.geography()?;
        let is_within = match prefix {
            "us" | "eu" | "apac" => prefix == right,
            "au" => ["ap-southeast-2", "ap-southeast-4"].contains(&region.as_str()),
            "ca" => false,
            "jp" => ["ap-northeast-1", "ap-northeast-3"].contains(&region.as_str()),
            _ => true,
        };
        let suggestion =
            || bedrock::nova_in(model, region.as_str()).unwrap_or_else(|| format!("{right}.{model}"));
        (!is_within).then(|| (prefix, suggestion()))
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

    use super::{
        AccountId, BucketName, Canary, HexColor, HttpsOrigin, ModelId, Origin, ProjectName, Region, Ttl,
    };
    use crate::spec::InvalidValue;

    /// Checks that a suggested value is valid.
    fn suggestion_is_valid<W: std::str::FromStr<Err = InvalidValue>>(text: &str) {
        let Err(InvalidValue { help: Some(help), .. }) = text.parse::<W>() else {
            return;
        };
        let Some(suggested) = help.split('`').nth(1).filter(|word| *word != "*") else {
            return;
        };
        let suggested = suggested.trim_matches('"');
        assert!(suggested.parse::<W>().is_ok(), "{text}: {help}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn suggestions_are_valid(text in r"\PC{0,70}|[a-zA-Z0-9 _.-]{0,40}|(https?://)?[A-Z.a-z0-9:/*-]{0,20}|#?[0-9a-f]{3,6}|nova-[a-z]{4,5}|[a-z]{2}-[a-z]{4,7}-[0-9]|[0-9-]{10,15}") {
            suggestion_is_valid::<AccountId>(&text);
            suggestion_is_valid::<BucketName>(&text);
            suggestion_is_valid::<HexColor>(&text);
            suggestion_is_valid::<HttpsOrigin>(&text);
            suggestion_is_valid::<ModelId>(&text);
            suggestion_is_valid::<Origin>(&text);
            suggestion_is_valid::<ProjectName>(&text);
            suggestion_is_valid::<Region>(&text);
        }
    }

    #[test]
    fn a_time_to_live_has_a_unit_and_limits() {
        let ttl = |text: &str| text.parse::<Ttl>().ok().map(|ttl| ttl.duration().as_secs());
        assert_eq!(["10m", "8h", "365d"].map(ttl), [600, 28_800, 31_536_000].map(Some));
        for invalid in ["", "h", "8", "8 h", "8s", "9m", "366d", "-1h", "+8h", "1.5h", "99999999999h", "8ä"]
        {
            assert_eq!(ttl(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn a_canary_is_a_share_and_a_duration() {
        let canary = |text: &str| {
            text.parse::<Canary>().ok().map(|canary| (canary.percent(), canary.duration().as_secs()))
        };
        let valid =
            [("10%:5m", (10, 300)), ("99%:30m", (99, 1800)), ("1%:0s", (1, 0)), ("50%:90s", (50, 90))];
        for (text, expected) in valid {
            assert_eq!(canary(text), Some(expected), "{text}");
        }
        for invalid in [
            "", "10%", "5m", "10:5m", "0%:5m", "100%:5m", "300%:5m", "10%:31m", "10%:1h", "10%:5", "10%:m",
            "+1%:5m", "10%:-1s", "1.5%:5m",
        ] {
            assert_eq!(canary(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn regions_are_checked_by_their_form() {
        let is_valid = |text: &str| text.parse::<Region>().is_ok();
        assert!(crate::spec::rules::aws::REGIONS.split_whitespace().all(is_valid));
        for region in ["us-east-1", "eu-central-2", "us-gov-west-1", "ap-southeast-9", "us-iso-east-1"] {
            assert!(is_valid(region), "{region}");
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
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn roles_to_assume_are_complete_arns() {
        let is_valid = |text: &str| text.parse::<super::RoleArn>().is_ok();
        assert!(is_valid("arn:aws:iam::012345678901:role/path/deployer"));
        assert!(is_valid("arn:aws-us-gov:iam::012345678901:role/deployer"));
        for text in [
            "arn:aws:iam::1234:role/x",
            "arn:aws:iam::012345678901:user/x",
            "arn:aws:iam::012345678901:role/",
            "deployer",
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn web_acls_are_global() {
        let is_valid = |text: &str| text.parse::<super::WebAclArn>().is_ok();
        assert!(is_valid("arn:aws:wafv2:us-east-1:012345678901:global/webacl/twin/1f2e-3d"));
        for text in [
            "arn:aws:wafv2:eu-west-1:012345678901:regional/webacl/twin/1f2e-3d",
            "arn:aws:wafv2:us-east-1:012345678901:global/webacl/twin",
            "arn:aws:wafv2:us-east-1:012345678901:global/webacl/twin/1/2",
            "arn:aws:wafv2:us-east-1:1234:global/webacl/twin/1f2e-3d",
            "twin",
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
