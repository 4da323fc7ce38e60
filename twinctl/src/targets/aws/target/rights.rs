//! Which rights the commands need in an account.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    artifacts::data::FACTS,
    spec::Environment,
    targets::{
        Aim, Part,
        aws::{
            LockTable, Right, model,
            names::Names,
            resources::Boundary,
            stack::{self, Given},
        },
        record::Birth,
    },
};

/// What whoever deploys, looks and destroys has to be allowed: what the things need, and what comes before them.
pub(crate) fn needs(environment: &Environment, names: &Names) -> Vec<Right> {
    let given = Given {
        names: names.clone(),
        limit: Boundary::None,
        endpoint_url: None,
        // Who destroys looks at more than who deploys.
        aim: Aim::Remove,
        model_arns: Vec::new(),
        birth: Birth::new(),
        release: String::new(),
        last_release: None,
        domains: BTreeSet::new(),
        sources: Arc::default(),
    };
    let facts = FACTS.map(|key| format!("arn:aws:s3:::{}/{key}", names.data_bucket));
    let mut needs = stack::stack(environment, &given, Part::Everything).rights;
    needs.extend(LockTable::needs(names));
    needs
        .extend(environment.model.full_id(&environment.region).iter().flat_map(|id| model::needs(names, id)));
    needs.push(Right::look("ReadFacts", &["s3:GetObject"], facts));
    needs
}
