//! Tables of the diff, and the traps of the distribution, one test each.
