//! Several hosts on one state store in PostgreSQL.

mod copies;
mod rig;
mod takeovers;
mod wires;
