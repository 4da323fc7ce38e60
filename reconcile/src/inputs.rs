//! Typed edges: the outputs that a node takes from earlier nodes, and how long it waits for them.

use std::{
    any::Any,
    fmt,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

/// A handle to a node of the graph whose output is a `T`.
pub struct Handle<T> {
    node: usize,
    output: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    pub(crate) fn new(node: usize) -> Self {
        Self { node, output: PhantomData }
    }

    pub(crate) fn node(self) -> usize {
        self.node
    }

    /// Takes the output as soon as the resource exists, even if it is not ready yet.
    pub fn early(self) -> Early<T> {
        Early(self)
    }

    /// Takes no output: the dependent only starts after this node is done.
    pub fn after(self) -> After {
        After { node: self.node, need: Reached::Done }
    }

    /// Takes no output: the dependent only starts after this node has an output, even if it is not ready yet.
    pub fn after_early(self) -> After {
        After { node: self.node, need: Reached::Early }
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.node)
    }
}

/// See [`Handle::early`].
#[derive(Debug, Clone, Copy)]
pub struct Early<T>(Handle<T>);

/// See [`Handle::after`].
#[derive(Debug, Clone, Copy)]
pub struct After {
    node: usize,
    need: Reached,
}

/// The progress of an upstream node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reached {
    /// Its output is certain. In a removal: it no longer uses its own upstream nodes.
    Early,
    Done,
}

/// An edge of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) upstream: usize,
    pub(crate) need: Reached,
    /// Whether the output is used, not only the order.
    pub(crate) value: bool,
}

type Slot = Option<Arc<dyn Any + Send + Sync>>;

/// The outputs that are known so far, by node.
#[derive(Debug)]
pub struct Outputs(Mutex<Vec<Slot>>);

impl Outputs {
    pub(crate) fn new(nodes: usize) -> Self {
        Self(Mutex::new(vec![None; nodes]))
    }

    pub(crate) fn set(&self, node: usize, output: Slot) {
        self.slots()[node] = output;
    }

    pub(crate) fn known(&self, node: usize) -> bool {
        self.slots()[node].is_some()
    }

    pub(crate) fn get<T: Clone + 'static>(&self, node: usize) -> Option<T> {
        self.slots()[node].as_ref()?.downcast_ref::<T>().cloned()
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, Vec<Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

mod input {
    use super::{After, Early, Edge, Handle, Outputs, Reached};

    pub trait Input: Send + Sync + 'static {
        type Value;
        #[expect(private_interfaces, reason = "only this crate's graph reads edges")]
        /// Returns the edge, or `None` for an optional input that is left out.
        fn edge(&self) -> Option<Edge>;
        fn value(&self, outputs: &Outputs) -> Option<Self::Value>;
    }

    #[expect(private_interfaces, reason = "only this crate's graph reads edges")]
    impl<T: Clone + 'static> Input for Handle<T> {
        type Value = T;
        fn edge(&self) -> Option<Edge> {
            Some(Edge { upstream: self.node, need: Reached::Done, value: true })
        }
        fn value(&self, outputs: &Outputs) -> Option<T> {
            outputs.get(self.node)
        }
    }

    #[expect(private_interfaces, reason = "only this crate's graph reads edges")]
    impl<T: Clone + 'static> Input for Early<T> {
        type Value = T;
        fn edge(&self) -> Option<Edge> {
            self.0.edge().map(|edge| Edge { need: Reached::Early, ..edge })
        }
        fn value(&self, outputs: &Outputs) -> Option<T> {
            self.0.value(outputs)
        }
    }

    #[expect(private_interfaces, reason = "only this crate's graph reads edges")]
    impl Input for After {
        type Value = ();
        fn edge(&self) -> Option<Edge> {
            Some(Edge { upstream: self.node, need: self.need, value: false })
        }
        fn value(&self, _outputs: &Outputs) -> Option<()> {
            Some(())
        }
    }

    /// An input that only some graphs have.
    #[expect(private_interfaces, reason = "only this crate's graph reads edges")]
    impl<I: Input> Input for Option<I> {
        type Value = Option<I::Value>;
        fn edge(&self) -> Option<Edge> {
            self.as_ref().and_then(Input::edge)
        }
        fn value(&self, outputs: &Outputs) -> Option<Self::Value> {
            match self {
                None => Some(None),
                Some(input) => input.value(outputs).map(Some),
            }
        }
    }
}
use input::Input;

/// A tuple of handles, whose outputs are passed to the node's closure.
pub trait Inputs: Send + Sync + 'static {
    type Values;
    #[doc(hidden)]
    #[expect(private_interfaces, reason = "implemented for tuples here and nowhere else")]
    fn edges(&self) -> Vec<Edge>;
    #[doc(hidden)]
    fn values(&self, outputs: &Outputs) -> Option<Self::Values>;
}

macro_rules! tuple_inputs {
    ($($name:ident)*) => {
        #[expect(private_interfaces, reason = "implemented for tuples here and nowhere else")]
        #[expect(non_snake_case, reason = "a variable is named like its type, so that one body serves every arity")]
        impl<$($name: Input),*> Inputs for ($($name,)*) {
            type Values = ($($name::Value,)*);
            fn edges(&self) -> Vec<Edge> {
                let ($($name,)*) = self;
                [$($name.edge()),*].into_iter().flatten().collect()
            }
            fn values(&self, outputs: &Outputs) -> Option<Self::Values> {
                let ($($name,)*) = self;
                Some(($($name.value(outputs)?,)*))
            }
        }
    };
}

#[expect(private_interfaces, reason = "implemented for tuples here and nowhere else")]
impl Inputs for () {
    type Values = ();
    fn edges(&self) -> Vec<Edge> {
        Vec::new()
    }
    fn values(&self, _outputs: &Outputs) -> Option<()> {
        Some(())
    }
}
tuple_inputs!(A);
tuple_inputs!(A B);
tuple_inputs!(A B C);
tuple_inputs!(A B C D);
tuple_inputs!(A B C D E);
tuple_inputs!(A B C D E F);
tuple_inputs!(A B C D E F G);
tuple_inputs!(A B C D E F G H);
