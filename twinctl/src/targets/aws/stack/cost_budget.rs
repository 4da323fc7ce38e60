//! The node of the cost budget of AWS Budgets.

use reconcile::Handle;

use super::{COST_BUDGET, StackBuilder};
use crate::targets::{
    aws::resources::{CostBudget, CostBudgetDesired},
    record::Feature,
};

impl StackBuilder<'_> {
    /// Adds the cost budget, unless the environment has and had none.
    pub(super) fn cost_budget(&mut self) -> Option<Handle<Option<()>>> {
        let budget = self.environment.budget.as_ref();
        let desired = budget.and_then(|budget| {
            let monthly_usd = f64::from(budget.monthly_usd).to_string();
            Some(CostBudgetDesired { monthly_usd, email: budget.email.as_ref()?.to_string() })
        });
        if desired.is_none() && !self.context.had(Feature::CostBudget) {
            return None;
        }
        let resource = CostBudget::new(&self.context.names, self.labels.clone());
        let (is_desired, desired) = (desired.is_some(), desired.unwrap_or_default());
        Some(self.graph.add_if(is_desired, COST_BUDGET, resource, (), move |()| desired.clone()))
    }
}
