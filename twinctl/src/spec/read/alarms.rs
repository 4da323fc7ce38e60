//! `alarms`: alarms and dashboard.

use serde_json::Value as Json;

use crate::spec::environment::Alarms;
use crate::spec::error::SpecError;
use crate::spec::fields::{Fields, Section, read_section, schema};
use crate::spec::kinds::Whole;
use crate::spec::shape::Shape;
use crate::spec::tree::Node;

maps!(Alarms);

impl Section for Alarms {
    fn section(fields: &mut Fields<'_>) -> Option<Self> {
        let email = fields.optional("email", "The email address that the alarms notify");
        let webhook = fields.optional("webhook", "The https address that the alarms notify");
        let description = "Tokens of a day, input and output, above which an alarm goes off";
        let daily_tokens = fields.optional::<Whole<1, 1_000_000_000>>("daily_tokens", description);
        let dashboard = fields.with_default::<bool, _>("dashboard", "Whether there is a dashboard", true);
        Some(Self { email, webhook, daily_tokens: daily_tokens.map(Into::into), dashboard })
    }
}
