//! Which files are found where, and what happens while they change or cannot be read.
