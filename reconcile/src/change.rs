//! Differences between the actual and the desired state.

use std::fmt::Display;

use serde::Serialize;

/// A field that differs. Values are formatted for display and never contain secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
    /// The change requires deleting and recreating the resource.
    pub replaces: bool,
}

impl Change {
    pub fn new(field: impl Into<String>, old: Option<String>, new: Option<String>) -> Self {
        Self { field: field.into(), old, new, replaces: false }
    }

    /// Marks the change as one that cannot be made in place.
    #[must_use]
    pub fn replacing(mut self) -> Self {
        self.replaces = true;
        self
    }
}

/// A collector of the changes of one resource, field by field.
///
/// If the resource does not exist yet, pass `None` as every `actual`: each desired field is then a change.
#[derive(Debug, Default)]
pub struct Changes(Vec<Change>);

impl Changes {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change if the values differ.
    pub fn value<T: PartialEq + Display>(
        &mut self,
        field: &str,
        desired: &T,
        actual: Option<&T>,
    ) -> &mut Self {
        if actual != Some(desired) {
            self.0.push(Change::new(field, actual.map(ToString::to_string), Some(desired.to_string())));
        }
        self
    }

    /// Adds a change if the values differ. Either may be absent.
    pub fn optional<T: PartialEq + Display>(
        &mut self,
        field: &str,
        desired: Option<&T>,
        actual: Option<&T>,
    ) -> &mut Self {
        if desired != actual {
            self.0.push(Change::new(
                field,
                actual.map(ToString::to_string),
                desired.map(ToString::to_string),
            ));
        }
        self
    }

    /// Adds a change if the values differ, and shows both as `(secret)`.
    pub fn secret<T: PartialEq>(
        &mut self,
        field: &str,
        desired: Option<&T>,
        actual: Option<&T>,
    ) -> &mut Self {
        if desired != actual {
            let masked = |side: Option<&T>| side.map(|_| "(secret)".to_owned());
            self.0.push(Change::new(field, masked(actual), masked(desired)));
        }
        self
    }

    /// Adds a change for each named value that is missing, different or not desired.
    pub fn map<'a, V: PartialEq + Display + 'a>(
        &mut self,
        field: &str,
        desired: impl IntoIterator<Item = (&'a String, &'a V)>,
        actual: impl IntoIterator<Item = (&'a String, &'a V)>,
    ) -> &mut Self {
        let desired: std::collections::BTreeMap<_, _> = desired.into_iter().collect();
        let actual: std::collections::BTreeMap<_, _> = actual.into_iter().collect();
        let names: std::collections::BTreeSet<_> = desired.keys().chain(actual.keys()).copied().collect();
        for name in names {
            self.optional(&format!("{field}.{name}"), desired.get(name).copied(), actual.get(name).copied());
        }
        self
    }

    pub fn push(&mut self, change: Change) -> &mut Self {
        self.0.push(change);
        self
    }

    pub fn into_vec(self) -> Vec<Change> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_desired_field_of_a_missing_resource_is_a_change() {
        let mut changes = Changes::new();
        changes.value("memory", &256, None).optional::<u32>("concurrency", None, None).secret(
            "key",
            Some(&"k"),
            None,
        );
        let shown: Vec<_> = changes.into_vec().into_iter().map(|c| (c.field, c.old, c.new)).collect();
        assert_eq!(
            shown,
            [("memory".into(), None, Some("256".into())), ("key".into(), None, Some("(secret)".into()))]
        );
    }

    #[test]
    fn a_map_reports_missing_different_and_extra_entries() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let mut changes = Changes::new();
        changes.map("tags", &map(&[("a", "1"), ("b", "2")]), &map(&[("b", "3"), ("c", "4")]));
        let fields: Vec<_> = changes.into_vec().into_iter().map(|c| (c.field, c.old, c.new)).collect();
        assert_eq!(
            fields,
            [
                ("tags.a".into(), None, Some("1".into())),
                ("tags.b".into(), Some("3".into()), Some("2".into())),
                ("tags.c".into(), Some("4".into()), None),
            ]
        );
    }
}
