//! The calls, by their subject.

// Each module may use those to its left:
//     approvals, order ← customers ← order_schema ← activations, audit, catalog, generators, licenses, me, products
pub(crate) mod activations;
pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod catalog;
pub(crate) mod customers;
pub(crate) mod generators;
pub(crate) mod licenses;
pub(crate) mod me;
mod order;
mod order_schema;
pub(crate) mod products;

pub(crate) use order_schema::CODE_PATTERN;
