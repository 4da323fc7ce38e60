//! The backend's credentials for its model.

mod aws;
mod key;

pub(super) use aws::Resolved;
pub(crate) use key::find as find_key;

use contract::variable::OPENAI_API_KEY;

use super::{
    logs::Logs,
    protocol::{Credentials, GatewayError, Secrets},
};
use crate::targets::aws_access::Login;

pub(super) async fn resolve(
    credentials: &Credentials,
    secrets: &Secrets,
    logs: &Logs,
) -> Result<Resolved, GatewayError> {
    match credentials {
        Credentials::None => Ok(Resolved::default()),
        Credentials::OpenAiKey { files } => {
            // A self-hosted server may need no key. The backend reports an error if its server needs one.
            let key = key::find(files, secrets)?;
            let variables = key.map(|key| (OPENAI_API_KEY.to_owned(), key)).into_iter().collect();
            Ok(Resolved { variables, renew_in: None })
        }
        Credentials::Aws { profile, only_profile, region, assume_role, endpoint_url } => {
            let login = Login {
                profile: profile.clone(),
                only_profile: *only_profile,
                region: region.clone(),
                assume_role: assume_role.clone(),
                endpoint_url: endpoint_url.clone(),
            };
            Box::pin(aws::resolve(&login, logs)).await
        }
    }
}
