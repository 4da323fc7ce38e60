//! One run on one environment: who we are, what its record says, and the engine on its graph.

use std::sync::{Arc, OnceLock};

use reconcile::{Choices, Engine, Halt, HaltReason, Handle, Plan, Report};

use crate::{
    aws::{self, Cloud, Login, model},
    cli::Global,
    clock,
    diagnostic::Diagnostic,
    exit::Exit,
    front::Front,
    lock::{self, Holder, Lease, Record, Table},
    names::Names,
    resources::{DistributionOutput, FunctionOutput, HttpApiOutput},
    spec::{self, Environment, Overrides},
    stack::{self, Given, Page, Sources, Stack},
    surroundings,
    ui::Ui,
};

/// Everything a command works with.
#[derive(Debug)]
pub(crate) struct Session {
    pub environment: Environment,
    pub names: Names,
    pub cloud: Arc<Cloud>,
    pub table: Table,
    /// As it was before anything was observed.
    pub seen: Option<Record>,
    pub birth: lock::Birth,
    pub release: String,
    pub engine: Engine<Cloud>,
    pub function: Handle<FunctionOutput>,
    pub api: Handle<HttpApiOutput>,
    pub distribution: Handle<DistributionOutput>,
    pub halt: Halt,
    sources: Arc<OnceLock<Sources>>,
}

/// Reads the environment file.
pub(crate) fn load(global: &Global, name: &str, ui: &Ui) -> Result<Environment, Diagnostic> {
    let overrides = Overrides {
        project: global.project.clone(),
        region: global.region.clone(),
        profile: global.profile.clone(),
    };
    spec::load(&global.environments, name, &overrides)
        .map_err(|mistakes| Diagnostic::rendered(Exit::Environment, spec::render(&mistakes, ui.color())))
}

/// How to get in, as the environment and the command line say.
pub(crate) fn login(global: &Global, environment: &Environment) -> Login {
    Login {
        profile: environment.profile.as_ref().map(ToString::to_string),
        region: environment.region.to_string(),
        assume_role: environment.assume_role.as_ref().map(ToString::to_string),
        endpoint_url: global.endpoint_url.clone(),
    }
}

impl Session {
    /// Enters the account, and makes the graph. Three calls, one round trip.
    pub(crate) async fn open(
        global: &Global,
        environment: Environment,
        choices: Choices,
        ui: &Ui,
    ) -> Result<Self, Diagnostic> {
        let login = login(global, &environment);
        let config = aws::configuration(&login).await;
        let table = Table::new(
            aws_sdk_dynamodb::Client::new(&config),
            environment.project.as_str(),
            environment.name.as_str(),
        );
        let model_id = environment.model.full_id(&environment.region);
        let bedrock = aws_sdk_bedrock::Client::new(&config);
        let (caller, seen, profile) = tokio::join!(aws::identity(&config), table.read(), async {
            match &model_id {
                Some(id) => model::ask(&bedrock, id).await,
                None => None,
            }
        });
        let caller = caller?;
        warn_of_root(&caller, ui);
        check_account(&environment, &caller)?;
        let seen =
            seen.map_err(|fault| Diagnostic::fault("the environment's record could not be read", &fault))?;
        let names = Names::new(&environment, &caller.account);
        let cloud = Arc::new(Cloud::new(&config, &login, caller.account, ui.observer()));
        let sources = Arc::new(OnceLock::new());
        let release = clock::unique_id();
        let birth = seen.as_ref().map_or_else(lock::Birth::new, |record| record.birth.clone());
        let given = Given {
            model_arns: model_id
                .map(|id| model::arns(&names.region, &names.account, &id, profile).arns)
                .unwrap_or_default(),
            names: names.clone(),
            endpoint_url: global.endpoint_url.clone(),
            birth: birth.clone(),
            release: release.clone(),
            last_release: seen.as_ref().and_then(|record| record.releases.first()).cloned(),
            sources: Arc::clone(&sources),
        };
        let Stack { graph, function, api, distribution } = stack::stack(&environment, &given);
        let halt = Halt::new();
        let engine = Engine::new(graph, Arc::clone(&cloud), ui.observer(), halt.clone(), choices);
        Ok(Self {
            environment,
            names,
            cloud,
            table,
            seen,
            birth,
            release,
            engine,
            function,
            api,
            distribution,
            halt,
            sources,
        })
    }
}

fn warn_of_root(caller: &aws::Caller, ui: &Ui) {
    if caller.arn.ends_with(":root") {
        ui.warn("these are the credentials of the account's root user; make a role or user with fewer rights (docs/prerequisites.md)");
    }
}

/// Whoever we are has to be in the account that the file names.
pub(crate) fn check_account(environment: &Environment, caller: &aws::Caller) -> Result<(), Diagnostic> {
    match &environment.account {
        Some(wanted) if wanted.as_str() != caller.account => {
            let message =
                format!("these credentials are for the account {}, and nothing was touched", caller.account);
            Err(Diagnostic::new(Exit::Access, message)
                .cause(format!("`{}` belongs to the account {wanted}, as its file says", environment.name))
                .hint("choose other credentials with `--profile NAME`, or mend `account:` in the file"))
        }
        _ => Ok(()),
    }
}

impl Session {
    /// Everything that is observed, at once.
    pub(crate) async fn observe(&self, command: &str) -> Result<(), Diagnostic> {
        self.engine.observe().await.map_err(|failures| Diagnostic::failures(&failures, command))
    }

    /// What a deploy uploads; before the plan.
    pub(crate) fn bring(&self, sources: Sources) {
        // It is set once in a run; a second time would bring the same.
        let _ = self.sources.set(sources);
    }

    /// Where visitors reach it.
    pub(crate) fn front(&self) -> Option<Front> {
        let distribution = self.engine.output(self.distribution)?;
        Some(Front::at_domain(distribution.domain, self.cloud.endpoint_url.clone()))
    }

    pub(crate) fn url(&self) -> Option<String> {
        self.front().map(|front| front.url)
    }

    /// The page that this run brings.
    pub(crate) fn page(&self) -> Page {
        self.sources
            .get()
            .and_then(|sources| sources.web.as_ref())
            .map(|web| Page::of(web))
            .unwrap_or_default()
    }

    /// For the head of everything that is shown: which environment this is, and where.
    pub(crate) fn title(&self) -> String {
        let Environment { name, project, region, .. } = &self.environment;
        format!("{name} of {project} · {region} · account {}", self.names.account)
    }

    /// From here on Ctrl-C lets what runs finish its call, and starts nothing new. A second one ends at once.
    pub(crate) fn stop_on_ctrl_c(&self, ui: &Ui) {
        let (halt, ui) = (self.halt.clone(), ui.clone());
        tokio::spawn(async move {
            surroundings::asked_to_stop().await;
            halt.set(HaltReason::Interrupted);
            ui.say("stopping: what runs finishes its call (Ctrl-C again to end at once)");
            surroundings::asked_to_stop().await;
            ui.abandon();
        });
    }

    /// Takes the lock. The answer says whether what was observed still stands.
    pub(crate) async fn lock(
        &self,
        command: &str,
        wait: std::time::Duration,
        ui: &Ui,
    ) -> Result<(Lease, bool), Diagnostic> {
        let holder = Holder::current(command.to_owned());
        let said = std::sync::atomic::AtomicBool::new(false);
        let on_wait = |held: &lock::Held| {
            if !said.swap(true, std::sync::atomic::Ordering::Relaxed) {
                ui.say(&format!("waiting for the lock, held by {}", held.holder));
            }
        };
        let patience = lock::Patience(wait);
        let (lease, undisturbed) = lock::acquire(
            &self.table,
            self.seen.as_ref(),
            &self.birth,
            &holder,
            patience,
            &self.halt,
            &on_wait,
        )
        .await?;
        if lease.record().birth != self.birth {
            lease
                .give_back()
                .await
                .map_err(|fault| Diagnostic::fault("the lock could not be given back", &fault))?;
            return Err(Diagnostic::new(Exit::Locked, "somebody else has just made this environment")
                .hint(format!("run `{command}` again, to see what is there now")));
        }
        Ok((lease, undisturbed))
    }

    /// Whether a run reached its end; if not, why, and what to do next.
    pub(crate) fn check(&self, report: &Report, command: &str) -> Result<(), Diagnostic> {
        if report.failures().next().is_some() {
            return Err(Diagnostic::failures(report.failures(), command));
        }
        let again = format!("what was done stays done: run `{command}` again to continue");
        match self.halt.reason().filter(|_| report.halted()) {
            None => Ok(()),
            Some(HaltReason::Interrupted) => {
                Err(Diagnostic::new(Exit::Interrupted, "stopped before the end").hint(again))
            }
            Some(HaltReason::LeaseLost) => {
                let message =
                    "stopped before the end, because the lock could not be renewed or was taken away";
                Err(Diagnostic::new(Exit::Locked, message).hint(again))
            }
        }
    }

    /// Looks again, and demands that what was approved still covers what would be done now.
    pub(crate) async fn plan_again(&self, approved: &Plan, command: &str) -> Result<Plan, Diagnostic> {
        self.observe(command).await?;
        let plan = self.engine.plan();
        if approved.covers(&plan) && plan.refusals().next().is_none() {
            return Ok(plan);
        }
        Err(Diagnostic::new(
            Exit::Failed,
            "somebody else changed the environment meanwhile, and more would go now",
        )
        .hint(format!("run `{command}` again, and look at the new plan")))
    }
}
