//! The end of a distribution, which takes minutes: switched off, off everywhere, deleted.

use reconcile::{Fault, Removed};

use super::{DEPLOYED, Distribution, DistributionActual, spreading};
use crate::targets::aws::{Answer, Cloud};

impl Distribution {
    pub(super) async fn remove(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
        there: &DistributionActual,
    ) -> Result<Removed, Fault> {
        if there.config.enabled {
            disable(cloud, there).await?;
            return Ok(Removed::Observe);
        }
        if there.status != DEPLOYED {
            return Ok(Removed::Waiting(spreading()));
        }
        let request = cloud.cloudfront.delete_distribution().id(&there.id).if_match(&there.etag);
        request.send().await.done("cloudfront:DeleteDistribution", &["NoSuchDistribution"])?;
        *known_id = None;
        Ok(Removed::Done)
    }
}

async fn disable(cloud: &Cloud, there: &DistributionActual) -> Result<(), Fault> {
    let mut config = there.config.clone();
    config.enabled = false;
    let request = cloud.cloudfront.update_distribution().id(&there.id).if_match(&there.etag);
    let answer = request.distribution_config(config).send().await;
    answer.done("cloudfront:UpdateDistribution", &["NoSuchDistribution"])
}
