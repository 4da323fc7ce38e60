//! What the help shows of each command in use.

pub(super) const INIT_EXAMPLES: &str = "\
Examples:
  twinctl init                                        a few questions; Enter takes the usual answer
  twinctl init --yes --name \"Ada Example\"             without a question, as in scripts
  twinctl init --model openai --model-id llama3.2     answers from Ollama on this machine
  twinctl init --dry-run                              what is here, and what would be written";
pub(super) const PLAN_EXAMPLES: &str = "\
Examples:
  twinctl plan                    what would a deploy of dev change?
  twinctl plan prod --exit-code   in CI: ends with 7 when something would change
  twinctl plan dev --comment      in CI: as a comment on the pull request
  twinctl plan dev --json         for machines";
pub(super) const DEPLOY_EXAMPLES: &str = "\
Examples:
  twinctl deploy local            on this machine: no account, no key, no question
  twinctl deploy                  deploy dev: shows the plan, asks once
  twinctl deploy prod --yes       without a question, as in CI
  twinctl deploy dev --dry-run    the plan alone
  twinctl deploy dev --adopt      take over things that carry our names";
pub(super) const DEV_EXAMPLES: &str = "\
Examples:
  twinctl dev                     the twin of environments/local.yaml, until Ctrl-C
  twinctl dev --port 9000         at another port
  twinctl dev --json | jq -c 'select(.kind == \"request\")'";
pub(super) const UPLOAD_DATA_EXAMPLES: &str = "\
Examples:
  twinctl upload-data dev                 shows what changes, asks once; the twin reads it within a minute
  twinctl upload-data dev --diff          line by line
  twinctl upload-data prod --yes          without a question, as in CI
  twinctl upload-data prod --rollback     brings the files back as they were before";
pub(super) const DATA_EXAMPLES: &str = "\
Examples:
  twinctl data ls dev             what the twin speaks from, and since when
  twinctl data pull dev           downloads it to the folder that `data:` names
  twinctl data pull dev ./saved   downloads it there
  twinctl data history dev        the sets that `upload-data --rollback=SET` can bring back
  twinctl data keygen -o FILE     a key, for `data encrypt` and `data decrypt`";
pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  twinctl status prod             0 healthy and as specified, 7 drifted, 8 unhealthy or absent
  twinctl status dev --watch      again every few seconds, until Ctrl-C";
pub(super) const DESTROY_EXAMPLES: &str = "\
Examples:
  twinctl destroy dev                        shows what goes, asks for the name
  twinctl destroy dev --confirm dev          without a question, as in CI
  twinctl destroy dev --keep-data            leaves conversations and data files
  twinctl destroy dev --backup ./saved       downloads them first";
pub(super) const OUTPUTS_EXAMPLES: &str = "\
Examples:
  open \"$(twinctl outputs prod)\"
  twinctl outputs prod --all --json";
pub(super) const CHAT_EXAMPLES: &str = "\
Examples:
  twinctl chat dev \"Who are you?\"                  one question; the answer on standard output
  twinctl chat dev                                 a conversation, line by line
  twinctl chat dev --session ID \"And before?\"      goes on where that conversation ended
  git log -5 | twinctl chat dev                    what is piped in is the question
  twinctl chat dev --json \"Who are you?\" | jq -r .response";
pub(super) const LOGS_EXAMPLES: &str = "\
Examples:
  twinctl logs dev                          the last ten minutes
  twinctl logs dev -f                       and what comes, until Ctrl-C
  twinctl logs dev --since 2h --requests    one line for each request that reached the API
  twinctl logs dev --json | jq 'select(.status >= 500)'";
pub(super) const CI_SETUP_EXAMPLES: &str = "\
Examples:
  twinctl ci setup dev --repo ada/twin --print       all of it, without touching anything
  twinctl ci setup dev --repo ada/twin               dev is deployed by every push to main
  twinctl ci setup dev test prod --repo ada/twin     the others by hand, once you have approved it";
pub(super) const CI_REMOVE_EXAMPLES: &str = "\
Examples:
  twinctl ci remove dev test prod --repo ada/twin    roles and workflows go, your twins stay";
pub(super) const MEMORY_EXAMPLES: &str = "\
Examples:
  twinctl memory ls prod --since 7d                   who asked what this week
  twinctl memory show prod 5d41                       one of them; the beginning of its id is enough
  twinctl memory export prod ./saved --format markdown
  twinctl memory delete prod ID                       for a visitor who asks: every version of it
  twinctl memory delete prod --older-than 90d --dry-run";
pub(super) const QUESTIONS_EXAMPLES: &str = "\
Examples:
  twinctl questions prod                                   what nobody answered, the newest first
  twinctl questions prod --answer                          each in turn; the answers go into your qna.yml
  twinctl questions prod --answer 3fa2c1b0 \"Yes, in winter.\"
  twinctl questions prod --dismiss 3fa2c1b0 77ab0e12";
pub(super) const SECRET_EXAMPLES: &str = "\
Examples:
  twinctl secret set prod openai                 asks for the key and does not show it
  pass show openai | twinctl secret set prod openai
  twinctl secret rotate prod openai < key.txt    the twin reads the new one without a deploy
  twinctl secret status prod                     is it there, and does the twin get to it?";
pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  twinctl completions bash > ~/.local/share/bash-completion/completions/twinctl
  twinctl completions zsh > ~/.zfunc/_twinctl";
pub(super) const KEYGEN_EXAMPLES: &str = "\
Examples:
  twinctl data keygen -o ~/.config/twinctl/data.key     prints the public key
  export DATA_KEY=~/.config/twinctl/data.key            and it is found from now on";
pub(super) const ENCRYPT_EXAMPLES: &str = "\
Examples:
  twinctl data encrypt data/facts.json                  for the key in DATA_KEY: data/facts.json.age
  twinctl data encrypt data/*.txt --remove              leaves the encrypted ones alone
  twinctl data encrypt data/cv.pdf --to age1… --to age1…";
pub(super) const DECRYPT_EXAMPLES: &str = "\
Examples:
  twinctl data decrypt data/facts.json.age              data/facts.json
  twinctl data decrypt data/facts.json.encrypted -o -   on standard output alone";
