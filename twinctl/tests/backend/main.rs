//! The backend's resources against an emulated AWS: made, looked at again, changed by hand, repaired, removed, and
//! crashed at every call.

#![expect(clippy::unwrap_used, reason = "tests, also where they make something by hand")]

mod ci;
mod function;
mod live;
mod log_group;
mod place;
mod role;
mod secret;
mod zip;
