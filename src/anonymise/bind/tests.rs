//! What may be overwritten, and how it is told otherwise.

use super::*;
use crate::anonymise::testing::{column, table, varchar};
use crate::catalog::{ColumnKind, ForeignKey, TableName};
use crate::schedule::{Generalisation, Literal};

fn person() -> Table {
    let required = |column: Column| Column {
        nullable: false,
        ..column
    };
    let mut table = table(vec![
        required(column("id", ColumnKind::Integer, "bigint")),
        varchar("name", 40),
        required(varchar("email", 60)),
        varchar("tenant", 10),
        column("born", ColumnKind::Date, "date"),
        column("token", ColumnKind::Uuid, "uuid"),
        column("anonymised", ColumnKind::Boolean, "boolean"),
        column("boss", ColumnKind::Integer, "bigint"),
        required(column("employer", ColumnKind::Integer, "bigint")),
        Column {
            generated: true,
            ..varchar("shown", 40)
        },
        Column {
            on_update_now: true,
            ..column("changed", ColumnKind::Instant, "timestamp")
        },
    ]);
    table.unique.push(vec!["tenant".into(), "email".into()]);
    let parent = TableName {
        schema: "hr".into(),
        table: "person".into(),
    };
    table.foreign_keys = ["boss", "employer"]
        .map(|name| ForeignKey {
            name: name.into(),
            columns: vec![name.into()],
            parent: parent.clone(),
            parent_columns: vec!["id".into()],
            on_delete: crate::catalog::Deletion::NoAction,
            deferred: false,
            enforced: true,
            text: None,
        })
        .to_vec();
    table
}

fn bound(columns: &[(&str, Replacement)]) -> Result<Rewrite, Vec<Fault>> {
    let columns = columns
        .iter()
        .enumerate()
        .map(|(at, (name, replacement))| {
            let name = Located::new((*name).to_owned(), at * 10..at * 10 + 4);
            (
                name,
                Located::new(replacement.clone(), at * 10 + 5..at * 10 + 9),
            )
        })
        .collect();
    bind(&Overwrite { columns }, &person(), Dialect::Postgres)
}

fn first(columns: &[(&str, Replacement)]) -> Option<String> {
    let fault = bound(columns).err()?.into_iter().next()?;
    assert!(fault.hint.is_some(), "every refusal has a hint");
    assert!(fault.at.is_some(), "every refusal has a place");
    Some(fault.sentence)
}

#[test]
fn what_may_not_be_overwritten_is_refused() {
    let fixed = || Replacement::Fixed(Literal::Text("ANON".into()));
    for (name, replacement, sentence) in [
        (
            "nam",
            Replacement::Null,
            "table hr.person has no column nam",
        ),
        (
            "id",
            Replacement::Random,
            "column id is part of the key that identifies the row",
        ),
        ("shown", fixed(), "column shown is computed by the database"),
        (
            "changed",
            Replacement::Null,
            "column changed is set to the present time by every update",
        ),
        (
            "boss",
            Replacement::Random,
            "column boss refers to hr.person",
        ),
        (
            "employer",
            Replacement::Null,
            "column employer refers to hr.person",
        ),
        ("email", Replacement::Null, "column email is NOT NULL"),
        (
            "email",
            fixed(),
            "the columns tenant, email are UNIQUE together, and two rows would get the same value",
        ),
        (
            "token",
            Replacement::Random,
            "a row that is already anonymised could not be told from one that is not",
        ),
        (
            "name",
            Replacement::Generalise(Generalisation::FirstCharacters(1)),
            "",
        ),
        ("name", fixed(), ""),
        ("boss", Replacement::Null, ""),
        ("email", Replacement::Random, ""),
    ] {
        let told = first(&[(name, replacement)]).unwrap_or_default();
        assert_eq!(told, sentence, "{name}");
    }
}

#[test]
fn all_faults_come_at_once_and_the_nearest_name_with_them() {
    let faults = bound(&[
        ("nmae", Replacement::Null),
        ("id", Replacement::Null),
        ("born", Replacement::Random),
    ])
    .err()
    .unwrap_or_default();
    assert_eq!(faults.len(), 3);
    assert_eq!(faults[0].hint.as_deref(), Some("did you mean name?"));
}

#[test]
fn a_marker_makes_what_cannot_be_recognised_recognisable() {
    let marker = ("anonymised", Replacement::Fixed(Literal::Boolean(true)));
    assert!(bound(&[("token", Replacement::Random), marker.clone()]).is_ok());
    let two = first(&[marker.clone(), marker]);
    assert_eq!(
        two.as_deref(),
        Some("column anonymised is overwritten twice")
    );
    assert!(bound(&[]).is_err());
}

#[test]
fn a_declared_key_is_kept_as_well() {
    let name = Located::new("name".to_owned(), 0..4);
    let columns = vec![(name, Located::new(Replacement::Null, 5..9))];
    let overwrite = Overwrite { columns };
    let key = ["name".to_owned()];
    assert!(bind_with_key(&overwrite, &person(), &key, Dialect::Postgres).is_err());
    assert!(bind(&overwrite, &person(), Dialect::Postgres).is_ok());
}
