//! What differs between a distribution and what it should be.

use aws_sdk_cloudfront::types::DistributionConfig;
use reconcile::Changes;

use super::{
    Distribution, DistributionActual, DistributionDesired, OriginSecret,
    config::{API, Blueprint},
    facts::{self, Known},
};

impl Distribution {
    pub(super) fn blueprint<'a>(&self, desired: &'a DistributionDesired, account: &str) -> Blueprint<'a> {
        Blueprint {
            desired,
            comment: self.comment(),
            reference: format!("{}-{}", self.marker, desired.birth),
            function_arn: format!("arn:aws:cloudfront::{account}:function/{}", desired.delivery.function),
        }
    }

    pub(super) fn same(&self, desired: &DistributionDesired, actual: &DistributionActual) -> bool {
        let mut changes = Changes::new();
        self.compare(&mut changes, desired, Some(actual));
        changes.into_vec().is_empty()
    }

    pub(super) fn compare(
        &self,
        changes: &mut Changes,
        desired: &DistributionDesired,
        actual: Option<&DistributionActual>,
    ) {
        let known = Known { marker: &self.marker, delivery: &desired.delivery };
        // The account is in an ARN only, of which nothing but the name is compared.
        let facts = |config: &DistributionConfig| facts::facts(config, &known, desired.named);
        let fresh = self.blueprint(desired, "").fresh();
        let wanted = facts(&fresh);
        let there = actual.map(|actual| facts(&actual.config)).unwrap_or_default();
        for name in wanted.keys().chain(there.keys().filter(|name| !wanted.contains_key(*name))) {
            changes.optional(name, wanted.get(name), there.get(name));
        }
        let OriginSecret(secret) = &desired.origin_secret;
        let known = actual.and_then(|actual| facts::secret(&actual.config, API));
        changes.secret(&format!("origin.{API}.secret"), Some(&secret.as_str()), known.as_ref());
    }
}
