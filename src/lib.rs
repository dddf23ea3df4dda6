//! retentiond turns a legal retention schedule into provable deletion.
pub mod calendar;
pub mod catalog;
pub mod condition;
pub mod db;
pub mod diagnostic;
pub mod schedule;
pub mod sql;
