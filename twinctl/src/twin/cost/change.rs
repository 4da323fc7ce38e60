//! How a plan changes the estimate.

use reconcile::Plan;

use super::{Assumptions, DataTokens, Estimate, Setup, show::monthly};
use crate::{artifacts::data::thousands, spec::Environment};

/// The smallest difference that is reported, in US dollars a month.
const SMALLEST: f64 = 0.005;

/// Returns a note about how the plan changes the estimated cost of a month, if it does. The total is that of `cost`, followed by
/// the total without free allowances, because other workloads of the account may use them.
pub(crate) fn change_note(environment: &Environment, plan: &Plan, tokens: Option<usize>) -> Option<String> {
    let before = Setup::before(environment, plan)?;
    let now = Setup::of(environment);
    let assumed = Assumptions::new(DataTokens::measured(tokens));
    let (old, new) = (Estimate::new(&before, &assumed), Estimate::new(&now, &assumed));
    let unknown = [&old, &new].into_iter().find_map(Estimate::unpriced_model).map(ToOwned::to_owned);
    if let Some(model) = unknown.filter(|_| before.model != now.model) {
        return Some(format!("the cost changes, but twinctl does not know the price of {model}"));
    }
    if (old.full_usd() - new.full_usd()).abs() < SMALLEST {
        return None;
    }
    let changed = [
        ("model", before.model != now.model),
        ("streaming", before.streams != now.streams),
        ("alarms", before.alarms != now.alarms),
        ("domain", before.has_zone != now.has_zone),
        ("memory", before.memory_mb != now.memory_mb),
    ];
    let causes: Vec<_> =
        changed.into_iter().filter(|(_, changed)| *changed).map(|(cause, _)| cause).collect();
    let causes = causes.join(" and ");
    let [was, will] = [&old, &new].map(|estimate| monthly(estimate.usd()));
    let change = if was == will {
        format!("the estimated cost stays at {will} a month after the change of {causes}")
    } else {
        format!("the estimated cost changes from {was} to {will} a month because of {causes}")
    };
    let [was, will] = [&old, &new].map(|estimate| monthly(estimate.full_usd()));
    let full = if now.region.is_some() {
        format!(", or from {was} to {will} if your account uses up its free allowances elsewhere")
    } else {
        String::new()
    };
    Some(format!(
        "{change}{full}; for {} turns (`twinctl cost {}`)",
        thousands(assumed.turns),
        environment.name
    ))
}
