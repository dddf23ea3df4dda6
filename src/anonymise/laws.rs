//! Laws of anonymising: what must hold for every old value and every chance.

use proptest::prelude::*;

use super::evaluator::answer;
use super::testing::{Seeded, column, table, varchar};
use super::{Alias, Column, Dialect, Replacement, Rewrite, Value, bind};
use crate::catalog::ColumnKind;
use crate::diagnostic::Located;
use crate::schedule::{Generalisation, Literal, Overwrite};

/// The column and a marker, so that every strategy can be bound.
fn rewrite(
    column: &Column,
    how: Replacement,
    dialect: Dialect,
) -> Result<Rewrite, Vec<crate::diagnostic::Fault>> {
    let marker = super::testing::column("anonymised", ColumnKind::Boolean, "boolean");
    let table = table(vec![column.clone(), marker]);
    let columns = [
        (column.name.clone(), how),
        (
            "anonymised".into(),
            Replacement::Fixed(Literal::Boolean(true)),
        ),
    ]
    .into_iter()
    .map(|(name, how)| (Located::new(name, 0..1), Located::new(how, 0..1)))
    .collect();
    bind(&Overwrite { columns }, &table, dialect)
}

fn is_finished(rewrite: &Rewrite, row: &[(Column, Value)]) -> Value {
    let row: Vec<(String, Value)> = row
        .iter()
        .map(|(column, value)| (column.name.clone(), value.clone()))
        .collect();
    answer(&rewrite.finished(Alias::ROW), &row)
}

/// The new value of the first column, after the laws that hold for all.
fn lawful(column: &Column, how: Replacement, old: &Value, seed: u64, dialect: Dialect) -> Value {
    let rewrite = rewrite(column, how, dialect).expect("it can be bound");
    let read: Vec<Value> = rewrite.reads().iter().map(|_| old.clone()).collect();
    let new = rewrite
        .fresh(&read, &mut Seeded(seed))
        .expect("a new value");
    assert_eq!(
        is_finished(&rewrite, &new),
        Value::Bool(true),
        "{old:?} {new:?}"
    );
    let row: Vec<_> = new
        .iter()
        .map(|(column, value)| (column.name.clone(), value.clone()))
        .collect();
    assert_eq!(
        answer(&rewrite.holds(&new, Alias::ROW), &row),
        Value::Bool(true)
    );
    let mut untouched = new.clone();
    for (_, value) in &mut untouched {
        *value = Value::Null;
    }
    assert!(
        matches!(is_finished(&rewrite, &untouched), Value::Bool(_)),
        "never NULL"
    );
    new[0].1.clone()
}

fn generalise(column: &Column, how: Generalisation, old: &str, dialect: Dialect) -> Value {
    let how = Replacement::Generalise(how);
    let new = lawful(column, how.clone(), &Value::Text(old.into()), 0, dialect);
    assert_eq!(
        lawful(column, how, &new, 0, dialect),
        new,
        "a second time changes nothing: {old}"
    );
    new
}

/// True where the old row counts as finished although generalising would change it.
fn is_missed(column: &Column, how: Generalisation, old: &str, dialect: Dialect) -> bool {
    let rewrite = rewrite(column, Replacement::Generalise(how), dialect).expect("it can be bound");
    let marker = rewrite.columns()[1].column.clone();
    let truth = match dialect {
        Dialect::Postgres => Value::Bool(true),
        Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => Value::Int(1),
    };
    let row = [(column.clone(), Value::Text(old.into())), (marker, truth)];
    let new = rewrite.fresh(&[Value::Text(old.into())], &mut Seeded(0));
    let changes = !matches!(new, Ok(new) if new[0].1 == Value::Text(old.into()));
    changes && is_finished(&rewrite, &row) == Value::Bool(true)
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![
        Just(Dialect::Postgres),
        Just(Dialect::Mysql),
        Just(Dialect::Mariadb),
        Just(Dialect::Sqlite)
    ]
}

proptest! {
    #[test]
    fn random_texts_fit_and_owe_nothing_to_the_old_value(
        length in 1_u32..80, mail: bool, old in "[ -~]{12,40}", seed: u64, dialect in dialect(),
    ) {
        let column = varchar(if mail { "email" } else { "name" }, length);
        let new = lawful(&column, Replacement::Random, &Value::Text(old.clone()), seed, dialect);
        let text = new.as_text().expect("a text").to_owned();
        prop_assert!(text.chars().count() <= length as usize);
        prop_assert!(!text.contains(&old));
        let other = lawful(&column, Replacement::Random, &Value::Text("another".into()), seed, dialect);
        prop_assert_eq!(new, other, "the same chance gives the same value, whatever was there");
    }

    #[test]
    fn random_numbers_fit_their_type(bits in prop::sample::select(vec![8, 16, 24, 32, 64]), unsigned: bool, seed: u64) {
        let name = match bits { 8 => "tinyint", 16 => "smallint", 24 => "mediumint", 32 => "int", _ => "bigint" };
        let sql_type = if unsigned { format!("{name} unsigned") } else { name.to_owned() };
        let column = column("n", ColumnKind::Integer, &sql_type);
        let new = lawful(&column, Replacement::Random, &Value::Int(7), seed, Dialect::Mysql);
        let most = (1_i128 << (if unsigned { bits } else { bits - 1 })) - 1;
        prop_assert!((1..=most).contains(&i128::from(new.as_int().expect("an integer"))));
    }

    #[test]
    fn random_decimals_fit_their_digits(whole in 0_usize..20, fraction in 0_usize..10, seed: u64) {
        prop_assume!(whole + fraction > 0);
        let column = column("n", ColumnKind::Decimal, &format!("numeric({},{fraction})", whole + fraction));
        let new = lawful(&column, Replacement::Random, &Value::Text("1".into()), seed, Dialect::Postgres);
        let text = new.as_text().expect("digits").to_owned();
        let (before, after) = text.split_once('.').unwrap_or((&text, ""));
        prop_assert!(before.trim_start_matches('0').len() <= whole, "{}", text);
        prop_assert!(after.len() <= fraction, "{}", text);
    }

    #[test]
    fn random_members_are_members(seed: u64) {
        let values: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let column = Column { enum_values: values.clone(), ..column("e", ColumnKind::Enum, "e") };
        let new = lawful(&column, Replacement::Random, &Value::Text("a".into()), seed, Dialect::Postgres);
        prop_assert!(values.contains(&new.as_text().expect("a text").to_owned()));
    }

    #[test]
    fn random_uuids_are_of_version_four(seed: u64) {
        let column = column("u", ColumnKind::Uuid, "uuid");
        let new = lawful(&column, Replacement::Random, &Value::Text("x".into()), seed, Dialect::Postgres);
        let uuid = uuid::Uuid::parse_str(new.as_text().expect("a text")).expect("a UUID");
        prop_assert_eq!(uuid.get_version_num(), 4);
    }

    #[test]
    fn first_characters_are_a_beginning(old in "\\PC{0,20}", count in 1_u32..20, dialect in dialect()) {
        let column = varchar("t", 20);
        let new = generalise(&column, Generalisation::FirstCharacters(count), &old, dialect);
        let text = new.as_text().expect("a text").to_owned();
        prop_assert!(old.starts_with(&text));
        prop_assert_eq!(text.chars().count(), old.chars().count().min(count as usize));
        prop_assert!(!is_missed(&column, Generalisation::FirstCharacters(count), &old, dialect));
    }

    #[test]
    fn text_dates_become_first_days(
        day in 0_i32..3_600_000, time in "([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?(Z|[+-]0[0-9]:[0-5]0|[+-]0[0-9])?)?",
        year: bool, dialect in dialect(),
    ) {
        let date = chrono::NaiveDate::from_num_days_from_ce_opt(day + 366).expect("a date");
        let old = format!("{}{time}", date.format("%Y-%m-%d"));
        let how = if year { Generalisation::Year } else { Generalisation::Month };
        let column = column("t", ColumnKind::Text, "text");
        let new = generalise(&column, how, &old, dialect);
        let text = new.as_text().expect("a date has a coarser form").to_owned();
        let first = if year { date.format("%Y-01-01") } else { date.format("%Y-%m-01") }.to_string();
        prop_assert!(text.starts_with(&first));
        prop_assert!(text.len() <= old.len(), "{} {}", old, text);
        prop_assert!(text[10..].chars().all(|one| !matches!(one, '1'..='9' | '-')));
        prop_assert!(!is_missed(&column, how, &old, dialect), "{}", old);
    }

    #[test]
    fn typed_dates_become_first_days(day in 0_i32..3_600_000, seconds in 0_u32..86_400, kind in 0..3, mysql: bool, year: bool) {
        let date = chrono::NaiveDate::from_num_days_from_ce_opt(day + 366).expect("a date");
        let time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).expect("a time");
        let (kind, sql_type, rest) = match (kind, mysql) {
            (0, _) => (ColumnKind::Date, "date", String::new()),
            (1, _) => (ColumnKind::Timestamp, "timestamp", format!(" {time}")),
            (_, true) => (ColumnKind::Timestamp, "datetime(6)", format!(" {time}.000000")),
            (_, false) => (ColumnKind::Instant, "timestamp with time zone", format!(" {time}.25+00")),
        };
        let dialect = if mysql { Dialect::Mysql } else { Dialect::Postgres };
        let old = format!("{}{rest}", date.format("%Y-%m-%d"));
        let how = if year { Generalisation::Year } else { Generalisation::Month };
        let new = generalise(&column("d", kind, sql_type), how, &old, dialect);
        let first = if year { date.format("%Y-01-01") } else { date.format("%Y-%m-01") }.to_string();
        prop_assert!(new.as_text().expect("a date").starts_with(&first));
        let missed = is_missed(&column("d", kind, sql_type), how, &old, dialect);
        // MySQL writes the places of a second that we leave out.
        prop_assert!(!missed || old.ends_with(" 00:00:00.000000"), "{}", old);
    }

    #[test]
    fn addresses_become_networks(v4: u32, v6: u128, zeros: u128, octets in 0_u8..4, groups in 0_u8..5, dialect in dialect()) {
        let how = Generalisation::IpNetwork { v4_bits: octets * 8, v6_bits: groups * 16 };
        let mapped = (0xffff << 32) | u128::from(v4);
        for old in [
            std::net::Ipv4Addr::from_bits(v4).to_string(),
            std::net::Ipv6Addr::from_bits(v6).to_string(),
            std::net::Ipv6Addr::from_bits(v6 & zeros & (zeros << 16)).to_string(),
            std::net::Ipv6Addr::from_bits(mapped).to_string(),
        ] {
            generalise(&varchar("ip", 45), how, &old, dialect);
            prop_assert!(!is_missed(&varchar("ip", 45), how, &old, dialect), "{}", old);
        }
    }

    #[test]
    fn postgres_networks_are_networks(v4: u32, v6: u128, bits4 in 0_u8..32, bits6 in 0_u8..128, mask4 in 0_u8..=32, mask6 in 0_u8..=128) {
        let how = Generalisation::IpNetwork { v4_bits: bits4, v6_bits: bits6 };
        let (a, b) = (std::net::Ipv4Addr::from_bits(v4), std::net::Ipv6Addr::from_bits(v6));
        for (sql_type, old) in [
            ("inet", format!("{a}/32")), ("inet", format!("{b}/128")),
            ("cidr", format!("{a}/{mask4}")), ("cidr", format!("{b}/{mask6}")),
            ("cidr", format!("::ffff:{a}/{}", 96 + mask4)),
        ] {
            generalise(&column("ip", ColumnKind::Inet, sql_type), how, &old, Dialect::Postgres);
        }
    }

    #[test]
    fn what_is_no_date_and_no_address_is_not_taken_for_finished(old in "[0-9a-f:.T -]{0,24}", dialect in dialect()) {
        let column = varchar("t", 45);
        let network = Generalisation::IpNetwork { v4_bits: 24, v6_bits: 48 };
        for how in [Generalisation::Year, Generalisation::Month, network] {
            prop_assert!(!is_missed(&column, how, &old, dialect), "{}", old);
        }
    }
}

#[test]
fn null_stays_null_where_chance_or_the_old_value_decide() {
    for how in [
        Replacement::Random,
        Replacement::Generalise(Generalisation::FirstCharacters(2)),
        Replacement::Null,
    ] {
        let new = lawful(&varchar("t", 20), how, &Value::Null, 1, Dialect::Postgres);
        assert_eq!(new, Value::Null);
    }
    let fixed = Replacement::Fixed(Literal::Text("x".into()));
    let new = lawful(&varchar("t", 20), fixed, &Value::Null, 1, Dialect::Postgres);
    assert_eq!(new, Value::Text("x".into()));
}

#[test]
fn what_has_no_coarser_form_becomes_null_or_is_refused() {
    let how = || Replacement::Generalise(Generalisation::Year);
    let old = Value::Text("Jane".into());
    let nullable = varchar("t", 20);
    assert_eq!(
        lawful(&nullable, how(), &old, 1, Dialect::Postgres),
        Value::Null
    );
    let required = Column {
        nullable: false,
        ..nullable
    };
    let rewrite = rewrite(&required, how(), Dialect::Postgres).expect("it can be bound");
    let refused = rewrite
        .fresh(std::slice::from_ref(&old), &mut Seeded(1))
        .expect_err("no form");
    assert!(!refused.to_string().contains("Jane"));
    assert!(
        rewrite.fresh(&[], &mut Seeded(1)).is_err(),
        "a value that was not read"
    );
}

#[test]
fn one_update_serves_a_batch_only_where_nothing_differs() {
    let null = rewrite(&varchar("t", 20), Replacement::Null, Dialect::Postgres).expect("bound");
    assert_eq!(null.uniform().map(|values| values.len()), Some(2));
    assert!(null.reads().is_empty());
    let random = rewrite(&varchar("t", 20), Replacement::Random, Dialect::Postgres).expect("bound");
    assert_eq!(random.uniform(), None);
    assert_eq!(random.reads().len(), 1);
}
