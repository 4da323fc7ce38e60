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
