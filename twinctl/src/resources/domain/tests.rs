//! The traps, one test each, with AWS as a script.
