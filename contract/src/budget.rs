//! The cost of the model in a month, and how much of the month's budget may be spent by a day.
//!
//! Amounts are in billionths of a US dollar: one token of the cheapest model costs at least ten.

use crate::models::{Model, Price, Usage};

/// The file in a memory folder that contains the spending of each month.
pub const FILE: &str = ".usage.json";
/// The member of the file with the months, from `2026-11` to the amount.
pub const MONTHS: &str = "months";
/// The partition key of the usage table: `2026-11`.
pub const MONTH: &str = "month";
/// The attribute with the month's amount: the prices of settled turns, plus the reservations of turns in progress.
pub const SPENT: &str = "spent";
/// How many months the file contains at most.
pub const KEPT_MONTHS: usize = 13;
/// The code of the error response if the budget is used up.
pub const REACHED_CODE: &str = "budget_reached";
/// The field of a reply that is true if the model was not asked, because the budget is used up. Absent otherwise.
pub const OVER_BUDGET: &str = "over_budget";

const PER_USD: f64 = 1e9;

/// Returns an amount in US dollars as billionths, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "amounts are rounded and not negative"
)]
pub fn from_usd(usd: f64) -> u64 {
    (usd.max(0.0) * PER_USD).ceil() as u64
}

/// Returns an amount as US dollars.
#[expect(clippy::cast_precision_loss, reason = "for display")]
pub fn to_usd(amount: u64) -> f64 {
    amount as f64 / PER_USD
}

/// Returns how much of a month's budget may be spent by the end of a day. Each day adds an equal share, and unused shares are
/// left for later days.
pub fn allowance(monthly: u64, day: u8, days_in_month: u8) -> u64 {
    let share = u128::from(monthly) * u128::from(day) / u128::from(days_in_month.max(1));
    u64::try_from(share).unwrap_or(monthly).min(monthly)
}

/// Returns the highest price of a call with an answer of `answer` tokens. A model with a set reasoning effort may have
/// to be called without this parameter, and then reasons more.
pub fn highest(price: &Price, model: &Model, input: usize, answer: usize) -> u64 {
    let input = input as u64;
    let cache_written = if price.cache_write > 1.0 { input } else { 0 };
    let output = most_output(model, answer) as u64;
    from_usd(price.of_call(Usage { input, cached: 0, cache_written, output }))
}

/// Returns the maximum number of tokens of an answer and of the reasoning before it.
pub fn most_output(model: &Model, answer: usize) -> usize {
    Model { reasons: model.reasons || model.effort.is_some(), ..*model }.generated_tokens(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_shares_are_left_for_later_days_and_the_last_day_has_the_whole_month() {
        let monthly = from_usd(3.0);
        let allowed = [1, 2, 29, 30].map(|day| to_usd(allowance(monthly, day, 30)));
        assert!((allowed[0] - 0.1).abs() < 1e-9 && (allowed[1] - 0.2).abs() < 1e-9, "{allowed:?}");
        assert!((allowed[2] - 2.9).abs() < 1e-9, "{allowed:?}");
        assert_eq!(allowance(monthly, 30, 30), monthly);
        assert_eq!(allowance(u64::MAX, 31, 31), u64::MAX);
    }

    #[test]
    fn the_price_of_a_token_is_not_rounded_to_zero() {
        assert_eq!(from_usd(0.01 / 1e6), 10);
        assert_eq!(from_usd(1e-12), 1);
        assert_eq!(from_usd(-1.0), 0);
    }
}
