//! Tables of the diff, and the traps of the HTTP API, one test each.
