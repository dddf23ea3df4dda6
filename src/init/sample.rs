//! The least and greatest value of a column of dates, and how it writes them.

use crate::catalog::{Column, ColumnKind, Table};
use crate::db::{Session, Trouble};
use crate::resolve::Pattern;
use crate::sql::{Alias, Dialect, Expr, Is, Item, Lock, Value, select};

use super::{Candidate, names};

/// The patterns that are recognised, the commonest first.
const PATTERNS: [&str; 10] = [
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%d-%m-%Y",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
];

/// Numbers between these are seconds, or milliseconds, since 1970: from 1980 to 2100.
const SECONDS: std::ops::RangeInclusive<i64> = 315_532_800..=4_102_444_800;

/// The least and the greatest value, as text; `None`: there is none.
pub(super) async fn between(
    session: &mut Session,
    table: &Table,
    column: &Column,
) -> Result<Option<(String, String)>, Trouble> {
    let expr = Expr::column(Alias::ROW, &column.name);
    let items = [Item::Least(expr.clone()), Item::Greatest(expr.clone())];
    let sql = select(
        session.dialect(),
        &table.name,
        &items,
        &expr.is(Is::NotNull),
        None,
        None,
        Lock::None,
    );
    let rows = match session.rows(&sql).await {
        Ok(rows) => rows,
        // A table that the role may not read is written about all the same.
        Err(trouble) if !trouble.is_lost() => return Ok(None),
        Err(trouble) => return Err(trouble),
    };
    let text = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Int(number)) => Some(number.to_string()),
        Some(Value::Unsigned(number)) => Some(number.to_string()),
        Some(Value::Bytes(bytes)) => String::from_utf8(bytes.clone()).ok(),
        _ => None,
    };
    let row = rows.into_iter().next().unwrap_or_default();
    Ok(text(row.first()).zip(text(row.get(1))))
}

/// What can be said of a column of dates; `None`: it holds something else.
pub(super) fn candidate(
    column: &Column,
    between: Option<(String, String)>,
    dialect: Dialect,
) -> Option<Candidate> {
    let typed = matches!(
        column.kind,
        ColumnKind::Date | ColumnKind::Timestamp | ColumnKind::Instant
    );
    let format = if typed && dialect != Dialect::Sqlite {
        None
    } else {
        match &between {
            Some((least, greatest)) => Some(written(least, greatest)?),
            None if dialect == Dialect::Sqlite => Some("%Y-%m-%d %H:%M:%S".to_owned()),
            None => return None,
        }
    };
    let shown = between.filter(|_| names::is_personal(column).is_none());
    let day = |text: &str| text.get(..10).map(str::to_owned);
    let by_day = format
        .as_ref()
        .is_none_or(|format| format.starts_with("%Y-"));
    let between = shown
        .filter(|_| by_day)
        .and_then(|(least, greatest)| day(&least).zip(day(&greatest)));
    Some(Candidate {
        column: column.name.clone(),
        format,
        between,
    })
}

/// The format in which both ends are dates.
fn written(least: &str, greatest: &str) -> Option<String> {
    // Nothing has happened yet where a count is zero, or a text is empty: the greatest value has to say it alone.
    let least = if matches!(least, "0" | "") {
        greatest
    } else {
        least
    };
    let numbers = (least.parse::<i64>(), greatest.parse::<i64>());
    if let (Ok(least), Ok(greatest)) = numbers {
        for (name, per_second) in [("epoch-seconds", 1), ("epoch-milliseconds", 1_000)] {
            let plausible = |number: i64| SECONDS.contains(&(number / per_second));
            if plausible(least) && plausible(greatest) {
                return Some(name.to_owned());
            }
        }
    }
    let fits = |pattern: &&&str| {
        Pattern::parse(pattern)
            .is_ok_and(|pattern| pattern.read(least).is_some() && pattern.read(greatest).is_some())
    };
    PATTERNS
        .iter()
        .find(fits)
        .map(|&pattern| pattern.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised() {
        for (least, greatest, format) in [
            ("2001-01-01", "2026-02-28", Some("%Y-%m-%d")),
            (
                "2001-01-01 00:00:00",
                "2026-02-28 23:59:59",
                Some("%Y-%m-%d %H:%M:%S"),
            ),
            (
                "2001-01-01 00:00:00",
                "2026-02-28 23:59:59.5",
                Some("%Y-%m-%d %H:%M:%S%.f"),
            ),
            ("01-02-2001", "31-12-2026", Some("%d-%m-%Y")),
            ("1000000000", "1700000000", Some("epoch-seconds")),
            ("1000000000000", "1700000000000", Some("epoch-milliseconds")),
            ("20010101", "20261231", Some("%Y%m%d")),
            ("20010101000000", "20261231235959", Some("%Y%m%d%H%M%S")),
            ("0", "1700000000", Some("epoch-seconds")),
            ("", "2026-01-01", Some("%Y-%m-%d")),
            ("0", "0", None),
            ("", "", None),
            ("later", "sooner", None),
            ("1", "300", None),
        ] {
            assert_eq!(written(least, greatest).as_deref(), format, "{least}");
        }
    }
}
