//! Two writers lose nothing, in either form.
