//! The installers and the Homebrew formula. They contain the checksums of the archives.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use super::file::{Output, VERSION, sha256};
use super::platform::Program;

const SHELL: &str = include_str!("install.sh");
const POWERSHELL: &str = include_str!("install.ps1");
const FORMULA: &str = include_str!("twinctl.rb");

pub(super) fn make(programs: &[Program], output: &Output) -> Result<()> {
    let repository = output.repository.as_str();
    let (mut cases, mut windows, mut urls) = (String::new(), String::new(), String::new());
    for program in programs {
        let target = program.platform.target;
        let archive = format!("twinctl-{VERSION}-{target}.tar.gz");
        let checksum = sha256(&fs::read(output.join(&archive))?);
        match program.platform.uname {
            Some(uname) => writeln!(cases, "{uname}) target={target} checksum={checksum} ;;")?,
            None => windows.clone_from(&checksum),
        }
        if let Some(condition) = formula_condition(program.platform.node) {
            let url = format!("https://github.com/{repository}/releases/download/v{VERSION}/{archive}");
            writeln!(urls, "  if {condition}\n    url \"{url}\"\n    sha256 \"{checksum}\"\n  end")?;
        }
    }
    let fill = |template: &str| {
        let values = [
            ("@VERSION@", VERSION),
            ("@REPOSITORY@", repository),
            ("@CASES@\n", &cases),
            ("@CHECKSUM@", &windows),
            ("@URLS@\n", &urls),
        ];
        values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    fs::write(output.join("install.sh"), fill(SHELL))?;
    if !windows.is_empty() {
        fs::write(output.join("install.ps1"), fill(POWERSHELL))?;
    }
    Ok(fs::write(output.join("twinctl.rb"), fill(FORMULA))?)
}

fn formula_condition((os, cpu): (&str, &str)) -> Option<String> {
    let os = match os {
        "linux" => "OS.linux?",
        "darwin" => "OS.mac?",
        _ => return None,
    };
    let cpu = if cpu == "arm64" { "Hardware::CPU.arm?" } else { "Hardware::CPU.intel?" };
    Some(format!("{os} && {cpu}"))
}
