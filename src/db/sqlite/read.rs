//! The queries over SQLite's catalogue, each over all tables at once.

/// Shadow tables belong to a virtual table and are written by it alone.
/// name, type, without rowid, root page, statement.
pub const TABLES: &str = "
    SELECT l.name, l.type, l.wr, s.rootpage, s.sql
      FROM pragma_table_list l JOIN main.sqlite_schema s ON s.name = l.name AND s.type IN ('table', 'view')
     WHERE l.schema = 'main' AND l.type <> 'shadow'
       AND substr(l.name, 1, 7) <> 'sqlite_' AND substr(l.name, 1, 11) <> 'retentiond_'
     ORDER BY l.name";

/// table, name, type, required, default, place in the primary key, hidden, of a view.
pub const COLUMNS: &str = "
    SELECT s.name, c.name, c.type, c.\"notnull\", c.dflt_value IS NOT NULL, c.pk, c.hidden
      FROM main.sqlite_schema s JOIN pragma_table_xinfo(s.name, 'main') c
     WHERE s.type = 'table' ORDER BY s.name, c.cid";

/// The same of views: it fails as a whole when one of them no longer fits its tables.
pub const VIEW_COLUMNS: &str = "
    SELECT s.name, c.name, c.type, c.\"notnull\", c.dflt_value IS NOT NULL, c.pk, c.hidden
      FROM main.sqlite_schema s JOIN pragma_table_xinfo(s.name, 'main') c
     WHERE s.type = 'view' ORDER BY s.name, c.cid";

/// table, number, parent, column, parent's column (NULL: its primary key), on delete.
pub const REFERENCES: &str = "
    SELECT s.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_delete
      FROM main.sqlite_schema s JOIN pragma_foreign_key_list(s.name, 'main') f
     WHERE s.type = 'table' ORDER BY s.name, f.id, f.seq";

/// table, name, unique, origin, column (NULL: an expression or the rowid).
pub const INDEXES: &str = "
    SELECT s.name, l.name, l.\"unique\", l.origin, i.name
      FROM main.sqlite_schema s
      JOIN pragma_index_list(s.name, 'main') l ON l.partial = 0
      JOIN pragma_index_info(l.name, 'main') i
     WHERE s.type = 'table' ORDER BY s.name, l.seq, i.seqno";

/// table, name, statement.
pub const TRIGGERS: &str = "SELECT tbl_name, name, sql FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY tbl_name, name";
