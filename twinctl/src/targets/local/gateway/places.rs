//! Limits how many connections and requests each visitor may have at once. Each of them takes a place.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::visitor::Network;

#[derive(Debug)]
pub(super) struct Places {
    per_visitor: u32,
    taken: Mutex<HashMap<Network, u32>>,
}

/// A taken place. Dropping it frees the place.
#[derive(Debug)]
pub(super) struct Place(Option<(Arc<Places>, Network)>);

impl Places {
    pub(super) fn new(per_visitor: u32) -> Self {
        Self { per_visitor, taken: Mutex::default() }
    }

    /// Takes a place, unless the visitor has too many.
    pub(super) fn take(self: &Arc<Self>, visitor: IpAddr) -> Option<Place> {
        let network = Network::from(visitor);
        let mut taken = self.taken();
        let count = taken.entry(network).or_default();
        (*count < self.per_visitor).then(|| {
            *count += 1;
            Place(Some((Arc::clone(self), network)))
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Network, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Returns a place that is not counted.
    pub(super) fn uncounted() -> Self {
        Self(None)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((places, network)) = &self.0 else { return };
        let mut taken = places.taken();
        if let Some(count) = taken.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                taken.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_visitor_has_a_number_of_places() {
        let places = Arc::new(Places::new(2));
        let visitor = |last: u8| IpAddr::from([192, 0, 2, last]);
        let first = places.take(visitor(1)).unwrap();
        let _second = places.take(visitor(1)).unwrap();
        assert!(places.take(visitor(1)).is_none());
        let other = places.take(visitor(2)).unwrap();
        drop(first);
        assert!(places.take(visitor(1)).is_some());
        drop(other);
        assert_eq!(places.taken().len(), 1, "visitors that are gone are forgotten");
    }
}
