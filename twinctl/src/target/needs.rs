//! All the rights that a run on AWS needs.

use std::{collections::BTreeSet, sync::Arc};

use super::Part;
use crate::{
    aws::{Right, model},
    data::FACTS,
    lock::{self, Table},
    names::Names,
    resources::{Aim, Limit},
    spec::Environment,
    stack::{self, Given},
};

/// What whoever deploys, looks and destroys has to be allowed: what the things need, and what comes before them.
pub(crate) fn needs(environment: &Environment, names: &Names) -> Vec<Right> {
    let given = Given {
        names: names.clone(),
        limit: Limit::None,
        endpoint_url: None,
        // Who destroys looks at more than who deploys.
        aim: Aim::Remove,
        model_arns: Vec::new(),
        birth: lock::Birth::new(),
        release: String::new(),
        last_release: None,
        domains: BTreeSet::new(),
        sources: Arc::default(),
    };
    let facts = FACTS.map(|key| format!("arn:aws:s3:::{}/{key}", names.data_bucket));
    let mut needs = stack::stack(environment, &given, Part::Everything).rights;
    needs.extend(Table::needs(names));
    needs
        .extend(environment.model.full_id(&environment.region).iter().flat_map(|id| model::needs(names, id)));
    needs.push(Right::look("ReadFacts", &["s3:GetObject"], facts));
    needs
}
