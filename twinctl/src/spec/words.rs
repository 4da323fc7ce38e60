//! The single words of an environment file: each a type of its own, checked when it is made.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::rules::{self, Refusal};

macro_rules! words {
    ($($(#[$doc:meta])* $word:ident = $rule:expr;)+) => {$(
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
    )+};
}

words! {
    ProjectName = rules::project;
    EnvironmentName = rules::environment;
    Region = rules::region;
    /// A profile of the AWS configuration files.
    Profile = rules::profile;
    RoleArn = rules::role_arn;
    /// Twelve digits, leading zeros included.
    AccountId = rules::account;
    /// A model or an inference profile of Bedrock.
    ModelId = rules::model_id;
    BucketName = rules::bucket;
    FunctionName = rules::function;
    RoleName = rules::role;
    ApiName = rules::api;
    LogGroupName = rules::log_group;
    /// `#rgb` or `#rrggbb`.
    Colour = rules::colour;
    /// Scheme, host and port, as a browser sends them.
    Origin = rules::origin;
    HttpsOrigin = rules::https_origin;
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

impl ModelId {
    /// The id with the region's prefix where it needs one: Nova answers through a profile only.
    pub fn full(&self, region: &Region) -> String {
        match region.geography() {
            Some(prefix) if self.0.starts_with("amazon.nova-") => format!("{prefix}.{}", self.0),
            _ => self.0.clone(),
        }
    }

    /// The prefix that was written out, when it is another one than the region's.
    pub(super) fn foreign_prefix(&self, region: &Region) -> Option<&str> {
        let (prefix, _) = self.0.split_once('.')?;
        let geography = region.geography()?;
        (["us", "eu", "apac"].contains(&prefix) && prefix != geography).then_some(prefix)
    }
}
