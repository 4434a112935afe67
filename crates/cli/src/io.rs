//! Files, standard streams, the terminal and the clock.

// Each module may use those to its left:
//     clock, failure, part_file, record, streams ← source ← destination, passphrase
pub mod clock;
pub mod destination;
pub mod failure;
pub mod part_file;
pub mod passphrase;
pub mod record;
pub mod source;
pub mod streams;
