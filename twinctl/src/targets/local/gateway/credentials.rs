//! What the backend needs to get to its model: looked for where the owner keeps it, and handed to the process alone.

mod aws;
mod key;

use std::time::Duration;

pub(crate) use key::find as find_key;

use super::{
    logs::Logs,
    protocol::{Credentials, Refusal, Secrets},
};
use crate::targets::aws::Login;

const OPENAI_API_KEY: &str = "OPENAI_API_KEY";

/// Variables for the process, and when others have to take their place.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) variables: Vec<(String, String)>,
    pub(super) renew_in: Option<Duration>,
}

pub(super) async fn resolve(
    credentials: &Credentials,
    secrets: &Secrets,
    logs: &Logs,
) -> Result<Resolved, Refusal> {
    match credentials {
        Credentials::None => Ok(Resolved::default()),
        Credentials::OpenAiKey { files } => {
            // A server of the owner's own may ask for none; the backend knows.
            let key = key::find(files, secrets)?;
            let variables = key.map(|key| (OPENAI_API_KEY.to_owned(), key)).into_iter().collect();
            Ok(Resolved { variables, renew_in: None })
        }
        Credentials::Aws { profile, region, assume_role, endpoint_url } => {
            let login = Login {
                profile: profile.clone(),
                region: region.clone(),
                assume_role: assume_role.clone(),
                endpoint_url: endpoint_url.clone(),
            };
            Box::pin(aws::resolve(&login, logs)).await
        }
    }
}
