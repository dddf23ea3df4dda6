//! Text and values: what a statement is, and the one place where it is written.
//!
//! Apart, because every promise about a statement (whole predicate in it, identifiers from the catalogue, values as
//! binds) is a promise about this folder. No I/O, no database driver, no schedule.

mod address;
mod build;
mod dialect;
mod expr;
mod grant;
mod guard;
mod keys;
mod render;
mod shown;
mod statement;
mod tree;
mod value;
mod written;

pub use build::{Bind, Sql};
pub use dialect::Dialect;
pub use expr::{
    Alias, Arithmetic, Expr, Function, Is, Network, NetworkPart, Op, ShapePart, Subquery,
};
pub use grant::{
    Grantee, Permits, Privilege, bypass, grant, grant_connect, grant_schema, grant_sight,
};
pub use guard::{Guard, Span, guard};
pub use keys::KeyList;
pub use statement::{
    Item, Lock, Order, Target, delete, delete_joined, delete_untold, select, update, update_telling,
};
pub use tree::{Begins, Link, Tree};
pub use value::Value;
pub use written::Writing;
