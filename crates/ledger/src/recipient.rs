//! Who may receive a license.
