//! Output of `ci setup`: policies, files and commands with `--print`, otherwise only the remaining commands.

use serde_json::{Value, json};

use super::scope::Scope;
use crate::{
    ci::{self, Access, CiEnvironment, File},
    ui::Ui,
};

pub(super) struct SetupOutput<'a> {
    pub(super) all: &'a [(CiEnvironment, Access)],
    pub(super) files: &'a [File],
    pub(super) scope: &'a Scope,
}

impl SetupOutput<'_> {
    fn commands(&self) -> Vec<String> {
        ci::commands(self.all, &self.scope.repo, &self.scope.branch)
    }

    fn object(&self) -> Value {
        let environment = |(ci_environment, access): &(CiEnvironment, Access)| {
            let grant = |grant: &ci::Grant| json!({ "role": grant.role, "trust": grant.trust });
            let part = |(name, policy)| json!({ "name": name, "policy": policy });
            json!({
                "environment": ci_environment.environment.name.as_str(),
                "deploy": grant(&access.deploy),
                "read": access.others.is_none().then(|| grant(&access.read)),
                "sweep": has_sweep(access).then(|| json!({
                    "role": access.sweep.role,
                    "trust": access.sweep.trust,
                    "change": access.sweep_policies().map(part).collect::<Vec<_>>(),
                })),
                "change": access.change_policies().map(part).collect::<Vec<_>>(),
                "look": { "name": access.names.read_policy(), "policy": access.reading },
                "boundary": { "name": access.names.boundary(), "policy": access.boundary },
            })
        };
        let file = |file: &File| json!({ "path": file.path, "text": file.text });
        json!({
            "environments": self.all.iter().map(environment).collect::<Vec<_>>(),
            "files": self.files.iter().map(file).collect::<Vec<_>>(),
            "commands": self.commands(),
        })
    }
}

/// Whether CI deletes the environment when it has expired.
fn has_sweep(access: &Access) -> bool {
    access.sweep_policies().next().is_some()
}

/// Prints all policies, files and commands to stdout.
pub(super) fn everything(output: &SetupOutput<'_>, ui: &Ui) {
    for (_, access) in output.all {
        let sweep = has_sweep(access).then_some(&access.sweep);
        let read = access.others.is_none().then_some(&access.read);
        for grant in [&access.deploy].into_iter().chain(read).chain(sweep) {
            document(&format!("trust policy of the role {}", grant.role), &grant.trust, ui);
        }
        let look = access.names.read_policy();
        document(&format!("permissions to read, of all roles: the policy {look}"), &access.reading, ui);
        let of_deploy = access.change_policies().map(|part| (&access.deploy.role, part));
        let of_sweep = access.sweep_policies().map(|part| (&access.sweep.role, part));
        for (role, (name, policy)) in of_deploy.chain(of_sweep) {
            document(&format!("permissions to change, of the role {role}: the policy {name}"), policy, ui);
        }
        let boundary = access.names.boundary();
        document(
            &format!("permissions boundary of the function's role: the policy {boundary}"),
            &access.boundary,
            ui,
        );
    }
    for file in output.files {
        ui.data(&format!("# --- file {}\n\n{}", file.path.display(), file.text));
    }
    ui.data("# --- commands that configure GitHub, to run once\n");
    for command in output.commands() {
        ui.data(&command);
    }
    ui.object("ci", output.object());
}

fn document(what: &str, document: &Value, ui: &Ui) {
    ui.data(&format!("# --- {what}\n\n{document:#}\n"));
}

/// Prints the commands that you still have to run.
pub(super) fn next(output: &SetupOutput<'_>, ui: &Ui) {
    ui.say("\nRun these commands once to configure GitHub (`gh` from https://cli.github.com):\n");
    for command in output.commands() {
        ui.data(&command);
    }
    ui.say("\nThen commit the files in .github/ and push them.");
    ui.object("ci", output.object());
}
