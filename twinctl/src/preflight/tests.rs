//! What the preflight says, against scripted DNS and a scripted AWS.
