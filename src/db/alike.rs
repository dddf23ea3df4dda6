//! Servers that speak the protocol of PostgreSQL or MySQL and are something else.
//!
//! Apart, because nothing here has been shown to hold on them: what is locked, what a statement sees after it has waited,
//! what a transaction takes back. A row that was removed because a lock did not mean there what it means here is gone, so
//! they are refused by name, and not found out about.

use super::{Trouble, TroubleKind};

/// Words of `version()`, in small letters, and whose they are.
const OF_POSTGRES: [(&str, &str); 13] = [
    ("cockroachdb", "CockroachDB"),
    ("-yb-", "YugabyteDB"),
    ("greenplum", "Greenplum"),
    ("cloudberry", "Apache Cloudberry"),
    ("redshift", "Redshift"),
    ("materialize", "Materialize"),
    ("risingwave", "RisingWave"),
    ("cratedb", "CrateDB"),
    ("questdb", "QuestDB"),
    ("opengauss", "openGauss"),
    ("gaussdb", "GaussDB"),
    ("enterprisedb", "EDB Postgres Advanced Server"),
    ("vastbase", "Vastbase"),
];

/// Words of `VERSION()` or of `version_comment`, in small letters, and whose they are.
const OF_MYSQL: [(&str, &str); 15] = [
    ("tidb", "TiDB"),
    ("vitess", "Vitess"),
    ("planetscale", "PlanetScale"),
    ("oceanbase", "OceanBase"),
    ("singlestore", "SingleStore"),
    ("memsql", "SingleStore"),
    ("starrocks", "StarRocks"),
    ("doris", "Apache Doris"),
    ("xpand", "MariaDB Xpand"),
    ("clustrix", "MariaDB Xpand"),
    ("tddl", "PolarDB-X"),
    ("polardb-x", "PolarDB-X"),
    ("dolt", "Dolt"),
    ("matrixone", "MatrixOne"),
    ("clickhouse", "ClickHouse"),
];

/// Refuses a server that says of itself that it is not PostgreSQL.
///
/// # Errors
/// It is something else.
pub(super) fn of_postgres(version: &str) -> Result<(), Trouble> {
    match named(&OF_POSTGRES, version) {
        Some(product) => Err(another(product, "PostgreSQL")),
        None if version.starts_with("PostgreSQL ") => Ok(()),
        None => Err(another("a server of another make", "PostgreSQL")),
    }
}

/// Refuses a server that says of itself that it is neither MySQL nor MariaDB.
///
/// # Errors
/// It is something else.
pub(super) fn of_mysql(version: &str, comment: &str) -> Result<(), Trouble> {
    let product = named(&OF_MYSQL, version).or_else(|| named(&OF_MYSQL, comment));
    product.map_or(Ok(()), |product| Err(another(product, "MySQL and MariaDB")))
}

/// Refuses a server beside which others take writes of the same rows: it locks them for itself alone.
///
/// # Errors
/// It is one of them; `what` says of what kind.
pub(super) fn one_of_several_writers(what: &str) -> Trouble {
    refused(what).hinting(
        "its locks bind nobody who writes to another node, so that a row could go that has just been made to stay; \
         docs/operations.md has what is served",
    )
}

fn named(marks: &[(&str, &'static str)], text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let found = marks.iter().find(|(mark, _)| text.contains(mark));
    found.map(|(_, product)| *product)
}

fn another(product: &str, genuine: &str) -> Trouble {
    refused(product).hinting(format!(
        "it speaks the protocol of {genuine}, but what locks and waits mean there has not been shown; \
         docs/operations.md has what is served"
    ))
}

fn refused(what: &str) -> Trouble {
    Trouble::new(TroubleKind::Unsupported, format!("connecting to {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_postgresql_and_what_speaks_like_it() {
        for genuine in [
            "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit",
            "PostgreSQL 17.2 on aarch64-unknown-linux-musl, compiled by gcc (Alpine 14.2.0) 14.2.0, 64-bit",
            "PostgreSQL 18beta1 (Ubuntu 18~beta1-1.pgdg24.04+1) on x86_64-pc-linux-gnu",
        ] {
            assert!(of_postgres(genuine).is_ok(), "{genuine}");
        }
        for (version, product) in [
            (
                "CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu, built 2024/05/15 21:28:29, go1.22.2)",
                "CockroachDB",
            ),
            (
                "PostgreSQL 15.2-YB-2.25.1.0-b0 on x86_64-pc-linux-gnu",
                "YugabyteDB",
            ),
            (
                "PostgreSQL 12.12 (Greenplum Database 7.0.0 build commit:0a7a3566)",
                "Greenplum",
            ),
            (
                "PostgreSQL 9.5.0 on x86_64-unknown-linux-gnu (Materialize v0.60.2)",
                "Materialize",
            ),
            (
                "PostgreSQL 16.1 (EnterpriseDB Advanced Server 16.1.0) on x86_64-pc-linux-gnu",
                "EDB",
            ),
            ("Cuckoo 1.0", "another make"),
        ] {
            let trouble = of_postgres(version).unwrap_err();
            assert_eq!(trouble.kind, TroubleKind::Unsupported);
            assert!(trouble.doing.contains(product), "{version}: {trouble}");
        }
    }

    #[test]
    fn what_is_mysql_and_what_speaks_like_it() {
        for (version, comment) in [
            ("8.0.36", "MySQL Community Server - GPL"),
            ("8.0.35-27", "Percona Server (GPL), Release 27"),
            ("10.11.6-MariaDB-0+deb12u1", "Debian 12"),
            ("8.0.28", "Source distribution"),
        ] {
            assert!(of_mysql(version, comment).is_ok(), "{version} {comment}");
        }
        for (version, comment, product) in [
            (
                "8.0.11-TiDB-v7.5.0",
                "TiDB Server (Apache License 2.0) Community Edition",
                "TiDB",
            ),
            ("8.0.30-Vitess", "Version: 19.0.0", "Vitess"),
            (
                "5.7.32",
                "SingleStoreDB source distribution (compatible; MySQL Enterprise & MySQL Commercial)",
                "SingleStore",
            ),
            ("8.0.33", "Dolt", "Dolt"),
            ("5.7.25-OceanBase-v4.2.1", "OceanBase 4.2.1", "OceanBase"),
        ] {
            let trouble = of_mysql(version, comment).unwrap_err();
            assert!(trouble.doing.contains(product), "{trouble}");
        }
    }
}
