//! The estimate: how much of each item a month needs, and its price.

use super::{
    Assumptions, Setup,
    item::Item,
    model::{ModelCost, number},
    prices::{Price, price},
};
use crate::spec::TokenPrice;

/// A visit of the page, measured with the page of this repository.
const PAGE_REQUESTS: u64 = 10;
const PAGE_GB: f64 = 100e3 / 1e9;
/// An answer with its headers, and the stored turn.
const TURN_GB: f64 = 4e3 / 1e9;
/// The line of the function, Lambda's own lines, and the access line.
const TURN_LOG_GB: f64 = 2.5e3 / 1e9;
const REQUEST_LOG_GB: f64 = 1.2e3 / 1e9;
/// How long the function works for a request that needs no model.
const REQUEST_SECONDS: f64 = 0.05;
/// The metrics that the function's lines contain.
const METRICS: f64 = 7.0;
/// The most turns that a conversation keeps: 200 messages.
const LONGEST_CONVERSATION: u64 = 100;
/// The page and the data files.
const FILES_GB: f64 = 0.01;
/// Conversations that never expire are counted for this long.
const LONGEST_MONTHS: f64 = 12.0;
const DAYS_OF_MONTH: f64 = 30.0;
/// The calls to the lock table by a month's deployments.
const LOCK_WRITES: f64 = 500.0;
const LOCK_READS: f64 = 500.0;
/// The reservation and the settlement of a turn.
const BUDGET_WRITES: f64 = 2.0;

/// The estimated cost of a month.
#[derive(Debug, Clone)]
pub(crate) struct Estimate {
    pub(super) model: Option<ModelCost>,
    /// Empty on this machine.
    pub(super) items: Vec<Charge>,
    /// The most that the model may cost.
    pub(super) budget: Option<f64>,
    /// Whether the function may be built for another architecture than the assumed one.
    pub(super) assumes_arm: bool,
}

/// The cost of one item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charge {
    pub(super) item: Item,
    pub(super) quantity: f64,
    pub(super) price: Price,
    /// The part of the quantity that is free.
    pub(super) free: f64,
}

impl Charge {
    pub(super) fn usd(&self) -> f64 {
        (self.quantity - self.free) * self.price.usd
    }

    /// Returns the cost if other workloads of the account use up the free allowance.
    pub(super) fn full_usd(&self) -> f64 {
        self.quantity * self.price.usd
    }
}

impl Estimate {
    pub(crate) fn new(setup: &Setup, assumed: &Assumptions) -> Self {
        let model = setup.model.as_ref();
        let price = setup.budget.as_ref().and_then(|budget| budget.price).map(TokenPrice::rates);
        let model = model.map(|(provider, id)| ModelCost::new(*provider, id, price, assumed));
        let region = setup.region.as_deref();
        let items = region.map(|region| charges(setup, region, assumed)).unwrap_or_default();
        let budget = setup.budget.as_ref().map(|budget| budget.monthly_usd.into());
        Self { model, items, budget, assumes_arm: setup.is_architecture_open }
    }

    pub(super) fn usd(&self) -> f64 {
        self.model_usd() + self.items.iter().map(Charge::usd).sum::<f64>()
    }

    pub(super) fn full_usd(&self) -> f64 {
        self.model_usd() + self.items.iter().map(Charge::full_usd).sum::<f64>()
    }

    /// Returns how many turns of the model this amount pays for.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate, which is not negative"
    )]
    pub(crate) fn turns_for(&self, usd: f64, assumed: &Assumptions) -> Option<u64> {
        let model = self.model.as_ref()?.usd.filter(|model| *model > 0.0)?;
        Some((usd / model * number(assumed.turns)) as u64)
    }

    fn model_usd(&self) -> f64 {
        self.model.as_ref().and_then(|model| model.usd).unwrap_or_default()
    }
}

fn charges(setup: &Setup, region: &str, assumed: &Assumptions) -> Vec<Charge> {
    let charge = |(item, quantity): (Item, f64)| {
        let (price, free) = price(item, region)?;
        Some(Charge { item, quantity, price, free: free.min(quantity) })
    };
    quantities(setup, assumed)
        .into_iter()
        .filter(|(_, quantity)| *quantity > 0.0)
        .filter_map(charge)
        .collect()
}

fn quantities(setup: &Setup, assumed: &Assumptions) -> Vec<(Item, f64)> {
    let (turns, conversations) = (number(assumed.turns), number(assumed.conversations()));
    let page = number(PAGE_REQUESTS) * conversations;
    // The page also asks for the stored conversation.
    let requests = turns + conversations;
    let seconds = turns * assumed.answer_seconds + conversations * REQUEST_SECONDS;
    let gb_seconds = seconds * f64::from(setup.memory_mb) / 1024.0;
    let logs = turns * TURN_LOG_GB + conversations * REQUEST_LOG_GB;
    // Each turn writes the whole conversation, and the bucket keeps the former version for a month.
    let turns_stored = assumed.turns_per_conversation.min(assumed.turns).min(LONGEST_CONVERSATION);
    let versions = (number(turns_stored.max(1)) - 1.0) / 2.0;
    let months = setup.expiry_days.map_or(LONGEST_MONTHS, |days| f64::from(days) / DAYS_OF_MONTH);
    let secrets = if setup.has_secret() { 1.0 } else { 0.0 };
    vec![
        (Item::LambdaRequests, requests),
        (if setup.is_arm { Item::LambdaArm } else { Item::LambdaX86 }, gb_seconds),
        (if setup.streams { Item::RestApiRequests } else { Item::HttpApiRequests }, requests),
        (Item::CloudFrontRequests, page + requests),
        (Item::CloudFrontTransfer, conversations * PAGE_GB + turns * TURN_GB),
        (Item::CloudFrontFunctions, page),
        (Item::S3Storage, FILES_GB + turns * TURN_GB * (months.min(LONGEST_MONTHS) + versions)),
        // A turn stores the conversation, and lists the data files if it is the first of a minute.
        (Item::S3Writes, 2.0 * turns),
        (Item::S3Reads, requests + page),
        (
            Item::DynamoDbWrites,
            LOCK_WRITES + if setup.budget.is_some() { BUDGET_WRITES * turns } else { 0.0 },
        ),
        (Item::DynamoDbReads, LOCK_READS),
        (Item::LogIngestion, logs),
        (Item::LogStorage, logs * f64::from(setup.log_days) / DAYS_OF_MONTH),
        (Item::Metrics, METRICS + setup.alarms.map_or(0.0, |alarms| alarms.metrics.into())),
        (Item::Alarms, setup.alarms.map_or(0.0, |alarms| alarms.alarms.into())),
        (Item::Dashboards, setup.alarms.map_or(0.0, |alarms| alarms.dashboards.into())),
        (Item::Secrets, secrets),
        // The function keeps the key for five minutes, so most turns need no read.
        (Item::SecretReads, secrets * turns),
        (Item::HostedZones, if setup.has_zone { 1.0 } else { 0.0 }),
    ]
}
