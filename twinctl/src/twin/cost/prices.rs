//! Prices of AWS.
//!
//! Checked on 2026-11-29, in copies of:
//! - `IRELAND`: AWS's price lists of eu-west-1 of 2026-09-11 to 2026-10-02, as quoted in
//!   <https://github.com/henderjm/world-cup-sweepstake> (`docs/costs/aws-ireland-rates.json`) and
//!   <https://github.com/mamtha4u/SDLC> (`backend/config/pricing_eu-west-1.json`)
//! - The pages that each row names
//! - Always-free allowances: <https://aws.amazon.com/cloudfront/pricing> (CloudFront),
//!   <https://cloudchipr.com/blog/aws-lambda-pricing> (Lambda), <https://cloudburn.io/blog/amazon-cloudwatch-pricing>
//!   (`CloudWatch`)
//! - Free allowances of an account's first year: <https://aws.amazon.com/api-gateway/pricing>. They are not offered to
//!   accounts created since 2025-07-15: <https://freetier.co/articles/aws-free-tier-changes-july-15-2025>
//!
//! A price that no source supports is not here. Data transfer from AWS to CloudFront is free.

use super::item::Item;

/// When the newest price list of the table was published.
pub(super) const AS_OF: &str = "2026-10-02";
/// The region whose prices are used for a region that the table does not have.
pub(super) const DEFAULT_REGION: &str = "us-east-1";
/// The region of prices that are the same everywhere.
const GLOBAL: &str = "global";

/// The prices of an item.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) item: Item,
    /// The amount that is always free each month, in each account.
    pub(super) free: f64,
    pub(super) prices: &'static [Price],
}

/// The price of one unit in one region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    pub(super) region: &'static str,
    pub(super) usd: f64,
    pub(super) source: &'static str,
}

const IRELAND: &str =
    "https://github.com/henderjm/world-cup-sweepstake/blob/main/docs/costs/aws-ireland-rates.json";
const IRELAND_2: &str = "https://github.com/mamtha4u/SDLC/blob/main/backend/config/pricing_eu-west-1.json";
const LAMBDA: &str = "https://cloudchipr.com/blog/aws-lambda-pricing";
const LAMBDA_ARM: &str = "https://app.unpkg.com/artillery@2.0.28/files/lib/platform/aws-lambda/prices.js";
const APIS: &str = "https://amnic.com/blogs/aws-api-gateway-pricing";
const CLOUDFRONT: &str = "https://aws.amazon.com/cloudfront/pricing";
const CLOUDFRONT_REQUESTS: &str = "https://wring.co/blog/aws-cloudfront-pricing-guide";
const CLOUDFRONT_FUNCTIONS: &str = "https://cur.vantage.sh/aws/amazoncloudfront";
const S3: &str = "https://github.com/JasonZ-Git/JasonTechnology/blob/master/git-books/AWS_Pricing_Simple.md";
const DYNAMODB: &str = "https://airbyte.com/data-engineering-resources/dynamodb-pricing";
const LOGS: &str =
    "https://hivebook.wiki/wiki/cloudwatch-logs-cost-never-expire-retention-and-cardinality-blowups";
const METRICS: &str = "https://signoz.io/guides/cloudwatch-pricing";
const ALARMS: &str = "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm";
const DASHBOARDS: &str =
    "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards.md";
const SECRETS: &str =
    "https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms";
const ROUTE53: &str = "https://raw.githubusercontent.com/api-evangelist/amazon-route53-resolver/refs/heads/main/plans/amazon-route53-resolver-plans-pricing.yml";

const fn virginia(usd: f64, source: &'static str) -> Price {
    Price { region: DEFAULT_REGION, usd, source }
}

const fn ireland(usd: f64, source: &'static str) -> Price {
    Price { region: "eu-west-1", usd, source }
}

const fn global(usd: f64, source: &'static str) -> Price {
    Price { region: GLOBAL, usd, source }
}

const fn row(item: Item, free: f64, prices: &'static [Price]) -> Row {
    Row { item, free, prices }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(Item::LambdaRequests, 1e6, &[virginia(0.20e-6, LAMBDA), ireland(0.20e-6, IRELAND)]),
    row(Item::LambdaX86, 400e3, &[virginia(16.6667e-6, LAMBDA), ireland(16.6667e-6, IRELAND)]),
    row(Item::LambdaArm, 400e3, &[virginia(13.3334e-6, LAMBDA_ARM), ireland(13.3334e-6, IRELAND_2)]),
    row(Item::HttpApiRequests, 0.0, &[virginia(1.00e-6, APIS), ireland(1.11e-6, IRELAND)]),
    row(Item::RestApiRequests, 0.0, &[virginia(3.50e-6, APIS), ireland(3.50e-6, IRELAND_2)]),
    // In the United States and Europe. Up to 2.2 per million, and 0.12 per GB, elsewhere.
    row(Item::CloudFrontRequests, 10e6, &[global(1.00e-6, CLOUDFRONT_REQUESTS)]),
    row(Item::CloudFrontTransfer, 1_000.0, &[global(0.085, CLOUDFRONT)]),
    row(Item::CloudFrontFunctions, 2e6, &[global(0.10e-6, CLOUDFRONT_FUNCTIONS)]),
    row(Item::S3Storage, 0.0, &[virginia(0.023, S3), ireland(0.023, IRELAND)]),
    row(Item::S3Writes, 0.0, &[virginia(5.00e-6, S3), ireland(5.00e-6, IRELAND)]),
    row(Item::S3Reads, 0.0, &[virginia(0.40e-6, S3), ireland(0.40e-6, IRELAND)]),
    row(Item::DynamoDbWrites, 0.0, &[virginia(0.625e-6, DYNAMODB), ireland(0.705e-6, IRELAND)]),
    row(Item::DynamoDbReads, 0.0, &[virginia(0.125e-6, DYNAMODB), ireland(0.1415e-6, IRELAND)]),
    row(Item::LogIngestion, 5.0, &[virginia(0.50, LOGS), ireland(0.57, IRELAND)]),
    row(Item::LogStorage, 5.0, &[virginia(0.03, LOGS), ireland(0.03, IRELAND)]),
    row(Item::Metrics, 10.0, &[virginia(0.30, METRICS), ireland(0.30, IRELAND)]),
    row(Item::Alarms, 10.0, &[virginia(0.10, ALARMS)]),
    row(Item::Dashboards, 3.0, &[global(3.00, DASHBOARDS)]),
    row(Item::Secrets, 0.0, &[virginia(0.40, SECRETS), ireland(0.40, IRELAND)]),
    row(Item::SecretReads, 0.0, &[virginia(5.00e-6, SECRETS), ireland(5.00e-6, IRELAND)]),
    row(Item::HostedZones, 0.0, &[global(0.50, ROUTE53)]),
];

/// Returns the price of an item in a region, or else in [`DEFAULT_REGION`], and the amount that is free.
pub(super) fn price(item: Item, region: &str) -> Option<(Price, f64)> {
    let row = ROWS.iter().find(|row| row.item == item)?;
    let known = row.prices.iter().find(|price| [region, GLOBAL].contains(&price.region));
    known.or_else(|| row.prices.first()).map(|price| (*price, row.free))
}

impl Price {
    /// Returns whether the price comes from another region.
    pub(super) fn is_substitute(&self, region: &str) -> bool {
        ![region, GLOBAL].contains(&self.region)
    }
}
