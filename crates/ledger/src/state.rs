//! The states of a license, and the actions that each allows.
