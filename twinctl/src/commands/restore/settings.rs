//! The settings of a backup: an environment file if there is none, and otherwise the differences, field by field.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::Write as _,
    path::Path,
};

use serde_json::{Map, Value, json};

use crate::{
    run::session,
    spec::{self, Environment, EnvironmentName, Options},
    twin::backup::Header,
    ui::{Diagnostic, Ui},
};

/// The fields by which an environment is known, which its file does not choose freely.
const NOT_COMPARED: [&str; 2] = ["name", "project"];

/// Writes the environment file, if there is none and the backup has one. Returns whether it did, or would.
pub(super) fn write_missing(
    options: &Options,
    name: &str,
    is_dry_run: bool,
    header: Option<&Header>,
    ui: &Ui,
) -> Result<bool, Diagnostic> {
    let folder = &options.environments;
    let exists = spec::is_built_in(folder, name)
        || spec::available(folder).iter().any(|known| known == name)
        || spec::is_preview_name(name)
        || name.parse::<EnvironmentName>().is_err();
    let Some((header, file)) =
        header.and_then(|header| Some((header, header.file.as_ref()?))).filter(|_| !exists)
    else {
        return Ok(false);
    };
    let (path, text) = (folder.join(format!("{name}.yaml")), format!("environment: {name}\n{file}"));
    let about = format!("with the settings of `{}` of {}", header.environment, header.project);
    if is_dry_run {
        ui.say(&format!("would write {} {about}:\n\n{text}", path.display()));
        ui.object("restore", json!({ "environment_file": path, "dry_run": true }));
        return Ok(true);
    }
    let written = fs::create_dir_all(folder).and_then(|()| {
        OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(text.as_bytes())
    });
    written
        .map_err(|error| Diagnostic::unexpected(&format!("could not write {}", path.display()), &error))?;
    ui.say(&format!("wrote {} {about}", path.display()));
    session::load_to_deploy(options, name, ui)?;
    ui.say(&format!(
        "review account, region, domain and names in it, run `twinctl deploy {name}`, then run this command again"
    ));
    ui.object("restore", json!({ "environment_file": path }));
    Ok(true)
}

/// A setting, with its values in the backup and in the environment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    field: String,
    backup: Value,
    here: Value,
}

impl Difference {
    fn line(&self) -> String {
        let text = |value: &Value| match value {
            Value::Null => "not set".to_owned(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        format!("  {}: {} in the backup, {} here", self.field, text(&self.backup), text(&self.here))
    }

    pub(super) fn json(&self) -> Value {
        json!({ "field": self.field, "backup": self.backup, "here": self.here })
    }
}

pub(super) fn print(differences: &[Difference], ui: &Ui) {
    if !differences.is_empty() {
        ui.say("settings that differ from the backup, and are not changed:");
        for difference in differences {
            ui.say(&difference.line());
        }
    }
}

/// Compares the settings. Settings that one version of twinctl does not know, and folders of this machine, are left out.
pub(super) fn differences(header: &Header, environment: &Environment) -> Vec<Difference> {
    let now = serde_json::to_value(environment).unwrap_or_default();
    let (Value::Object(then), Value::Object(now)) = (&header.settings, &now) else { return Vec::new() };
    let mut found = Vec::new();
    let compared = |name: &&String| then.contains_key(*name) && !NOT_COMPARED.contains(&name.as_str());
    for name in now.keys().filter(compared) {
        compare(name, &then[name], &now[name], &mut found);
    }
    found
}

fn compare(field: &str, backup: &Value, here: &Value, found: &mut Vec<Difference>) {
    let is_folder = |value: &Value| value.as_str().is_some_and(|text| Path::new(text).is_absolute());
    if let (Value::Object(then), Value::Object(now)) = (backup, here) {
        let names: BTreeSet<_> = then.keys().chain(now.keys()).collect();
        for name in names {
            let of = |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
            compare(&format!("{field}.{name}"), &of(then), &of(now), found);
        }
    } else if backup != here && !is_folder(backup) && !is_folder(here) {
        found.push(Difference { field: field.to_owned(), backup: backup.clone(), here: here.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::clock;

    fn environment(lines: &str) -> Environment {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("project: twin\nenvironment: dev\nregion: us-east-1\n{lines}");
        fs::write(folder.path().join("dev.yaml"), text).unwrap();
        spec::load(folder.path(), "dev", &spec::Overrides::default()).unwrap()
    }

    #[test]
    fn settings_are_compared_field_by_field() {
        let then = environment(
            "streaming: true\nmodel: { source: builtin }\ntags: { team: a }\nalarms: { daily_tokens: 5 }\n",
        );
        let mut settings = serde_json::to_value(&then).unwrap();
        settings["removed_in_a_later_version"] = true.into();
        let header = Header::new("twin".into(), "dev".into(), clock::now(), settings);
        assert_eq!(
            differences(
                &header,
                &environment(
                    "streaming: true\nmodel: { source: builtin }\ntags: { team: a }\nalarms: { daily_tokens: 5 }\n"
                )
            ),
            []
        );
        let lines: Vec<_> =
            differences(&header, &environment("tags: { team: b }\n")).iter().map(Difference::line).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
