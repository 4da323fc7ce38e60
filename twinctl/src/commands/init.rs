//! `twinctl init`: creates the first files of a twin.

use std::{path::Path, str::FromStr, time::Duration};

use clap::Args;

use crate::{
    init::{
        self, CompletedSteps, Defaults, Dialog, Draft, Existing, Folders, GivenAnswers, ModelKind,
        OpenQuestions, Outcome, Owner, RetireError, WriteError, WriteStatus,
    },
    spec::{self, Options, Overrides},
    system::host,
    ui::{Diagnostic, Exit, Ui, quoted},
};

const EXAMPLES: &str = "\
Examples:
  twinctl init                                        Answer a few questions; Enter for the default
  twinctl init --yes --name \"Ada Example\"             Ask nothing, for scripts
  twinctl init --model openai --model-id llama3.2     Answer with a model in Ollama on this machine
  twinctl init --retire                               Disable scripts that apply Terraform
  twinctl init --dry-run                              Show what exists and what would be written";

/// Create the first files of a twin, or take over an existing twin
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Init {
    /// Name of the person whose twin this is
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Their work, in a few words
    #[arg(long, value_name = "TEXT")]
    pub(crate) role: Option<String>,
    /// Email address for visitors
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,
    /// Source of the answers on this machine
    #[arg(long, value_name = "SOURCE")]
    pub(crate) model: Option<ModelKind>,
    /// Model name, with `--model openai`
    #[arg(long, value_name = "ID")]
    pub(crate) model_id: Option<String>,
    /// OpenAI-compatible server [default: Ollama on this machine]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Ask nothing: use the flags and the defaults
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Do not take over an existing twin
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Disable scripts and workflows that apply Terraform: `.disabled` is added to their names
    #[arg(long, conflicts_with_all = ["fresh", "dry_run"])]
    pub(crate) retire: bool,
    /// Show what would be written without writing it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

pub(super) async fn run(options: &Options, args: &Init, ui: &Ui) -> Result<Exit, Diagnostic> {
    let of_subfolder = options_of_subfolder(options, args, ui)?;
    let options = of_subfolder.as_ref().unwrap_or(options);
    let memories = init(options, args, ui)?;
    if !args.dry_run {
        warn_about_tracked_files(options, &memories, ui).await;
    }
    Ok(Exit::Done)
}

/// Returns the folders with existing conversations.
fn init(options: &Options, args: &Init, ui: &Ui) -> Result<Vec<String>, Diagnostic> {
    let folders = Folders { environments: options.environments.clone() };
    let given = given(options, args)?;
    let mut terminal = Terminal(ui);
    let has_questions = !args.yes && ui.can_ask();
    let talk: &mut dyn Dialog = if has_questions { &mut terminal } else { &mut Defaults };
    let found = found(&folders, args, talk, ui)?;
    let open = OpenQuestions {
        base: folders.lacks("base"),
        local: folders.lacks("local"),
        owner: found.data.is_none(),
    };
    if open.base && !has_questions {
        check_agreement(&found, &given)?;
    }
    warn_about_unused_options(args, &found, ui);
    let answers = init::ask(talk, given, open, &found).ok_or_else(interrupted)?;
    talk.say("");
    let drafts = init::all(&folders, &answers, &found);
    let statuses = if args.dry_run { init::preview(&drafts) } else { write(&folders, &drafts, ui)? };
    let retired = if args.retire {
        let retired = init::retire(folders.root(), &found.pipeline.files);
        retired.map_err(|error| not_retired(&error))?
    } else {
        Vec::new()
    };
    let outcome = Outcome { folders, answers, found, drafts, statuses, retired, is_dry_run: args.dry_run };
    ui.say(outcome.text().trim_end());
    ui.object("init", outcome.object());
    Ok(outcome.found.memory_folders().map(|folder| folder.display().to_string()).collect())
}

/// Warns about options that describe the owner, if existing data files already do.
fn warn_about_unused_options(args: &Init, found: &Existing, ui: &Ui) {
    let Some(data) = &found.data else { return };
    let is_new = |name: &&str| data.name.as_deref() != Some(name.trim());
    let name = args.name.as_deref().filter(is_new);
    for (option, given) in
        [("--name", name), ("--role", args.role.as_deref()), ("--email", args.email.as_deref())]
    {
        if given.is_some() {
            let folder = data.folder.display();
            ui.warn(&format!("`{option}` was not used: {folder}/ already contains data files about you"));
        }
    }
}

/// Warns about private files that Git tracks already. `.gitignore` has no effect on them.
async fn warn_about_tracked_files(options: &Options, memories: &[String], ui: &Ui) {
    const TRACKED: [&str; 10] = [
        "ls-files",
        "-z",
        "--cached",
        "--ignored",
        "--exclude-standard",
        "--",
        "data",
        "conversations",
        ".env",
        "*.jsonl*",
    ];
    let root = options.environments.parent().filter(|root| !root.as_os_str().is_empty());
    let root = root.unwrap_or(Path::new("."));
    let tracked: Vec<&str> = TRACKED.into_iter().chain(memories.iter().map(String::as_str)).collect();
    let Some(tracked) = host::output_of("git", &tracked, root, Duration::from_secs(5)).await else { return };
    let files: Vec<_> = tracked.split_terminator('\0').map(quoted).collect();
    ui.warn(&format!(
        "Git already tracks private files, so `.gitignore` has no effect on them; run `git rm --cached {}`. Earlier commits \
         still contain them",
        files.join(" ")
    ));
}

/// Fails if files contradict each other about a value that was not given, because nobody can be asked.
fn check_agreement(found: &Existing, given: &GivenAnswers) -> Result<(), Diagnostic> {
    for (path, is_given) in [("project", given.project.is_some()), ("region", given.region.is_some())] {
        if let Some(conflict) = found.conflict(path).filter(|_| !is_given) {
            let message = format!("the files of the existing twin do not agree on the {path}: {conflict}");
            return Err(Diagnostic::new(Exit::Usage, message)
                .hint(format!("nothing was written; pass `--{path}` with the right one")));
        }
    }
    Ok(())
}

fn not_retired(error: &RetireError) -> Diagnostic {
    Diagnostic::new(Exit::Environment, error.to_string())
        .cause(error.cause.to_string())
        .hint("the environment files are written; rename the remaining scripts and workflows by hand")
}

/// Questions on the terminal.
struct Terminal<'u>(&'u Ui);

impl Dialog for Terminal<'_> {
    fn ask(&mut self, prompt: &str) -> Option<String> {
        self.0.ask_for(prompt)
    }

    fn say(&mut self, text: &str) {
        self.0.say(text);
    }
}

fn interrupted() -> Diagnostic {
    Diagnostic::new(Exit::Interrupted, "stopped before all questions were answered; nothing was written")
}

fn given(options: &Options, args: &Init) -> Result<GivenAnswers, Diagnostic> {
    let owner = Owner {
        name: word("--name", args.name.as_deref())?,
        role: word("--role", args.role.as_deref())?,
        email: word("--email", args.email.as_deref())?,
    };
    Ok(GivenAnswers {
        owner,
        project: word("--project", options.overrides.project.as_deref())?,
        model: args.model,
        model_id: word("--model-id", args.model_id.as_deref())?,
        base_url: word("--base-url", args.base_url.as_deref())?,
        region: word("--region", options.overrides.region.as_deref())?,
    })
}

fn word<T: FromStr<Err: ToString>>(flag: &str, text: Option<&str>) -> Result<Option<T>, Diagnostic> {
    let parse = |text: &str| {
        let refused = |error: T::Err| Diagnostic::new(Exit::Usage, format!("{flag}: {}", error.to_string()));
        text.parse().map_err(refused)
    };
    text.map(parse).transpose()
}

/// Returns the options for the subfolder that contains a twin, if this folder contains none and the user wants to take that one
/// over. Fails if nobody can be asked: a new twin beside the existing one is hardly ever wanted.
fn options_of_subfolder(options: &Options, args: &Init, ui: &Ui) -> Result<Option<Options>, Diagnostic> {
    let folders = Folders { environments: options.environments.clone() };
    let has_twin = || !folders.lacks("base") || folders.existing().has_content();
    if args.fresh || has_twin() {
        return Ok(None);
    }
    let Some(subfolder) = Existing::elsewhere(folders.root()) else { return Ok(None) };
    let folder = folders.root().join(subfolder);
    let take_over =
        format!("to take it over, run `cd {} && twinctl init`", quoted(&folder.to_string_lossy()));
    if args.name.is_some() || args.role.is_some() || args.email.is_some() {
        ui.say(&format!("{} contains a twin; {take_over}\n", folder.display()));
        return Ok(None);
    }
    if args.yes || !ui.can_ask() {
        let message =
            format!("nothing was written: {} contains a twin, but this folder does not", folder.display());
        return Err(Diagnostic::new(Exit::Usage, message)
            .hint(take_over)
            .hint("to create a new twin in this folder, pass `--fresh`"));
    }
    let wanted = init::take_over_subfolder(&mut Terminal(ui), &folder).ok_or_else(interrupted)?;
    let environments = folder.join(folders.environments.file_name().unwrap_or("environments".as_ref()));
    Ok(wanted.then(|| Options { environments, ..options.clone() }))
}

/// Finds an existing twin and asks whether to take it over.
fn found(folders: &Folders, args: &Init, talk: &mut dyn Dialog, ui: &Ui) -> Result<Existing, Diagnostic> {
    let found = folders.existing();
    // Without data files and conversations, Terraform files and scripts belong to another twin or project.
    let is_of_others = || !found.has_content() && Existing::elsewhere(folders.root()).is_some();
    if args.fresh || is_of_others() || !found.can_be_taken_over() {
        return Ok(found.fresh());
    }
    ui.say("Found an existing twin:");
    for line in found.lines() {
        ui.say(&format!("  {line}"));
    }
    ui.say("");
    let wanted = init::take_over(talk).ok_or_else(interrupted)?;
    Ok(if wanted { found } else { found.fresh() })
}

/// Writes all files or none. Removes them again if twinctl cannot load the new environment files.
fn write(folders: &Folders, drafts: &[Draft], ui: &Ui) -> Result<Vec<WriteStatus>, Diagnostic> {
    let (statuses, done) = init::write(drafts).map_err(|error| unwritten(&error))?;
    match readable(folders, drafts, &statuses, ui) {
        Ok(()) => Ok(statuses),
        Err(diagnostic) => Err(undone(done, diagnostic)),
    }
}

fn readable(
    folders: &Folders,
    drafts: &[Draft],
    statuses: &[WriteStatus],
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let environments = spec::available(&folders.environments);
    let is_ours = |name: &&String| {
        let path = folders.environment(name);
        drafts
            .iter()
            .zip(statuses)
            .any(|(draft, status)| draft.path == path && *status == WriteStatus::Written)
    };
    for name in environments.iter().filter(is_ours) {
        spec::load(&folders.environments, name, &Overrides::default())
            .map_err(|errors| Diagnostic::rendered(Exit::Environment, spec::render(&errors, ui.color())))?;
    }
    Ok(())
}

fn undone(done: CompletedSteps, diagnostic: Diagnostic) -> Diagnostic {
    match done.undo().as_slice() {
        [] => diagnostic
            .hint("nothing was written; change your answers, or pass `--fresh` to ignore the existing twin"),
        left => left.iter().fold(diagnostic, |diagnostic, path| {
            diagnostic.hint(format!("delete {}, which could not be deleted again", path.display()))
        }),
    }
}

fn unwritten(error: &WriteError) -> Diagnostic {
    let diagnostic = Diagnostic::new(Exit::Environment, error.to_string()).cause(error.cause.to_string());
    if error.left_behind.is_empty() {
        return diagnostic.hint("nothing was written: all new files were deleted again");
    }
    error.left_behind.iter().fold(diagnostic, |diagnostic, path| {
        diagnostic.hint(format!("delete {}, which could not be deleted again", path.display()))
    })
}
