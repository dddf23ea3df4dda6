//! Lists of keys, in the form that each database finds by an index.

use super::{Alias, Dialect, Sql, Value};

/// A list of keys for [`Expr::InKeys`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyList {
    pub alias: Alias,
    /// Column names and the types to which text is cast on the way in (`None`: native).
    pub columns: Vec<(String, Option<String>)>,
    pub keys: Vec<Vec<Value>>,
}

/// Longer lists stay as they are: there is a limit to how many values a statement can have.
const REPEATED_MAX: usize = 2_048;

impl Sql {
    /// The columns equal one of the keys.
    pub(super) fn in_keys(&mut self, list: &KeyList) -> &mut Self {
        if list.keys.is_empty() {
            return self.push("(1 = 0)");
        }
        match (self.dialect(), list.columns.len()) {
            (Dialect::Postgres, 1) => self.any_array(list),
            (Dialect::Postgres, _) => self.in_unnested(list),
            (_, 1) => self.in_placeholders(list),
            (Dialect::Sqlite, _) => self.in_values(list),
            _ => self.in_alternatives(list),
        }
    }

    fn any_array(&mut self, list: &KeyList) -> &mut Self {
        let (column, cast) = &list.columns[0];
        self.push("(").column(list.alias, column).push(" = ANY(");
        let keys = list.keys.iter().map(|key| key[0].clone()).collect();
        self.cast_list(keys, cast.as_deref()).push("))")
    }

    fn cast_list(&mut self, values: Vec<Value>, cast: Option<&str>) -> &mut Self {
        match cast {
            Some(sql_type) => {
                self.push("CAST(").bind_list(values);
                self.push(" AS ").catalogue_type(sql_type).push("[])")
            }
            None => self.bind_list(values),
        }
    }

    fn in_unnested(&mut self, list: &KeyList) -> &mut Self {
        self.push("(")
            .tuple(list)
            .push(" IN (SELECT * FROM unnest(");
        for (index, (_, cast)) in list.columns.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            let values = list.keys.iter().map(|key| key[index].clone()).collect();
            self.cast_list(values, cast.as_deref());
        }
        self.push(")))")
    }

    fn in_placeholders(&mut self, list: &KeyList) -> &mut Self {
        let (column, cast) = &list.columns[0];
        self.push("(").column(list.alias, column).push(" IN (");
        self.list(repeated(list, self.dialect()), ", ", |sql, key| {
            sql.cast_value(&key[0], cast.as_deref());
        });
        self.push("))")
    }

    fn in_values(&mut self, list: &KeyList) -> &mut Self {
        self.push("(").tuple(list).push(" IN (VALUES ");
        self.list(&list.keys, ", ", |sql, key| {
            sql.push("(");
            sql.list(key, ", ", |sql, value| {
                sql.bind(value.clone());
            });
            sql.push(")");
        });
        self.push("))")
    }

    /// MariaDB turns a long list of row values into a subquery that no index serves; alternatives it serves.
    fn in_alternatives(&mut self, list: &KeyList) -> &mut Self {
        self.push("(");
        self.list(repeated(list, self.dialect()), " OR ", |sql, key| {
            sql.push("(");
            sql.list(list.columns.iter().zip(key), " AND ", |sql, part| {
                let ((column, cast), value) = part;
                sql.column(list.alias, column).push(" = ");
                sql.cast_value(value, cast.as_deref());
            });
            sql.push(")");
        });
        self.push(")")
    }

    fn tuple(&mut self, list: &KeyList) -> &mut Self {
        self.push("(");
        self.list(&list.columns, ", ", |sql, (column, _)| {
            sql.column(list.alias, column);
        });
        self.push(")")
    }
}

/// The keys, and on MySQL the last one again until there are 2, 4, 8 …: so that few texts serve lists of every length,
/// and a prepared statement is used again. To close one costs 40 ms where the connection delays small packets.
fn repeated(list: &KeyList, dialect: Dialect) -> impl Iterator<Item = &Vec<Value>> {
    let count = list.keys.len();
    let padded = if dialect.is_mysql_family() && count <= REPEATED_MAX {
        count.next_power_of_two()
    } else {
        count
    };
    let last = list.keys.last().into_iter().cycle();
    list.keys.iter().chain(last.take(padded - count))
}
