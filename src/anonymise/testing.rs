//! Columns, tables and repeatable chance for tests.

use crate::catalog::{Column, ColumnKind, RelationKind, Storage, Table, TableName};

use super::source::{Failed, Random};

pub(super) fn column(name: &str, kind: ColumnKind, sql_type: &str) -> Column {
    Column {
        name: name.into(),
        sql_type: sql_type.into(),
        kind,
        nullable: true,
        generated: false,
        has_default: false,
        length_max: None,
        enum_values: vec![],
        collation: None,
        on_update_now: false,
    }
}

pub(super) fn varchar(name: &str, length: u32) -> Column {
    Column {
        length_max: Some(length),
        ..column(name, ColumnKind::Text, "character varying")
    }
}

pub(super) fn table(columns: Vec<Column>) -> Table {
    Table {
        name: TableName {
            schema: "hr".into(),
            table: "person".into(),
        },
        relation: RelationKind::Table,
        storage: Storage::Heap,
        columns,
        primary_key: vec!["id".into()],
        unique: vec![vec!["id".into()]],
        indexes: vec![],
        foreign_keys: vec![],
        triggers: vec![],
        checks: vec![],
        rewrite_rules: vec![],
        row_security: false,
        children: vec![],
        inherits: None,
        identity: String::new(),
        rows_estimate: None,
        pages: None,
    }
}

/// Bytes that a test can repeat (SplitMix64).
pub(super) struct Seeded(pub(super) u64);

impl Random for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Failed> {
        for byte in bytes {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = mixed.to_le_bytes()[7];
        }
        Ok(())
    }
}
