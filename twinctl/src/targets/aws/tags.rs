//! The tags that identify the resources of an environment.

use std::collections::BTreeMap;

use reconcile::{Changes, Fault, Ownership};

pub const PROJECT_TAG: &str = "twinctl:project";
pub const ENVIRONMENT_TAG: &str = "twinctl:environment";

/// The tags of all resources of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(BTreeMap<String, String>);

impl Labels {
    /// `extra` are the tags that the environment file specifies.
    pub fn new(project: &str, environment: &str, extra: &BTreeMap<String, String>) -> Self {
        let mut tags = extra.clone();
        tags.insert(PROJECT_TAG.to_owned(), project.to_owned());
        tags.insert(ENVIRONMENT_TAG.to_owned(), environment.to_owned());
        Self(tags)
    }

    /// Returns exactly these tags, without ours.
    pub(super) fn exactly(tags: BTreeMap<String, String>) -> Self {
        Self(tags)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns the tags as a map, which most SDK calls take.
    pub fn to_map<M: FromIterator<(String, String)>>(&self) -> M {
        self.0.clone().into_iter().collect()
    }

    /// Returns who manages a resource with these tags. `resource` names it in messages, for example "the role
    /// `twin-dev`".
    pub fn ownership(&self, tags: &BTreeMap<String, String>, resource: &str) -> Ownership {
        let matches = |key: &str| tags.get(key) == self.0.get(key);
        if matches(PROJECT_TAG) && matches(ENVIRONMENT_TAG) {
            return Ownership::Ours;
        }
        let unmanaged = || format!("{resource} exists but is not managed by twinctl");
        match (tags.get(PROJECT_TAG), tags.get(ENVIRONMENT_TAG)) {
            (Some(project), Some(environment)) => Ownership::Foreign(format!(
                "{resource} belongs to the environment `{environment}` of the project `{project}`"
            )),
            (None, None) => Ownership::Untagged(unmanaged()),
            _ => Ownership::Foreign(unmanaged()),
        }
    }

    /// Adds a change for each tag that is missing, different or superfluous. Tags that AWS sets are ignored.
    pub fn compare(&self, changes: &mut Changes, actual: Option<&BTreeMap<String, String>>) {
        let none = BTreeMap::new();
        let actual = actual.unwrap_or(&none).iter().filter(|(key, _)| !key.starts_with("aws:"));
        changes.map("tags", &self.0, actual);
    }

    /// Changes the tags of a resource from `actual` to these. `add` writes the tags that are missing or have another
    /// value, `remove` deletes the keys of all others. Neither is called with nothing to do.
    pub async fn write<M: FromIterator<(String, String)>, A, R>(
        &self,
        actual: &BTreeMap<String, String>,
        add: impl AsyncFnOnce(M) -> Result<A, Fault>,
        remove: impl AsyncFnOnce(Vec<String>) -> Result<R, Fault>,
    ) -> Result<(), Fault> {
        let missing = self.missing(actual);
        if !missing.is_empty() {
            add(missing.into_iter().collect()).await?;
        }
        let superfluous = self.superfluous(actual);
        if !superfluous.is_empty() {
            remove(superfluous).await?;
        }
        Ok(())
    }

    fn missing(&self, actual: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let lacks = |(key, value): &(&String, &String)| actual.get(*key) != Some(*value);
        self.0.iter().filter(lacks).map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn superfluous(&self, actual: &BTreeMap<String, String>) -> Vec<String> {
        let ours = |key: &String| self.0.contains_key(key) || key.starts_with("aws:");
        actual.keys().filter(|key| !ours(key)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        Labels::new("twin", "dev", &BTreeMap::from([("cost".to_owned(), "me".to_owned())]))
    }

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_resource_is_ours_only_if_both_tags_match() {
        let labels = labels();
        let ownership = |pairs: &[(&str, &str)]| labels.ownership(&tags(pairs), "the role `r`");
        assert_eq!(ownership(&[(PROJECT_TAG, "twin"), (ENVIRONMENT_TAG, "dev")]), Ownership::Ours);
        let Ownership::Foreign(reason) = ownership(&[(PROJECT_TAG, "twin"), (ENVIRONMENT_TAG, "prod")])
        else {
            panic!()
        };
        assert_eq!(reason, "the role `r` belongs to the environment `prod` of the project `twin`");
        let Ownership::Untagged(reason) = ownership(&[]) else { panic!() };
        assert_eq!(reason, "the role `r` exists but is not managed by twinctl");
    }

    #[test]
    fn tags_that_aws_sets_are_ignored() {
        let actual = tags(&[("aws:cloudformation:stack", "x"), ("odd", "1"), (PROJECT_TAG, "twin")]);
        assert_eq!(labels().superfluous(&actual), ["odd"]);
        let mut changes = Changes::new();
        labels().compare(&mut changes, Some(&actual));
        let fields: Vec<_> = changes.into_vec().into_iter().map(|change| change.field).collect();
        assert_eq!(fields, ["tags.cost", "tags.odd", "tags.twinctl:environment"]);
    }
}
