//! How this program was installed: by `install.sh`, which leaves a receipt, or by a package manager.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of the receipt below the user's data folder.
const RECEIPT: &str = "twinctl/receipt";
/// The files of the Debian package.
const DEBIAN: &str = "/var/lib/dpkg/info/twinctl.list";

/// The receipt of `install.sh`: lines of the form `name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receipt {
    program: PathBuf,
    /// The Rust target, which names the archive.
    pub(super) target: String,
    /// The GitHub repository, `OWNER/NAME`.
    repository: String,
}

impl Receipt {
    fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join(RECEIPT)).ok()?;
        let value = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once('='));
            lines.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
        };
        let (program, target, repository) =
            (value("program")?.into(), value("target")?, value("repository")?);
        Some(Self { program, target, repository })
    }

    /// Returns the address of the files of a version, or of the newest release.
    pub(super) fn address(&self, version: Option<&str>) -> String {
        let files =
            version.map_or_else(|| "latest/download".to_owned(), |version| format!("download/v{version}"));
        format!("https://github.com/{}/releases/{files}", self.repository)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Installation {
    Script(Receipt),
    Other {
        by: &'static str,
        /// The hint: which command to run instead.
        instead: &'static str,
    },
}

impl Installation {
    /// Recognizes the installation by the program's path, the files around it, and the receipt. Package managers come
    /// first, because the receipt stays if one of them has replaced the program since.
    pub(super) fn of(program: &Path, data: &Path) -> Self {
        if let Some((by, instead)) = packager(program) {
            return Self::Other { by, instead };
        }
        let real = |path: &Path| path.canonicalize().ok();
        match Receipt::read(data) {
            Some(receipt) if real(&receipt.program).is_some_and(|path| Some(path) == real(program)) => {
                Self::Script(receipt)
            }
            _ => Self::Other {
                by: "neither install.sh nor a package manager that twinctl knows",
                instead: "download the archive of the newest release and copy its program here, or run install.sh, \
                          which `twinctl upgrade` can replace later",
            },
        }
    }
}

/// Returns the package manager that owns the program, and the command that upgrades it.
fn packager(program: &Path) -> Option<(&'static str, &'static str)> {
    let path = program.to_string_lossy();
    let folder = program.parent()?;
    let prefix = folder.parent()?;
    let found = if path.contains("/node_modules/") {
        (
            "npm",
            "run `npm install --global twinctl@latest`, without `--global` if it is a dependency of a project",
        )
    } else if path.contains("/Cellar/") || path.contains("/homebrew/") {
        (
            "Homebrew",
            "replace `twinctl.rb` in your tap with that of the newest release, and run `brew upgrade twinctl`",
        )
    } else if path.contains("/uv/tools/") {
        ("uv", "run `uv tool upgrade twinctl`")
    } else if path.contains("/uv/") && path.contains("/archive-v") {
        ("uvx", "run `uvx twinctl@latest`")
    } else if path.contains("/pipx/venvs/") {
        ("pipx", "run `pipx upgrade twinctl`")
    } else if has_wheel(prefix) {
        ("pip", "run `pip install --upgrade twinctl` in the same Python environment")
    } else if lists(Path::new(DEBIAN), &path) {
        ("a Debian package", "download the newest twinctl_VERSION_ARCH.deb and run `sudo dpkg -i FILE`")
    } else if lists(&prefix.join(".crates.toml"), "twinctl ") {
        (
            "cargo",
            "run `cargo install --locked --path twinctl` in an updated clone, or `cargo binstall` again",
        )
    } else if folder.ancestors().any(|folder| folder.join("twin-lambda/Cargo.toml").is_file()) {
        ("cargo", "pull the newest commit of this clone, and build twinctl again")
    } else {
        return None;
    };
    Some(found)
}

/// Whether a Python environment has installed the wheel of twinctl.
fn has_wheel(prefix: &Path) -> bool {
    let folders =
        |path: PathBuf| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("twinctl-") && name.ends_with(".dist-info")
    };
    folders(prefix.join("lib")).any(|python| folders(python.join("site-packages")).any(|path| is_ours(&path)))
}

fn lists(file: &Path, text: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|lines| lines.lines().any(|line| line.contains(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the files, and returns who installed the program.
    fn installer(program: &str, files: &[(&str, &str)]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (path, text) in files.iter().chain(&[(program, "")]) {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.replace("ROOT", root.to_str().unwrap())).unwrap();
        }
        match Installation::of(&root.join(program), &root.join("data")) {
            Installation::Script(receipt) => format!("install.sh for {}", receipt.target),
            Installation::Other { by, instead } => {
                assert!(!instead.is_empty());
                by.to_owned()
            }
        }
    }

    const RECEIPT: (&str, &str) = (
        "data/twinctl/receipt",
        "program=ROOT/bin/twinctl\ntarget=x86_64-unknown-linux-gnu\nrepository=ada/twin\n",
    );

    #[test]
    fn an_installation_is_recognized_by_its_path_its_neighbors_and_the_receipt() {
        let none = "neither install.sh nor a package manager that twinctl knows";
        assert_eq!(installer("bin/twinctl", &[RECEIPT]), "install.sh for x86_64-unknown-linux-gnu");
        assert_eq!(installer("other/twinctl", &[RECEIPT, ("bin/twinctl", "")]), none, "another copy");
        assert_eq!(installer("bin/twinctl", &[]), none);
        assert_eq!(installer("bin/twinctl", &[("data/twinctl/receipt", "program=ROOT/bin/twinctl\n")]), none);
        let wheel = ("lib/python3.13/site-packages/twinctl-0.1.0.dist-info/RECORD", "");
        assert_eq!(installer("bin/twinctl", &[wheel]), "pip");
        assert_eq!(installer("bin/twinctl", &[wheel, RECEIPT]), "pip", "installed later");
        for (path, by) in [
            ("node_modules/twinctl-linux-x64/twinctl", "npm"),
            ("Cellar/twinctl/0.1.0/bin/twinctl", "Homebrew"),
            ("uv/tools/twinctl/bin/twinctl", "uv"),
            ("uv/archive-v0/x/bin/twinctl", "uvx"),
            ("pipx/venvs/twinctl/bin/twinctl", "pipx"),
        ] {
            assert_eq!(installer(path, &[]), by);
        }
        assert_eq!(
            installer(".cargo/bin/twinctl", &[(".cargo/.crates.toml", "\"twinctl 0.1.0 (path)\"")]),
            "cargo"
        );
        assert_eq!(installer("clone/target/debug/twinctl", &[("clone/twin-lambda/Cargo.toml", "")]), "cargo");
    }

    #[test]
    fn the_newest_release_and_a_version_have_their_own_addresses() {
        let receipt =
            Receipt { program: PathBuf::new(), target: "t".to_owned(), repository: "ada/twin".to_owned() };
        assert_eq!(receipt.address(None), "https://github.com/ada/twin/releases/latest/download");
        assert_eq!(receipt.address(Some("0.3.0")), "https://github.com/ada/twin/releases/download/v0.3.0");
    }
}
