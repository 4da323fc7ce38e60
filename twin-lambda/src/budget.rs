//! The limit of what the model may cost in a month. Before the model is asked, a turn reserves the highest price of the call.
//! When the turn ends, it settles the reservation with the actual price.
//!
//! A reservation is one conditional update of the month's amount, so any number of processes share one limit. A reservation
//! that is never settled, because the process was killed, counts at its highest price: the model may have been paid for.

mod change;
mod price;
mod table;

use contract::budget::allowance;
use contract::models::Usage;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::Instant;

use crate::clock::Deadline;
use crate::config::BudgetSettings;
use crate::log::{Record, error_chain, millis_since};
use crate::prompt::Prompt;
use crate::store::Folder;

use change::Change;
pub use change::UsageError;
use table::TIMEOUT;
pub use table::Table;

#[derive(Debug)]
pub struct Budget {
    settings: BudgetSettings,
    usage: Spending,
}

/// Where spending is counted.
#[derive(Debug)]
pub enum Spending {
    Table(Box<Table>),
    Folder(Folder),
}

/// The reservations and the spending of one turn. Without a budget, it does nothing.
#[derive(Debug)]
pub struct Bill<'a> {
    budget: Option<&'a Budget>,
    /// The month of the turn's start: `2026-11`.
    month: String,
    /// The highest permitted amount of the month until the end of the day.
    allowance: u64,
    reserved: u64,
    spent: u64,
}

/// The part of an answer that was received in one call.
#[derive(Debug, Default)]
pub struct Received {
    pub usage: Option<Usage>,
    pub text: String,
}

impl Budget {
    pub fn new(settings: BudgetSettings, usage: Spending) -> Self {
        Self { settings, usage }
    }

    async fn change(&self, change: &Change<'_>, until: Instant) -> Result<bool, UsageError> {
        match &self.usage {
            Spending::Table(table) => table.change(change, until).await,
            Spending::Folder(folder) => {
                Ok(folder.add_spending(change.month, change.amount, change.at_most).await?)
            }
        }
    }
}

impl<'a> Bill<'a> {
    /// Opens the bill of a turn. A turn that passes midnight counts for the day of its start.
    pub fn open(budget: Option<&'a Budget>, now: Timestamp) -> Self {
        let date = now.to_zoned(TimeZone::UTC).date();
        let days = |days: i8| u8::try_from(days).unwrap_or(1);
        let monthly = budget.map_or(0, |budget| budget.settings.monthly);
        Self {
            budget,
            month: date.strftime("%Y-%m").to_string(),
            allowance: allowance(monthly, days(date.day()), days(date.days_in_month())),
            reserved: 0,
            spent: 0,
        }
    }

    /// Reserves the highest price of a call of the model, as far as it is not reserved yet. Returns false if the budget is
    /// used up.
    pub async fn reserve(
        &mut self,
        prompt: &Prompt,
        deadline: Deadline,
        record: &Record,
    ) -> Result<bool, UsageError> {
        let Some(budget) = self.budget else { return Ok(true) };
        let wanted = self.spent.saturating_add(price::highest(&budget.settings, prompt));
        let Some(more) = wanted.checked_sub(self.reserved).filter(|more| *more > 0) else { return Ok(true) };
        let start = Instant::now();
        let reserved = match self.allowance.checked_sub(more) {
            None => Ok(false),
            at_most => {
                let change = Change { month: &self.month, amount: signed(more), at_most };
                budget.change(&change, deadline.instant().min(start + TIMEOUT)).await
            }
        };
        record.update(|fields| {
            fields.budget_ms = Some(fields.budget_ms.unwrap_or_default() + millis_since(start));
        });
        if !reserved? {
            record.update(|fields| fields.over_budget = true);
            return Ok(false);
        }
        self.reserved = wanted;
        Ok(true)
    }

    /// Adds the price of a call. `is_free` means that the model generated nothing. If the provider did not report
    /// the tokens, the price is estimated on the high side.
    pub fn charge(&mut self, prompt: &Prompt, received: &Received, is_free: bool) {
        let Some(Budget { settings, .. }) = self.budget else { return };
        let price = match received.usage {
            Some(usage) => price::of(settings, usage),
            None if is_free => 0,
            None => price::estimate(settings, prompt, &received.text),
        };
        self.spent = self.spent.saturating_add(price);
    }

    /// Replaces the reservation by the actual price. If that fails, the highest price stays counted.
    pub async fn settle(self, deadline: Deadline, record: &Record) {
        let Some(budget) = self.budget.filter(|_| self.spent != self.reserved) else { return };
        let change =
            Change { month: &self.month, amount: signed(self.spent) - signed(self.reserved), at_most: None };
        // The turn is over, so it may take longer than the visitor waits.
        let until = deadline.instant().max(Instant::now() + TIMEOUT / 4);
        if let Err(error) = budget.change(&change, until).await {
            record.warn(error_chain(&error));
        }
    }
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

/// Returns the current month.
#[cfg(test)]
fn this_month() -> String {
    crate::clock::now().strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests;
