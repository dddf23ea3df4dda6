//! What the integration tests share. `tests/run` starts the servers and says where they are.

// Each test uses the part it needs.
#![allow(dead_code, unused_imports)]

mod canary;
mod scratch;
mod servers;
mod session;
mod standby;
mod target;

pub use canary::{CANARY, Planted, assert_no_canary_below, assert_no_canary_in, tables};
pub use scratch::Scratch;
pub use servers::{Server, tls_ca};
pub use session::{Session, TextRow};
pub use standby::{Standby, postgres_program};
pub use target::Target;

/// Makes three tests of one body, `name::postgres`, `name::mariadb` and `name::sqlite`:
///
/// ```ignore
/// every_database!(async fn rows_come_back(server) { ... });
/// ```
macro_rules! every_database {
    ($(#[$attribute:meta])* async fn $name:ident($server:ident) $body:block) => {
        async fn $name($server: $crate::support::Server) $body

        mod $name {
            use $crate::support::Server;

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(Server::Postgres).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn mariadb() {
                super::$name(Server::Mariadb).await;
            }

            $(#[$attribute])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(Server::Sqlite).await;
            }
        }
    };
}
pub(crate) use every_database;
