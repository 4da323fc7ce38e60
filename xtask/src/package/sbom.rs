//! The bill of materials (SBOM) of a release, in the format `CycloneDX`: the crates of twinctl and of the function inside it,
//! and the npm packages of the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use testbed::workspace;

use super::file::{Output, VERSION};
use super::platform::Program;
use crate::command::{cargo, read};

/// The crates whose programs are shipped.
const SHIPPED: [&str; 2] = ["twinctl", "twin-lambda"];

/// The output of `cargo metadata`.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    /// `None` if the dependency becomes part of the program.
    kind: Option<String>,
}

/// A part of a release.
#[derive(Debug)]
struct Component {
    /// The package URL, which identifies it.
    purl: String,
    name: String,
    version: String,
    license: Option<String>,
    sha256: Option<String>,
}

pub(super) fn make(programs: &[Program], output: &Output) -> Result<()> {
    let mut metadata = cargo(&["metadata", "--format-version=1", "--locked"]);
    for program in programs {
        metadata.args(["--filter-platform", program.platform.target]);
    }
    let metadata: Metadata = serde_json::from_str(&read(&mut metadata)?)?;
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock"))?;
    let (mut components, dependencies) = crates(&metadata, &checksums(&lock))?;
    components.extend(npm_packages()?);
    let sbom = sbom(&components, &dependencies, &output.repository);
    Ok(fs::write(output.join(format!("twinctl-{VERSION}.cdx.json")), format!("{sbom:#}\n"))?)
}

/// The dependencies of each component, by their package URLs.
type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Returns the crates that become part of the programs, and their dependencies.
fn crates(
    metadata: &Metadata,
    checksums: &BTreeMap<(&str, &str), &str>,
) -> Result<(Vec<Component>, Dependencies)> {
    let packages: BTreeMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let nodes: BTreeMap<_, _> = metadata.resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let purl = |id: &String| packages.get(id).map(|package| cargo_purl(package)).unwrap_or_default();
    let is_root = |package: &&Package| SHIPPED.contains(&package.name.as_str());
    let mut pending: Vec<_> = metadata.packages.iter().filter(is_root).map(|package| &package.id).collect();
    let (mut components, mut dependencies) = (Vec::new(), Dependencies::new());
    while let Some(id) = pending.pop() {
        let (package, node) = (packages.get(id).context("no package")?, nodes.get(id).context("no node")?);
        let is_part = |dependency: &&Dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
        let parts: Vec<_> = node.deps.iter().filter(is_part).map(|dependency| &dependency.pkg).collect();
        if dependencies.insert(cargo_purl(package), parts.iter().map(|id| purl(id)).collect()).is_some() {
            continue;
        }
        let checksum = checksums.get(&(package.name.as_str(), package.version.as_str()));
        components.push(Component {
            purl: cargo_purl(package),
            name: package.name.clone(),
            version: package.version.clone(),
            license: package.license.clone(),
            sha256: checksum.map(|checksum| (*checksum).to_owned()),
        });
        pending.extend(parts);
    }
    Ok((components, dependencies))
}

fn cargo_purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

/// Reads the checksum of each crate from `Cargo.lock`.
fn checksums(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let packages = lock.split("[[package]]").skip(1).filter_map(|package| {
        let value = |name: &str| {
            let mut lines = package.lines().filter_map(|line| line.split_once(" = "));
            lines.find(|(found, _)| *found == name).map(|(_, value)| value.trim_matches('"'))
        };
        Some(((value("name")?, value("version")?), value("checksum")?))
    });
    packages.collect()
}

/// Returns the packages that the page contains.
fn npm_packages() -> Result<Vec<Component>> {
    let read = |name: &str| -> Result<Value> {
        let text = fs::read_to_string(workspace::root().join("twin-web").join(name))?;
        Ok(serde_json::from_str(&text)?)
    };
    let (package, lock) = (read("package.json")?, read("package-lock.json")?);
    let names = package["dependencies"].as_object().context("no dependencies")?.keys();
    let component = |name: &String| -> Result<Component> {
        let locked = &lock["packages"][format!("node_modules/{name}")];
        let version = locked["version"].as_str().with_context(|| format!("{name} is not locked"))?;
        Ok(Component {
            purl: format!("pkg:npm/{}@{version}", name.replace('@', "%40")),
            name: name.clone(),
            version: version.to_owned(),
            license: locked["license"].as_str().map(ToOwned::to_owned),
            sha256: None,
        })
    };
    names.map(component).collect()
}

fn sbom(components: &[Component], dependencies: &Dependencies, repository: &str) -> Value {
    let mut listed: Vec<_> = components.iter().map(Component::object).collect();
    listed.sort_by_key(|component| component["purl"].to_string());
    let own = "twinctl";
    let roots = components.iter().filter(|component| {
        SHIPPED.contains(&component.name.as_str()) || component.purl.starts_with("pkg:npm/")
    });
    let roots: BTreeSet<_> = roots.map(|component| component.purl.clone()).collect();
    let edges = dependencies.iter().map(|(of, on)| json!({ "ref": of, "dependsOn": on }));
    let edges: Vec<_> = std::iter::once(json!({ "ref": own, "dependsOn": roots })).chain(edges).collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "bom-ref": own,
            "name": "twinctl",
            "version": VERSION,
            "purl": format!("pkg:github/{repository}@v{VERSION}"),
            "licenses": [{ "expression": "MIT" }],
        }},
        "components": listed,
        "dependencies": edges,
    })
}

impl Component {
    fn object(&self) -> Value {
        let mut object = json!({
            "type": "library",
            "bom-ref": self.purl,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
        });
        if let Some(license) = &self.license {
            // Old crates separate licenses by a slash.
            object["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
        }
        if let Some(content) = &self.sha256 {
            object["hashes"] = json!([{ "alg": "SHA-256", "content": content }]);
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Metadata {
        let package =
            |name: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Zlib" });
        let names = ["twinctl", "twin-lambda", "shared", "deep", "only-in-tests", "build-script"];
        let on = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let node = |name: &str, deps: Value| json!({ "id": name, "deps": deps });
        let value = json!({
            "packages": names.map(package),
            "resolve": { "nodes": [
                node("twinctl", json!([on("shared", Value::Null), on("only-in-tests", json!("dev"))])),
                node("twin-lambda", json!([on("shared", Value::Null)])),
                node("shared", json!([on("deep", Value::Null), on("build-script", json!("build"))])),
                node("deep", json!([])),
                node("only-in-tests", json!([])),
                node("build-script", json!([])),
            ]},
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn only_what_becomes_part_of_a_program_is_listed() {
        let lock = "version = 4\n\n[[package]]\nname = \"deep\"\nversion = \"1.0.0\"\nchecksum = \"ab12\"\n\n\
                    [[package]]\nname = \"shared\"\nversion = \"1.0.0\"\n";
        let (components, dependencies) = crates(&metadata(), &checksums(lock)).unwrap();
        let sbom = sbom(&components, &dependencies, "ada/twin");
        let listed = sbom["components"].as_array().unwrap();
        let names: Vec<_> = listed.iter().map(|component| component["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["deep", "shared", "twin-lambda", "twinctl"]);
        assert_eq!(listed[0]["hashes"], json!([{ "alg": "SHA-256", "content": "ab12" }]));
        assert_eq!(listed[0]["licenses"], json!([{ "expression": "MIT OR Zlib" }]));
        assert_eq!(listed[1].get("hashes"), None);
        let root = &sbom["dependencies"][0];
        assert_eq!(root["dependsOn"], json!(["pkg:cargo/twin-lambda@1.0.0", "pkg:cargo/twinctl@1.0.0"]));
    }

    #[test]
    fn the_packages_of_the_page_are_locked() {
        let packages = npm_packages().unwrap();
        let preact = packages.iter().find(|package| package.name == "preact").unwrap();
        assert!(preact.purl.starts_with("pkg:npm/preact@") && preact.license.as_deref() == Some("MIT"));
    }
}
