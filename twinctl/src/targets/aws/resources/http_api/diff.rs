//! Implements `diff`.

use reconcile::{Change, Changes};

use super::{
    HttpApi, HttpApiActual, HttpApiDesired,
    actual::{IntegrationActual, RouteActual, StageActual},
};

impl HttpApi {
    pub(super) fn changes(&self, desired: &HttpApiDesired, actual: Option<&HttpApiActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        changes.value("name", &self.name, actual.map(|actual| &actual.name)).value(
            "description",
            &self.description(),
            actual.map(|actual| &actual.description),
        );
        if actual.is_some_and(|actual| !actual.reachable) {
            changes.push(change("endpoint", "disabled", "enabled"));
        }
        if actual.is_some_and(|actual| actual.cors) {
            changes.push(change("cors", "configured in the API", "handled by the function"));
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        integration(&mut changes, desired, actual);
        route(&mut changes, actual);
        stage(&mut changes, desired, actual.and_then(HttpApiActual::stage));
        extra(&mut changes, actual);
        changes.into_vec()
    }
}

fn change(field: &str, old: &str, new: &str) -> Change {
    Change::new(field, Some(old.to_owned()), Some(new.to_owned()))
}

fn integration(changes: &mut Changes, desired: &HttpApiDesired, actual: Option<&HttpApiActual>) {
    let wanted = IntegrationActual::wanted(desired, "");
    let actual = actual.and_then(HttpApiActual::integration);
    changes
        .value("integration.type", &wanted.kind, actual.map(|actual| &actual.kind))
        .value("integration.target", &wanted.target, actual.map(|actual| &actual.target))
        .value("integration.payload", &wanted.payload, actual.map(|actual| &actual.payload))
        .value("integration.timeout_ms", &wanted.timeout_ms, actual.map(|actual| &actual.timeout_ms));
}

/// Compares the route. A target of our integration is shown as "the function", because ids mean nothing to users.
fn route(changes: &mut Changes, actual: Option<&HttpApiActual>) {
    let route = actual.and_then(HttpApiActual::route);
    let ours = actual.and_then(HttpApiActual::integration).map(IntegrationActual::route_target);
    let target = route.map(|route| match &ours {
        Some(ours) if *ours == route.target => "the function".to_owned(),
        _ => route.target.clone(),
    });
    let wanted = RouteActual::wanted(String::new(), "");
    changes.value(&format!("route.{}", wanted.key), &"the function".to_owned(), target.as_ref()).value(
        "route.authorization",
        &wanted.authorization,
        route.map(|route| &route.authorization),
    );
}

fn stage(changes: &mut Changes, desired: &HttpApiDesired, actual: Option<&StageActual>) {
    let wanted = StageActual::wanted(desired, actual);
    changes
        .value("stage", &wanted.name, actual.map(|actual| &actual.name))
        .value("stage.auto_deploy", &wanted.auto_deploy, actual.map(|actual| &actual.auto_deploy))
        .optional("throttle.burst", wanted.burst.as_ref(), actual.and_then(|actual| actual.burst.as_ref()))
        .optional("throttle.rate", wanted.rate.as_ref(), actual.and_then(|actual| actual.rate.as_ref()))
        .value(
            "stage.detailed_metrics",
            &wanted.detailed_metrics,
            actual.map(|actual| &actual.detailed_metrics),
        )
        .value("access_log.group", &wanted.log_group_arn, actual.map(|actual| &actual.log_group_arn))
        .value("access_log.format", &wanted.log_format, actual.map(|actual| &actual.log_format));
    for route in actual.iter().flat_map(|stage| &stage.route_settings) {
        changes.push(removal(format!("stage.settings.{route}"), "settings of this route"));
    }
}

fn extra(changes: &mut Changes, actual: Option<&HttpApiActual>) {
    let Some(actual) = actual else {
        return;
    };
    let extra = actual.extra();
    for route in extra.routes {
        changes.push(removal(format!("route.{}", route.key), &route.target));
    }
    for integration in extra.integrations {
        changes.push(removal(format!("integration.{}", integration.id), &integration.target));
    }
    for stage in extra.stages {
        changes.push(removal(format!("stage.{}", stage.name), "another stage"));
    }
}

fn removal(field: String, old: &str) -> Change {
    Change::new(field, Some(old.to_owned()), None)
}
