//! The assumptions about AWS that a run checks, and the steps that check them.

use clap::ValueEnum;

/// A step of a run. The steps run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Step {
    /// Deploy a new environment
    Deploy,
    /// Ask the twin; check what it stores and logs
    Chat,
    /// Deploy again without a change
    Unchanged,
    /// Deploy new settings and a new page; try a release that does not start
    Update,
    /// Change resources by hand and deploy again
    Drift,
    /// Kill deployments and run them again
    Kill,
    /// Stop a deployment for 90 seconds while another one takes over
    Pause,
    /// Upload data files, and roll them back
    Upload,
    /// Answer with Amazon Bedrock
    Model,
    /// Add and remove a domain
    Domain,
    /// Set up the roles of GitHub Actions, and use and attack them
    Ci,
    /// Destroy everything; kill the first attempt
    Destroy,
}

macro_rules! assumptions {
    ($($name:ident, $step:ident, $text:literal $(, not_emulated: $why:literal)?;)*) => {
        /// An assumption about AWS that twinctl relies on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
        pub(super) enum Assumption { $($name,)* }

        impl Assumption {
            pub(super) fn step(self) -> Step {
                match self { $(Self::$name => Step::$step,)* }
            }

            pub(super) fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Returns why the emulated AWS cannot confirm the assumption, if it cannot.
            pub(super) fn not_emulated(self) -> Option<&'static str> {
                match self { $(Self::$name => None$(.or(Some($why)))?,)* }
            }
        }
    };
}

assumptions! {
    FirstDeploy, Deploy, "A first deployment succeeds.";
    FirstDeployCalls, Deploy, "A first deployment makes at most 150 calls, besides polls and lock renewals.";
    FirstDeployTime, Deploy, "A first deployment takes at most 15 minutes.";
    AliasOfPendingVersion, Deploy,
        "Lambda accepts an alias of a version that it still creates, or refuses it with an error that twinctl retries.";
    StaleBucket, Deploy, "NoSuchBucket or NoSuchTagSet right after CreateBucket is a stale read.",
        not_emulated: "the emulator returns every new bucket at once";
    DeniedAfterCreate, Deploy, "AccessDenied right after a resource was created means that its permissions still propagate.",
        not_emulated: "the emulator's permissions apply at once";
    NewRole, Deploy, "Lambda refuses a role that was created seconds ago, and accepts it after a while.",
        not_emulated: "the emulator's roles can be used at once";
    NoDriftAfterDeploy, Deploy, "The members that AWS adds to settings are no drift.";
    LoginProfile, Deploy, "twinctl works with a profile of `aws login`.",
        not_emulated: "a login needs a browser; run `aws login`, then `twinctl doctor` with that profile";

    Answer, Chat, "The twin answers a question through CloudFront.";
    Memory, Chat, "A second message continues the conversation, which is stored in the memory bucket.";
    ExpiryTag, Chat, "The function tags each conversation that it writes, and the lifecycle rule deletes only tagged ones.";
    ConditionalWrites, Chat, "S3 refuses a conditional write if the object exists, has changed or was deleted.";
    AccessLogFormat, Chat, "The access log contains the route instead of the path.";
    LogsHaveNoId, Chat, "No log line contains the ID of a conversation.",
        not_emulated: "the emulator writes no logs";

    UnchangedWritesNothing, Unchanged, "A deployment without a change writes nothing.";
    UnchangedCalls, Unchanged, "A deployment without a change makes at most 50 calls.";

    HealthBeforeLive, Update, "`live` moves to a new version only after that version has answered.";
    BrokenRelease, Update, "A release that does not start never reaches visitors.";
    NewPage, Update, "CloudFront serves a new page within a minute.";
    OriginRotation, Update, "The twin answers after its origin secret was rotated.";

    DriftOfBucket, Drift, "A bucket that was changed by hand is reported and repaired.";
    DriftOfLogGroup, Drift, "A log group that was changed by hand is reported and repaired.";
    DriftOfRole, Drift, "A role that was changed by hand is reported and repaired.";
    DriftOfFunction, Drift, "A function that was changed by hand is reported and repaired.";
    DriftOfApi, Drift, "An HTTP API that was changed by hand is reported and repaired.";
    DriftOfDistribution, Drift, "A distribution that was changed by hand is reported and repaired.";
    DriftOfPage, Drift, "A page that was changed by hand is reported and repaired.";
    WebAclStays, Drift, "A web ACL that was attached by hand is no drift, and a deployment keeps it.";
    RecreatedRole, Drift, "The twin answers after its role was deleted by hand and created again by a deployment.";

    KilledDeploy, Kill, "A deployment that was killed is completed by the next one.";
    KilledLock, Kill, "The lock of a killed process on the same machine is taken over at once.";

    PausedDeploy, Pause, "A deployment that was stopped writes nothing after another one has taken over its lock.",
        not_emulated: "a lock expires after 60 seconds, also in the emulator; a test of twinctl covers this";

    UploadUsed, Upload, "The twin answers from new data files within two minutes.",
        not_emulated: "the twin reads its data files once a minute, also in the emulator; a test of the twin covers this";
    UploadUnchanged, Upload, "An upload without a change writes nothing.";
    Rollback, Upload, "A rollback restores data files from object versions, minutes after versioning was enabled.";

    InferenceProfile, Model, "GetInferenceProfile returns the regions of the model's inference profile.",
        not_emulated: "the emulator has no models";
    QuestionBeforeLive, Model, "The model answers the question before a release, with at most 64 tokens.",
        not_emulated: "the emulator has no models";
    ModelAnswers, Model, "A model of Amazon Bedrock answers.",
        not_emulated: "the emulator has no models";

    DomainAnswers, Domain, "ACM issues the certificate, and the twin answers at its domain.";
    DomainRemoved, Domain, "A removed domain leaves no certificate and no records.";

    RolesTrustGitHub, Ci, "A job on GitHub can assume the roles with its token.",
        not_emulated: "only jobs on GitHub get the trusted tokens; run a workflow that `ci setup` wrote";
    FirstDeployByRole, Ci, "The deploy role can make a first deployment.";
    DomainByRole, Ci, "The deploy role can add a domain, limited to its names in ACM and Route 53.",
        not_emulated: "the emulator does not evaluate the conditions of Route 53";
    DeployRoleDeploys, Ci, "The deploy role can deploy.";
    DeployRoleIsLimited, Ci, "The deploy role cannot read conversations, change its own permissions or reach other resources.";
    ReadRoleIsLimited, Ci, "The read role can plan and read the status, and cannot deploy or read conversations.";
    TrustIsRepaired, Ci, "A trust policy that was changed by hand is repaired by `ci setup`.";

    KilledDestroy, Destroy, "A destroy that was killed is completed by the next one.";
    NothingLeft, Destroy, "A destroy leaves no resource behind.";
}

impl Step {
    /// Returns the name, as in `--steps`.
    pub(super) fn name(self) -> String {
        name(&self)
    }

    /// Returns the steps that have something to confirm in an emulated AWS.
    pub(super) fn emulated() -> Vec<Self> {
        let assumptions = Assumption::value_variants().iter().filter(|one| one.not_emulated().is_none());
        let mut steps: Vec<_> = assumptions.map(|one| one.step()).collect();
        steps.dedup();
        steps
    }
}

impl Assumption {
    /// Returns the name in the reports.
    pub(super) fn name(self) -> String {
        name(&self)
    }
}

fn name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assumptions_are_in_the_order_of_their_steps_and_each_step_has_one() {
        let steps: Vec<_> = Assumption::value_variants().iter().map(|one| one.step()).collect();
        assert!(steps.is_sorted(), "{steps:?}");
        assert!(Step::value_variants().iter().all(|step| steps.contains(step)));
    }
}
