//! One file per AWS thing.
