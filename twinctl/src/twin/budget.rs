//! The budget of a twin: the cost of its model in this month, and the rest of the budget.

use contract::{
    budget::{allowance, highest, to_usd},
    limits::ANSWER_TOKENS,
    models::Model,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    artifacts::data::{StoredFiles, dollars, thousands},
    spec::Environment,
    twin::cost::{Assumptions, DataTokens, Estimate, Setup},
    ui::{Diagnostic, Exit},
};

/// The tokens of the instructions and of a short conversation, at least.
const OTHER_TOKENS: usize = 2_000;
/// The bytes of a token, about.
const TOKEN_BYTES: u64 = 4;

/// The spending of a month, in billionths of a dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spending {
    pub(crate) spent: u64,
    /// The most that may be spent until the end of the day.
    pub(crate) allowed: u64,
    pub(crate) monthly: u64,
    /// The highest price of a turn, about. With less than that, the twin does not ask the model.
    pub(crate) turn: u64,
}

/// Returns the month of a time, as the spending is counted: in UTC.
pub(crate) fn month(now: Timestamp) -> String {
    now.strftime("%Y-%m").to_string()
}

impl Spending {
    /// Returns the spending of an environment with a budget.
    pub(crate) fn new(
        environment: &Environment,
        spent: u64,
        files: Option<&StoredFiles>,
        now: Timestamp,
    ) -> Option<Self> {
        let monthly = environment.budget.as_ref()?.monthly_usd.billionths();
        let size: u64 = files.iter().flat_map(|files| files.files.values()).map(|file| file.size).sum();
        let turn = turn(environment, 2 * usize::try_from(size / TOKEN_BYTES).unwrap_or_default())?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let days = |days: i8| u8::try_from(days).unwrap_or(1);
        let allowed = allowance(monthly, days(today.day()), days(today.days_in_month()));
        Some(Self { spent, allowed, monthly, turn })
    }

    fn left(&self) -> u64 {
        self.allowed.saturating_sub(self.spent)
    }

    /// Returns whether too little is left for a turn, so that the twin does not ask the model.
    fn is_reached(&self) -> bool {
        self.left() < self.turn
    }

    /// Returns a note for `status`.
    pub(crate) fn note(&self) -> String {
        let [spent, monthly, left] =
            [self.spent, self.monthly, self.left()].map(|amount| dollars(to_usd(amount)));
        let spending = format!("the model has cost {spent} of {monthly} this month");
        if self.monthly < self.turn {
            let turn = dollars(to_usd(self.turn));
            return format!(
                "the budget of {monthly} is too small: a turn can cost {turn}, so the twin never asks the model"
            );
        }
        if !self.is_reached() {
            return format!("{spending}, and {left} is left for today");
        }
        format!(
            "the budget is used up: {spending}, and {left} is left for today; the twin does not ask the model, and gives \
             visitors your contact (UTC days; unused shares roll over)"
        )
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "monthly_usd": to_usd(self.monthly),
            "spent_usd": to_usd(self.spent),
            "allowed_until_today_usd": to_usd(self.allowed),
            "left_today_usd": to_usd(self.left()),
            "reached": self.is_reached(),
        })
    }
}

/// Returns the highest price of a turn with data files of `tokens`, about, in billionths of a dollar.
fn turn(environment: &Environment, tokens: usize) -> Option<u64> {
    let (provider, id) = environment.priced_model()?;
    let model = Model::of(provider, &id);
    Some(highest(&environment.token_price()?, &model, OTHER_TOKENS + tokens, ANSWER_TOKENS))
}

/// Returns an error if the budget of a whole month is smaller than the price of one turn.
pub(crate) fn too_small(environment: &Environment, tokens: Option<usize>) -> Option<Diagnostic> {
    let monthly = environment.budget.as_ref()?.monthly_usd.billionths();
    let turn = turn(environment, tokens.unwrap_or_default())?;
    let [budget, price] = [monthly, turn].map(|amount| dollars(to_usd(amount)));
    (monthly < turn).then(|| {
        let message = format!(
            "`budget.monthly_usd` ({budget}) is smaller than the price of one turn ({price}); nothing was changed"
        );
        Diagnostic::new(Exit::Environment, message)
            .cause("the twin would never ask its model")
            .hint("set a larger budget, or choose a cheaper model (docs/cost.md)")
    })
}

/// Returns a note for plans about what the budget allows, if there is one.
pub(crate) fn allows(environment: &Environment, tokens: Option<usize>) -> Option<String> {
    let budget = environment.budget.as_ref()?;
    let assumed = Assumptions::new(DataTokens::measured(tokens));
    let monthly = f64::from(budget.monthly_usd);
    let turns = Estimate::new(&Setup::of(environment), &assumed).turns_for(monthly, &assumed)?;
    Some(format!(
        "the budget of {} a month pays for about {} turns ({} a day); then the twin stops asking the model",
        dollars(monthly),
        thousands(turns),
        thousands(turns / 30),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, load};

    fn environment(budget: &str) -> Environment {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "project: twin\nenvironment: home\ntarget: local\nmodel: {{ source: openai, id: gpt-4o-mini }}\n{budget}"
        );
        std::fs::write(folder.path().join("home.yaml"), text).unwrap();
        load(folder.path(), "home", &Overrides::default()).unwrap()
    }

    fn spending(budget: &str, spent: f64, now: &str) -> Option<Spending> {
        let spent = contract::budget::from_usd(spent);
        Spending::new(&environment(budget), spent, None, now.parse().unwrap())
    }

    #[test]
    fn the_note_says_what_is_left_for_today() {
        let budget = "budget: { monthly_usd: 3 }\n";
        let cases = [
            (
                0.12,
                "2026-11-10T23:59:59Z",
                "the model has cost $0.12 of $3.00 this month, and $0.88 is left for today",
            ),
            (
                1.0,
                "2026-11-10T12:00:00Z",
                "the budget is used up: the model has cost $1.00 of $3.00 this month",
            ),
            (
                1.0,
                "2026-11-11T00:00:00Z",
                "the model has cost $1.00 of $3.00 this month, and $0.10 is left for today",
            ),
        ];
        for (spent, now, expected) in cases {
            let spending = spending(budget, spent, now).unwrap();
            assert!(spending.note().starts_with(expected), "{}", spending.note());
            assert_eq!(spending.json()["reached"], expected.contains("used up"));
        }
        assert_eq!(spending("", 1.0, "2026-11-10T12:00:00Z"), None);
        let tiny = spending("budget: { monthly_usd: 0.0001 }\n", 0.0, "2026-11-10T12:00:00Z").unwrap();
        assert!(tiny.note().contains("the twin never asks the model"), "{}", tiny.note());
    }

    #[test]
    fn a_plan_says_how_many_turns_the_budget_pays_for() {
        let note = allows(&environment("budget: { monthly_usd: 3 }\n"), Some(2_000)).unwrap();
        assert_eq!(
            note,
            "the budget of $3.00 a month pays for about 6,250 turns (208 a day); then the twin stops asking the model"
        );
        assert_eq!(allows(&environment(""), Some(2_000)), None);
    }

    #[test]
    fn a_budget_that_pays_for_no_turn_is_an_error() {
        let error = |budget: &str| too_small(&environment(budget), Some(2_000));
        let tiny = error("budget: { monthly_usd: 0.0001 }\n").unwrap();
        assert!(tiny.message.contains("is smaller than the price of one turn ($0.0"), "{}", tiny.message);
        for enough in ["", "budget: { monthly_usd: 3 }\n"] {
            assert!(error(enough).is_none());
        }
    }
}
