//! What goes out to products: signed files that are made of what is on record. None leaves before its commit.

// Each module may use those to its left:
//     contents ← list; allowed, license_file ← validation_file
mod allowed;
mod contents;
mod license_file;
mod list;
mod validation_file;

pub use license_file::FileTexts;
