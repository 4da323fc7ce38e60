//! The checks of an environment on this machine.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

#[cfg(unix)]
use rustix::fs::{Access, access, statvfs};

use super::{
    Check, Request,
    check::{PATIENCE, of_diagnostic, within},
    clock, credentials, model, toolchain,
};
use crate::{
    artifacts::describe_native,
    spec::Model,
    targets::{
        Access as _,
        aws_access::{self, Login},
        local::{
            Local,
            gateway::{ControlClient, ControlError, GatewayStatus, listening_program},
            root,
        },
    },
    ui::{Diagnostic, Exit},
};

const GATEWAY: &str = "gateway";
const PORT: &str = "port";
const FOLDERS: &str = "folders";
const DISK: &str = "disk";

/// Less free space than this is a problem: a build alone needs more.
const LEAST_FREE: u64 = 500 << 20;
const MIB: u64 = 1 << 20;

pub(super) async fn check(request: &Request<'_>) -> Vec<Check> {
    let (gateway_and_port, toolchain, model) = tokio::join!(
        gateway_and_port(request),
        within(PATIENCE, toolchain::NAME, toolchain(request)),
        Box::pin(model_and_clock(request)),
    );
    [gateway_and_port, vec![folders(request), disk(request), toolchain], model].concat()
}

async fn gateway_and_port(request: &Request<'_>) -> Vec<Check> {
    let status = gateway_status(request).await;
    let deployed = match Local::register(request.options, request.environment, request.ui).await {
        Ok(register) => {
            register.read().await.ok().flatten().is_some_and(|record| !record.releases.is_empty())
        }
        Err(_) => false,
    };
    let local = &request.environment.local;
    let used = status.as_ref().ok().and_then(Option::as_ref).map(|status| status.address.port());
    let gateway = gateway_verdict(&status, deployed, request.environment.name.as_str());
    vec![gateway, port(SocketAddr::new(local.host, local.port), local.next_free_port, used)]
}

async fn gateway_status(request: &Request<'_>) -> Result<Option<GatewayStatus>, ControlError> {
    let folder = Local::folder(request.options, request.environment);
    let status = async { ControlClient::find(&folder)?.status().await };
    match status.await {
        Ok(status) => Ok(Some(status)),
        Err(ControlError::NotRunning) => Ok(None),
        Err(error) => Err(error),
    }
}

fn gateway_verdict(
    status: &Result<Option<GatewayStatus>, ControlError>,
    deployed: bool,
    environment: &str,
) -> Check {
    let deploy = format!("run `twinctl deploy {environment}`");
    match status {
        Ok(Some(status)) => Check::ok(GATEWAY, format!("running as process {}", status.process.pid)),
        Ok(None) if deployed => Check::problem(GATEWAY, "the twin is deployed, but not running", deploy),
        Ok(None) => Check::ok(GATEWAY, "not running, because the twin is not deployed"),
        Err(error) => Check::problem(GATEWAY, error.to_string(), deploy),
    }
}

/// Returns the check of the configured address. `used` is the port of the running gateway: a deploy moves it to the
/// configured port, unless it may use others.
fn port(address: SocketAddr, next_free: bool, used: Option<u16>) -> Check {
    let verdict = || port_verdict(address.port(), next_free, bind(address));
    let Some(used) = used else { return verdict() };
    let listens = format!("the gateway of this twin listens on {used}");
    if next_free || [0, used].contains(&address.port()) {
        return Check::ok(PORT, listens);
    }
    let configured = verdict();
    Check { finding: format!("{listens}; {}", configured.finding), ..configured }
}

/// Whether an address can be listened on. If not, why.
fn bind(address: SocketAddr) -> Result<(), (ErrorKind, String)> {
    TcpListener::bind(address).map(drop).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            let program = listening_program(address.port());
            (error.kind(), format!("in use by {}", program.as_deref().unwrap_or("another program")))
        }
        kind => (kind, error.to_string()),
    })
}

fn port_verdict(port: u16, next_free: bool, bound: Result<(), (ErrorKind, String)>) -> Check {
    const CHOOSE: &str = "choose another port with `--port`, or set `local.next_free_port: true`";
    match bound {
        Ok(()) => Check::ok(PORT, format!("{port} is free")),
        Err((ErrorKind::AddrInUse, why)) if next_free => {
            Check::ok(PORT, format!("{port} is {why}; the next free port will be used"))
        }
        Err((_, why)) => Check::problem(PORT, format!("{port}: {why}"), CHOOSE),
    }
}

fn folders(request: &Request<'_>) -> Check {
    if let Err(diagnostic) = Local::check_folders(request.options, request.environment) {
        return of_diagnostic(FOLDERS, &diagnostic);
    }
    let folders = Local::written_folders(request.options, request.environment);
    let obstacle = folders.iter().find_map(|(name, folder)| Some(format!("{name} {}", obstacle(folder)?)));
    match obstacle {
        Some(obstacle) => Check::problem(
            FOLDERS,
            obstacle,
            "change its owner or mode, move it away, or choose another folder under `local:`",
        ),
        None => Check::ok(FOLDERS, "writable"),
    }
}

/// Returns why files cannot be created in a folder, which need not exist.
fn obstacle(folder: &Path) -> Option<String> {
    let existing = existing(folder);
    if !existing.is_dir() {
        return Some(format!("{}: {} is not a folder", folder.display(), existing.display()));
    }
    let denied = write_denied(&existing)?;
    Some(format!("{}: cannot write to {}: {denied}", folder.display(), existing.display()))
}

/// Returns why this user cannot write to an existing folder.
#[cfg(unix)]
fn write_denied(folder: &Path) -> Option<std::io::Error> {
    access(folder, Access::WRITE_OK | Access::EXEC_OK).err().map(Into::into)
}

/// Windows has access control lists, which only a write can check.
#[cfg(not(unix))]
fn write_denied(_: &Path) -> Option<std::io::Error> {
    None
}

/// Returns the path, or the nearest one above it that exists.
fn existing(path: &Path) -> PathBuf {
    path.ancestors().find(|above| above.symlink_metadata().is_ok()).unwrap_or(path).to_owned()
}

fn disk(request: &Request<'_>) -> Check {
    let folder = existing(Local::folder(request.options, request.environment).path());
    match free_space(&folder) {
        Ok(free) => disk_verdict(free, &folder),
        Err(error) => Check::not_checked(DISK, format!("{}: {error}", folder.display())),
    }
}

/// Returns the number of bytes that this user may still write.
#[cfg(unix)]
fn free_space(folder: &Path) -> std::io::Result<u64> {
    let disk = statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_: &Path) -> std::io::Result<u64> {
    Err(std::io::Error::other("not measured on Windows"))
}

fn disk_verdict(free: u64, folder: &Path) -> Check {
    let finding = format!("{} MB are free in {}", free / MIB, folder.display());
    if free >= LEAST_FREE {
        return Check::ok(DISK, finding);
    }
    Check::problem(DISK, finding, "delete files, or move the twin to another disk")
}

async fn toolchain(request: &Request<'_>) -> Check {
    let folder = root(request.options);
    toolchain::verdict(describe_native(request.code.lambda_binary.as_deref(), &folder).await)
}

async fn model_and_clock(request: &Request<'_>) -> Vec<Check> {
    match &request.environment.model {
        Model::Builtin => {
            let clock =
                Check::not_checked(clock::NAME, "this twin uses no server whose clock could be compared");
            vec![model::builtin(), clock]
        }
        Model::OpenAi { id, base_url } => {
            let base_url = base_url.as_ref().map(ToString::to_string);
            let key = match Local::api_key(request.options, request.environment) {
                Ok(key) => key,
                Err(error) => {
                    let diagnostic = Diagnostic::new(Exit::Failed, error.reason);
                    return vec![of_diagnostic(model::NAME, &diagnostic)];
                }
            };
            let whose = "the model server";
            let source = model::KeySource {
                environment: request.environment.name.as_str(),
                key: key.as_deref(),
                caller: model::Caller::Same,
            };
            let (model, clock) = tokio::join!(
                within(PATIENCE, model::NAME, model::openai(id, base_url.as_deref(), source)),
                within(
                    PATIENCE,
                    clock::NAME,
                    clock::check(base_url.as_deref().unwrap_or(model::OPENAI), whose)
                ),
            );
            vec![model, clock]
        }
        Model::Bedrock(id) => {
            let login = aws_access::login(request.options, request.environment);
            Box::pin(bedrock(request, &login, &id.full(&request.environment.region))).await
        }
    }
}

async fn bedrock(request: &Request<'_>, login: &Login, id: &str) -> Vec<Check> {
    let config = aws_access::configuration(login, request.ui.call_log()).await;
    let model = async {
        match credentials::check(login, &config).await {
            Err(problem) => vec![problem],
            Ok((valid, _)) if !request.call_model => vec![valid, model::skipped(id)],
            Ok((valid, _)) => {
                let call = model::bedrock(&config, login, id, model::Caller::Same);
                vec![valid, within(PATIENCE, model::NAME, call).await]
            }
        }
    };
    let clock = clock::of_aws(login);
    let (mut checks, clock) = tokio::join!(model, within(PATIENCE, clock::NAME, clock));
    checks.push(clock);
    checks
}

/// The checks that cost nothing and no call, except of the clock.
pub(super) async fn cheap(request: &Request<'_>, limit: std::time::Duration) -> Vec<Check> {
    let clock = async {
        let Model::Bedrock(_) = request.environment.model else { return None };
        let login = aws_access::login(request.options, request.environment);
        Some(within(limit, clock::NAME, clock::of_aws(&login)).await)
    };
    let (toolchain, clock) = tokio::join!(within(limit, toolchain::NAME, toolchain(request)), clock);
    [folders(request), disk(request), toolchain].into_iter().chain(clock).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_port_in_use_is_a_problem_unless_another_may_be_used() {
        let taken = || Err((ErrorKind::AddrInUse, "in use by python3 (process 7)".to_owned()));
        let table = [
            (port_verdict(80, false, Ok(())), Verdict::Ok, "80 is free"),
            (port_verdict(80, false, taken()), Verdict::Problem, "80: in use by python3 (process 7)"),
            (
                port_verdict(80, true, taken()),
                Verdict::Ok,
                "80 is in use by python3 (process 7); the next free port will be used",
            ),
            (
                port_verdict(80, true, Err((ErrorKind::PermissionDenied, "not permitted".to_owned()))),
                Verdict::Problem,
                "80: not permitted",
            ),
        ];
        for (check, state, finding) in table {
            assert_eq!((check.state, check.finding.as_str()), (state, finding));
        }
    }

    #[test]
    fn the_port_of_the_file_is_checked_even_if_the_gateway_listens_on_another() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = listener.local_addr().unwrap();
        let own = port(taken, false, Some(taken.port()));
        assert_eq!(own.finding, format!("the gateway of this twin listens on {}", taken.port()));
        let other = port(taken, false, Some(1));
        let expected = format!("the gateway of this twin listens on 1; {}: in use by ", taken.port());
        assert!(other.is_problem() && other.finding.starts_with(&expected), "{}", other.finding);
        let any = SocketAddr::new(taken.ip(), 0);
        for check in [port(taken, true, Some(1)), port(any, false, Some(1))] {
            assert_eq!(
                (check.state, check.finding.as_str()),
                (Verdict::Ok, "the gateway of this twin listens on 1")
            );
        }
    }

    #[test]
    fn a_bound_port_is_found_with_its_program() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (kind, why) = bind(listener.local_addr().unwrap()).unwrap_err();
        assert!(kind == ErrorKind::AddrInUse && why.starts_with("in use by "), "{why}");
    }

    #[test]
    fn a_twin_that_is_deployed_must_run() {
        let verdict = |status, deployed| gateway_verdict(&status, deployed, "local");
        assert!(verdict(Ok(None), true).is_problem());
        assert_eq!(verdict(Ok(None), false).state, Verdict::Ok);
        let hangs = ControlError::NotResponding { pid: 7, why: "timeout".to_owned() };
        let check = verdict(Err(hangs), true);
        assert!(check.is_problem() && check.finding.contains("process 7"), "{check:?}");
    }

    #[test]
    fn a_file_above_a_folder_blocks_it_and_a_missing_folder_does_not() {
        let temporary = tempfile::tempdir().unwrap();
        assert_eq!(obstacle(&temporary.path().join("a/b")), None);
        std::fs::write(temporary.path().join("file"), "").unwrap();
        let obstacle = obstacle(&temporary.path().join("file/b")).unwrap();
        assert!(obstacle.ends_with("/file is not a folder"), "{obstacle}");
    }

    #[test]
    fn a_full_disk_is_a_problem() {
        let verdict = |free| disk_verdict(free, Path::new("/twin"));
        assert_eq!(verdict(LEAST_FREE).state, Verdict::Ok);
        assert_eq!(verdict(LEAST_FREE - 1).finding, "499 MB are free in /twin");
        assert!(verdict(0).is_problem());
    }
}
