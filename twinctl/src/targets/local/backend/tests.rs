//! A gateway that exits during a deploy.

use std::time::Duration;

use super::*;
use crate::{
    targets::{
        local::gateway::{Secrets, TwinFolder},
        record::WriteGate,
    },
    twin::canary,
};

/// A twin whose gateway has exited, and the backend that it ran.
struct Fixture {
    _temporary: tempfile::TempDir,
    machine: Machine,
    setup: BackendSetup,
}

impl Fixture {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let gate = Arc::new(WriteGate::default());
        gate.confirm(gate.now());
        let machine = Machine::new(TwinFolder::new(temporary.path()), Secrets::default(), gate);
        let setup = BackendSetup {
            binary: temporary.path().join("twin-lambda-1"),
            settings: BTreeMap::new(),
            credentials: Credentials::None,
            fingerprint: "1.".to_owned(),
        };
        machine.folder.write(&setup).unwrap();
        Self { _temporary: temporary, machine, setup }
    }

    /// Tries to deploy other settings. Returns the error and whether `backend.json` is as before.
    async fn deploy(
        &self,
        canary: Option<Canary>,
        trial: Option<Trial>,
        found: Option<&BackendActual>,
    ) -> (Fault, bool) {
        let backend = Backend { binaries: self.machine.folder.binaries(), canary };
        let desired = BackendDesired {
            binary: None,
            settings: [("AI_PROVIDER".to_owned(), "builtin".to_owned())].into(),
            credentials: Credentials::None,
            secrets: String::new(),
            ask: true,
            kept: Arc::default(),
        };
        let mut memory = BackendMemory { question: None, trial };
        let fault = backend.converge(&self.machine, &mut memory, &desired, found).await.unwrap_err();
        (fault, self.machine.folder.read().unwrap().as_ref() == Some(&self.setup))
    }
}

#[tokio::test]
async fn without_a_gateway_the_file_of_the_backend_stays() {
    let (fault, is_same) = Fixture::new().deploy(None, None, None).await;
    assert_eq!((fault.class, is_same), (Class::Stale, true), "{fault:?}");
}

#[tokio::test]
async fn a_canary_that_could_not_begin_because_the_gateway_exited_is_not_left_out() {
    let fixture = Fixture::new();
    let status = BackendStatus {
        fingerprint: fixture.setup.fingerprint.clone(),
        restarts: 0,
        phase: Phase::Starting,
        canary: None,
    };
    let started_again =
        BackendActual { setup: Some(fixture.setup.clone()), status, question: None, trial: None };
    for found in [None, Some(&started_again)] {
        let settings = canary::Canary { percent: 10, duration: Duration::from_mins(5), ask: true };
        let canary = Canary { settings, under_way: Arc::default() };
        let (fault, is_same) = fixture.deploy(Some(canary), Some(Trial::of("2", "1")), found).await;
        assert!(fault.to_string().contains("because the gateway stopped meanwhile"), "{fault}");
        assert_eq!((fault.class, is_same), (Class::Refused, true));
    }
}
