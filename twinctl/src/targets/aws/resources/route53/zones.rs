//! Which hosted zone holds a name.

use aws_sdk_route53::types::HostedZone;
use reconcile::{Class, Fault};
use tokio::sync::OnceCell;

use crate::targets::aws::{Answer, Cloud, dns::plain};

/// A public hosted zone of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    pub(crate) id: String,
    /// As it is compared: lowercase, without the dot at its end.
    pub(crate) name: String,
}

/// What a name has for a zone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Choice<'z> {
    None,
    One(&'z Zone),
    /// Public zones of the same name: nobody can tell which of them the world sees.
    Several(Vec<&'z Zone>),
}

/// The zones of one run, asked for once: a zone's id never changes.
#[derive(Debug, Default)]
pub struct Zones {
    listed: OnceCell<Vec<Zone>>,
    /// The zone that the environment names.
    named: Option<String>,
}

impl Zones {
    /// `named` is the zone that the environment names.
    pub fn new(named: Option<String>) -> Self {
        Self { listed: OnceCell::new(), named }
    }

    pub(crate) async fn all(&self, cloud: &Cloud) -> Result<&[Zone], Fault> {
        self.listed.get_or_try_init(|| list_zones(cloud)).await.map(Vec::as_slice)
    }

    pub(crate) fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// The zone that holds `name`; `None` where there is none, or none that can be told from its twin.
    pub(crate) async fn of(&self, cloud: &Cloud, name: &str) -> Result<Option<&Zone>, Fault> {
        match choose(self.all(cloud).await?, name, self.named()) {
            Choice::One(zone) => Ok(Some(zone)),
            Choice::None | Choice::Several(_) => Ok(None),
        }
    }

    /// The same, where nothing can be done without.
    pub(crate) async fn needed(&self, cloud: &Cloud, name: &str) -> Result<&Zone, Fault> {
        let missing = || Fault::new(Class::Refused, format!("no hosted zone of this account holds `{name}`"));
        self.of(cloud, name).await?.ok_or_else(missing)
    }

    /// Every zone that could hold `name`.
    pub(crate) async fn around(&self, cloud: &Cloud, name: &str) -> Result<Vec<&Zone>, Fault> {
        Ok(self.all(cloud).await?.iter().filter(|zone| holds(&zone.name, name)).collect())
    }
}

/// The named zone where it holds the name, else the one that shares most of it.
pub(crate) fn choose<'z>(zones: &'z [Zone], name: &str, named: Option<&str>) -> Choice<'z> {
    let named = named.filter(|named| holds(named, name));
    let fits = |zone: &&Zone| named.map_or_else(|| holds(&zone.name, name), |named| zone.name == named);
    let Some(longest) = zones.iter().filter(fits).map(|zone| zone.name.len()).max() else {
        return Choice::None;
    };
    let best: Vec<_> = zones.iter().filter(fits).filter(|zone| zone.name.len() == longest).collect();
    match best.as_slice() {
        [one] => Choice::One(one),
        _ => Choice::Several(best),
    }
}

fn holds(zone: &str, name: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The public zones; what only a private network sees cannot hold a certificate's proof.
pub(crate) async fn list_zones(cloud: &Cloud) -> Result<Vec<Zone>, Fault> {
    let mut zones = Vec::new();
    let mut marker = None;
    loop {
        let page = cloud.route53.list_hosted_zones().set_marker(marker.take()).send().await;
        let page = page.fault("route53:ListHostedZones")?;
        let public = |zone: &HostedZone| !zone.config.as_ref().is_some_and(|config| config.private_zone);
        zones.extend(page.hosted_zones.iter().filter(|zone| public(zone)).map(Zone::from));
        marker = page.next_marker.filter(|next| page.is_truncated && !next.is_empty());
        if marker.is_none() {
            return Ok(zones);
        }
    }
}

impl From<&HostedZone> for Zone {
    fn from(zone: &HostedZone) -> Self {
        let id = zone.id.rsplit('/').next().unwrap_or(&zone.id);
        Self { id: id.to_owned(), name: plain(&zone.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Choice, Zone, choose};

    fn zones(names: &[&str]) -> Vec<Zone> {
        let zone = |(name, number): (&&str, u8)| Zone { id: format!("Z{number}"), name: (*name).to_owned() };
        names.iter().zip(1..).map(zone).collect()
    }

    #[test]
    fn the_zone_that_shares_most_of_a_name_holds_it() {
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
        for (name, named, expected) in table {
            let chosen = match choose(&zones, name, named) {
                Choice::One(zone) => Some(zone.id.as_str()),
                _ => None,
            };
            assert_eq!(chosen, expected, "{name} {named:?}");
        }
    }

    #[test]
    fn two_zones_of_one_name_are_no_choice() {
        let zones = zones(&["ada.example", "ada.example"]);
        assert!(matches!(choose(&zones, "ada.example", None), Choice::Several(both) if both.len() == 2));
    }
}
