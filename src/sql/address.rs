//! IP addresses in conditions: PostgreSQL's own functions, and shapes of text where there are none.

use super::expr::{Expr, Network, NetworkPart, ShapePart};
use super::{Sql, Value};

impl Sql {
    /// PostgreSQL: an address equals the first one of its network, or its mask is short enough.
    pub(super) fn network(&mut self, inner: &Expr, network: Network) -> &mut Self {
        match network.part {
            NetworkPart::Address => {
                self.push("(host(network(set_masklen(").expr(inner);
                self.push(", ").bits(inner, network);
                self.push("))) = host(").expr(inner).push("))")
            }
            NetworkPart::Mask => {
                self.push("(masklen(").expr(inner).push(") <= ");
                self.bits(inner, network).push(")")
            }
        }
    }

    fn bits(&mut self, inner: &Expr, network: Network) -> &mut Self {
        self.push("CASE WHEN family(")
            .expr(inner)
            .push(") = 4 THEN ");
        self.number(u64::from(network.v4_bits));
        self.push(" WHEN CAST(").expr(inner);
        self.push(" AS inet) <<= CAST('::ffff:0:0/96' AS inet) THEN ");
        self.number(96 + u64::from(network.v4_bits));
        self.push(" ELSE ").number(u64::from(network.v6_bits));
        self.push(" END")
    }

    /// SQLite: what a glob cannot say of numbers of any length. Nothing but digits and separators, as many separators
    /// as the shape has, no number that is too long.
    pub(super) fn address_guard(&mut self, inner: &Expr, shape: &[ShapePart]) {
        if shape.contains(&ShapePart::Octet) {
            self.guard(inner, shape, '.', "*[^0-9.]*", &"[0-9]".repeat(4));
        } else if shape.contains(&ShapePart::Hextet) {
            self.guard(inner, shape, ':', "*[^0-9a-f:]*", &"[0-9a-f]".repeat(5));
        }
    }

    fn guard(
        &mut self,
        inner: &Expr,
        shape: &[ShapePart],
        separator: char,
        foreign: &str,
        too_long: &str,
    ) {
        let separators = shape
            .iter()
            .filter(|part| **part == ShapePart::Literal(separator))
            .count();
        self.push(" AND ").expr(inner).push(" NOT GLOB ");
        self.bind(Value::Text(foreign.to_owned()));
        self.push(" AND ").expr(inner).push(" NOT GLOB ");
        self.bind(Value::Text(format!("*{too_long}*")));
        self.push(" AND LENGTH(").expr(inner);
        self.push(") - LENGTH(REPLACE(").expr(inner).push(", ");
        self.bind(Value::Text(separator.to_string()));
        self.push(", '')) = ").number(separators as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Alias, Dialect};

    fn written(dialect: Dialect, expr: &Expr) -> String {
        let mut sql = Sql::new(dialect);
        sql.expr(expr);
        sql.text().to_owned()
    }

    #[test]
    fn postgres_is_asked_for_the_network_of_an_address() {
        let network = Network {
            v4_bits: 24,
            v6_bits: 48,
            part: NetworkPart::Address,
        };
        let expr = Expr::Network(Box::new(Expr::column(Alias::ROW, "ip")), network);
        assert_eq!(
            written(Dialect::Postgres, &expr),
            "(host(network(set_masklen(t0.\"ip\", CASE WHEN family(t0.\"ip\") = 4 THEN 24 WHEN CAST(t0.\"ip\" AS \
             inet) <<= CAST('::ffff:0:0/96' AS inet) THEN 120 ELSE 48 END))) = host(t0.\"ip\"))"
        );
    }

    #[test]
    fn sqlite_guards_what_a_glob_cannot_say() {
        let shape = vec![
            ShapePart::Octet,
            ShapePart::Literal('.'),
            ShapePart::Literal('0'),
        ];
        let expr = Expr::Shaped(Box::new(Expr::column(Alias::ROW, "ip")), shape);
        assert_eq!(
            written(Dialect::Sqlite, &expr),
            "(typeof(t0.\"ip\") = 'text' AND (t0.\"ip\" GLOB ? AND t0.\"ip\" NOT GLOB ? AND t0.\"ip\" NOT GLOB ? \
             AND LENGTH(t0.\"ip\") - LENGTH(REPLACE(t0.\"ip\", ?, '')) = 1))"
        );
    }

    #[test]
    fn a_text_is_compared_by_its_characters() {
        let expr = Expr::Exact(Box::new(Expr::column(Alias::ROW, "a")));
        for (dialect, text) in [
            (Dialect::Postgres, "(CAST(t0.\"a\" AS text) COLLATE \"C\")"),
            (
                Dialect::Mysql,
                "CAST(CONVERT(t0.`a` USING utf8mb4) AS BINARY)",
            ),
            (Dialect::Sqlite, "(CAST(t0.\"a\" AS text) COLLATE BINARY)"),
        ] {
            assert_eq!(written(dialect, &expr), text);
        }
    }
}
