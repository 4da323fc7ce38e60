//! Finds the hosted zone of a name.

use aws_sdk_route53::types::HostedZone;
use reconcile::{Class, Fault};
use tokio::sync::OnceCell;

use crate::targets::aws::{Cloud, SdkResult, dns::normalize_name};

/// A public hosted zone of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    pub(crate) id: String,
    /// In lowercase and without the trailing dot.
    pub(crate) name: String,
}

/// The zones that match a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ZoneMatch<'z> {
    None,
    One(&'z Zone),
    /// Public zones with the same name. Which of them public DNS uses is not known.
    Several(Vec<&'z Zone>),
}

/// The zones of the account. They are listed once per run, because the id of a zone never changes.
#[derive(Debug, Default)]
pub struct Zones {
    listed: OnceCell<Vec<Zone>>,
    /// The name of the zone that the environment file specifies.
    specified: Option<String>,
}

impl Zones {
    /// `specified` is the zone that the environment file specifies.
    pub fn new(specified: Option<String>) -> Self {
        Self { listed: OnceCell::new(), specified }
    }

    async fn all(&self, cloud: &Cloud) -> Result<&[Zone], Fault> {
        self.listed.get_or_try_init(|| list_zones(cloud)).await.map(Vec::as_slice)
    }

    /// Returns the zone of `name`. Returns `None` if there is none or several.
    pub(crate) async fn find(&self, cloud: &Cloud, name: &str) -> Result<Option<&Zone>, Fault> {
        match match_zone(self.all(cloud).await?, name, self.specified.as_deref()) {
            ZoneMatch::One(zone) => Ok(Some(zone)),
            ZoneMatch::None | ZoneMatch::Several(_) => Ok(None),
        }
    }

    /// Returns the zone of `name`. Fails if there is none or several.
    pub(crate) async fn require(&self, cloud: &Cloud, name: &str) -> Result<&Zone, Fault> {
        let missing =
            || Fault::new(Class::Refused, format!("no hosted zone of this account contains `{name}`"));
        self.find(cloud, name).await?.ok_or_else(missing)
    }

    /// Returns all zones that can contain `name`.
    pub(crate) async fn candidates(&self, cloud: &Cloud, name: &str) -> Result<Vec<&Zone>, Fault> {
        Ok(self.all(cloud).await?.iter().filter(|zone| can_contain(&zone.name, name)).collect())
    }
}

/// Returns the specified zone if it can contain the name, else the one with the longest matching name.
pub(crate) fn match_zone<'z>(zones: &'z [Zone], name: &str, specified: Option<&str>) -> ZoneMatch<'z> {
    let specified = specified.filter(|zone| can_contain(zone, name));
    let fits =
        |zone: &&Zone| specified.map_or_else(|| can_contain(&zone.name, name), |name| zone.name == name);
    let Some(longest) = zones.iter().filter(fits).map(|zone| zone.name.len()).max() else {
        return ZoneMatch::None;
    };
    let best: Vec<_> = zones.iter().filter(fits).filter(|zone| zone.name.len() == longest).collect();
    match best.as_slice() {
        [one] => ZoneMatch::One(one),
        _ => ZoneMatch::Several(best),
    }
}

fn can_contain(zone: &str, name: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Lists the public zones. Private ones are left out, because ACM cannot see validation records in them.
pub(crate) async fn list_zones(cloud: &Cloud) -> Result<Vec<Zone>, Fault> {
    let listed = cloud.route53.list_hosted_zones().into_paginator().items().send();
    let listed: Vec<_> = listed.collect::<Result<_, _>>().await.fault("route53:ListHostedZones")?;
    let public = |zone: &&HostedZone| !zone.config.as_ref().is_some_and(|config| config.private_zone);
    Ok(listed.iter().filter(public).map(Zone::from).collect())
}

impl From<&HostedZone> for Zone {
    fn from(zone: &HostedZone) -> Self {
        let id = zone.id.rsplit('/').next().unwrap_or(&zone.id);
        Self { id: id.to_owned(), name: normalize_name(&zone.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Zone, ZoneMatch, match_zone};

    fn zones(names: &[&str]) -> Vec<Zone> {
        let zone = |(name, number): (&&str, u8)| Zone { id: format!("Z{number}"), name: (*name).to_owned() };
        names.iter().zip(1..).map(zone).collect()
    }

    #[test]
    fn the_zone_with_the_longest_matching_name_is_chosen() {
        let zones = zones(&["ada.example", "chat.ada.example", "da.example", "example"]);
        let table = [
            ("chat.ada.example", None, Some("Z2")),
            ("a.chat.ada.example", None, Some("Z2")),
            ("twin.ada.example", None, Some("Z1")),
            ("ada.example", None, Some("Z1")),
            ("chat.ada.example", Some("ada.example"), Some("Z1")),
            ("bob.example", Some("ada.example"), Some("Z4")),
            ("chat.ada.example", Some("t.ada.example"), Some("Z2")),
            ("ada.test", None, None),
        ];
        for (name, specified, expected) in table {
            let chosen = match match_zone(&zones, name, specified) {
                ZoneMatch::One(zone) => Some(zone.id.as_str()),
                _ => None,
            };
            assert_eq!(chosen, expected, "{name} {specified:?}");
        }
    }

    #[test]
    fn two_zones_with_the_same_name_are_both_returned() {
        let zones = zones(&["ada.example", "ada.example"]);
        assert!(
            matches!(match_zone(&zones, "ada.example", None), ZoneMatch::Several(both) if both.len() == 2)
        );
    }
}
