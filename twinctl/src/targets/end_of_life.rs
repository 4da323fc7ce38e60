//! The end of life of the model of an environment, for `plan`, `status` and `doctor`.

use contract::{
    bedrock,
    models::{self, Provider},
};
use jiff::{Unit, civil::Date, tz::TimeZone};

use crate::{
    spec::{Environment, Model},
    system::clock,
};

/// The time before the end of life of a model in which it is reported.
const NOTICE_DAYS: i32 = 180;

/// A model that has reached its end of life, or will soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndOfLife {
    pub(crate) finding: String,
    pub(crate) advice: String,
    pub(crate) is_over: bool,
}

impl EndOfLife {
    /// Returns the end of life of the environment's model, if it was announced and is near.
    pub(crate) fn of(environment: &Environment) -> Option<Self> {
        Self::at(environment, clock::now().to_zoned(TimeZone::UTC).date())
    }

    fn at(environment: &Environment, today: Date) -> Option<Self> {
        let region = &environment.region;
        let (provider, id, example) = match &environment.model {
            Model::Builtin => return None,
            Model::Bedrock(id) => {
                let example = format!(", for example {}", bedrock::default_in(region.as_str()));
                (Provider::Bedrock, id.full(region), example)
            }
            Model::OpenAi { id, base_url } => {
                let base_url = base_url.as_ref().map(ToString::to_string);
                let provider = base_url.as_deref().map_or(Provider::OpenAi, Provider::at);
                (provider, id.clone(), String::new())
            }
        };
        let date = models::end_of_life(provider, &id)?;
        let days = today.until((Unit::Day, date.parse::<Date>().ok()?)).ok()?.get_days();
        let finding = match days {
            ..0 => format!("the model {id} reached its end of life on {date}"),
            0..=NOTICE_DAYS => format!("the model {id} reaches its end of life on {date}, in {days} days"),
            _ => return None,
        };
        Some(Self { finding, advice: format!("choose another with `model.id`{example}"), is_over: days < 0 })
    }

    pub(crate) fn note(&self) -> String {
        format!("{}: {}", self.finding, self.advice)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::spec::{Overrides, load};

    fn note(model: &str, today: Date) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("project: twin\nenvironment: dev\nregion: us-east-1\n{model}\n");
        std::fs::write(folder.path().join("dev.yaml"), text).unwrap();
        let environment = load(folder.path(), "dev", &Overrides::default()).unwrap();
        EndOfLife::at(&environment, today).map(|end| end.note())
    }

    #[test]
    fn the_end_of_life_is_reported_months_before_for_every_provider() {
        let bedrock = "model: { id: us.anthropic.claude-opus-4-1-20250805-v1:0 }";
        assert_eq!(note(bedrock, date(2026, 7, 11)), None);
        assert_eq!(
            note(bedrock, date(2026, 11, 29)).unwrap(),
            "the model us.anthropic.claude-opus-4-1-20250805-v1:0 reaches its end of life on 2027-01-08, in 40 days: \
             choose another with `model.id`, for example us.amazon.nova-micro-v1:0"
        );
        assert!(note(bedrock, date(2027, 1, 9)).unwrap().contains("reached its end of life on 2027-01-08"));
        assert_eq!(
            note("model: { source: openai, id: gpt-5 }", date(2026, 11, 29)).unwrap(),
            "the model gpt-5 reaches its end of life on 2026-12-11, in 12 days: choose another with `model.id`"
        );
        assert!(note("model: { source: openai, id: o3 }", date(2026, 12, 12)).unwrap().contains("reached"));
        let at = |url: &str, id: &str| format!("model: {{ source: openai, id: {id}, base_url: \"{url}\" }}");
        let deepseek = note(&at("https://api.deepseek.com/v1", "deepseek-chat"), date(2026, 11, 29));
        assert!(deepseek.unwrap().contains("reached its end of life on 2026-07-24"));
        for active in [
            "model: { source: builtin }",
            "model: { id: us.amazon.nova-micro-v1:0 }",
            "model: { source: openai, id: gpt-6-luna }",
            &at("https://models.example.org/v1", "gpt-5"),
        ] {
            assert_eq!(note(active, date(2026, 11, 29)), None, "{active}");
        }
    }
}
