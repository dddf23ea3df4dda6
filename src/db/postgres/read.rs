//! The queries over PostgreSQL's catalogue, each over all tables at once.
//!
//! They run with an empty search path, so that every name they print is qualified and quoted.

/// Excluded everywhere: the server's schemas, temporary ones, our own.
macro_rules! relations {
    () => {
        "relations AS MATERIALIZED (
            SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.reltuples, c.relpages, c.relam, n.nspname
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
               AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'retentiond'))"
    };
}

/// oid, schema, name, kind, access method, row security, estimate, pages.
pub const TABLES: &str = concat!(
    "WITH ",
    relations!(),
    "
    SELECT r.oid::bigint, r.nspname, r.relname, r.relkind::text, m.amname, r.relrowsecurity,
           CASE WHEN r.reltuples >= 0 THEN r.reltuples::bigint END,
           CASE WHEN r.relkind IN ('r', 'm') THEN r.relpages::bigint END
      FROM relations r LEFT JOIN pg_am m ON m.oid = r.relam
     ORDER BY r.nspname, r.relname"
);

/// A domain stands for the type at its bottom; a modifier may stand at any level, and the outermost counts.
/// table, number, name, type, own name of the base, name of the base, its typtype, its oid, modifier, nullable,
/// generated, has a default, collation.
pub const COLUMNS: &str = concat!(
    "WITH RECURSIVE ", relations!(), ",
    level AS (
        SELECT oid AS domain, typbasetype AS base, typtypmod AS modifier, typnotnull AS required,
               typdefault IS NOT NULL AS preset
          FROM pg_type WHERE typtype = 'd'
        UNION ALL
        SELECT l.domain, t.typbasetype, CASE WHEN l.modifier >= 0 THEN l.modifier ELSE t.typtypmod END,
               l.required OR t.typnotnull, l.preset OR t.typdefault IS NOT NULL
          FROM level l JOIN pg_type t ON t.oid = l.base AND t.typtype = 'd'),
    bottom AS (SELECT l.* FROM level l JOIN pg_type t ON t.oid = l.base AND t.typtype <> 'd')
    SELECT a.attrelid::bigint, a.attnum::int, a.attname, format_type(a.atttypid, a.atttypmod),
           CASE WHEN n.nspname = 'pg_catalog' THEN t.typname END, t.typname, t.typtype::text, t.oid::bigint,
           CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE coalesce(b.modifier, -1) END,
           NOT (a.attnotnull OR coalesce(b.required, false)),
           a.attgenerated <> '',
           a.attgenerated = '' AND (a.atthasdef OR a.attidentity <> '' OR coalesce(b.preset, false)),
           CASE WHEN c.collname <> 'default' THEN c.collname END
      FROM relations r
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN bottom b ON b.domain = a.atttypid
      JOIN pg_type t ON t.oid = coalesce(b.base, a.atttypid)
      JOIN pg_namespace n ON n.oid = t.typnamespace
      LEFT JOIN pg_collation c ON c.oid = a.attcollation
     ORDER BY a.attrelid, a.attnum"
);

/// type, label.
pub const ENUMS: &str =
    "SELECT enumtypid::bigint, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder";

/// A reference to a partitioned table has further rows, one for each partition that it may point into: they are
/// the server's own bookkeeping. `conenforced` is new in PostgreSQL 18.
/// table, type, name, columns, parent, its columns, on delete, deferred, enforced, text of a CHECK.
pub const CONSTRAINTS: &str = concat!(
    "WITH ", relations!(), "
    SELECT c.conrelid::bigint, c.contype::text, c.conname, array_to_string(c.conkey, ' '), c.confrelid::bigint,
           array_to_string(c.confkey, ' '), c.confdeltype::text, c.condeferred,
           CASE WHEN c.contype = 'f' THEN coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) END,
           CASE WHEN c.contype = 'c' THEN pg_get_constraintdef(c.oid) END
      FROM relations r JOIN pg_constraint c ON c.conrelid = r.oid
     WHERE c.contype IN ('f', 'c')
       AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid)
     ORDER BY c.conrelid, c.conname"
);

/// table, name, columns, how many of them are key, unique, primary.
pub const INDEXES: &str = concat!(
    "WITH ", relations!(), "
    SELECT i.indrelid::bigint, x.relname, i.indkey::text, i.indnkeyatts::int, i.indisunique, i.indisprimary
      FROM relations r
      JOIN pg_index i ON i.indrelid = r.oid
      JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
     WHERE i.indisvalid AND i.indisready AND i.indpred IS NULL AND i.indexprs IS NULL
     ORDER BY i.indrelid, x.relname"
);

/// Those that fire in a session like ours.
/// table, name, type, definition with the function's text.
pub const TRIGGERS: &str = concat!(
    "WITH ",
    relations!(),
    "
    SELECT t.tgrelid::bigint, t.tgname, t.tgtype::int,
           pg_get_triggerdef(t.oid) || E'\\n-- md5 ' || md5(p.prosrc) || E'\\n' || p.prosrc
      FROM relations r
      JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
      JOIN pg_proc p ON p.oid = t.tgfoid
     ORDER BY t.tgrelid, t.tgname"
);

/// table, name.
pub const RULES: &str = concat!(
    "WITH ",
    relations!(),
    "
    SELECT w.ev_class::bigint, w.rulename FROM relations r JOIN pg_rewrite w ON w.ev_class = r.oid
     WHERE w.rulename <> '_RETURN' AND w.ev_enabled <> 'D' AND w.ev_type IN ('2', '4') ORDER BY 1, 2"
);

/// child, its schema and name, parent, its schema and name. Either may be outside of what we list.
pub const INHERITANCE: &str = "
    SELECT i.inhrelid::bigint, cn.nspname, c.relname, i.inhparent::bigint, pn.nspname, p.relname
      FROM pg_inherits i
      JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f')
      JOIN pg_namespace cn ON cn.oid = c.relnamespace
      JOIN pg_class p ON p.oid = i.inhparent
      JOIN pg_namespace pn ON pn.oid = p.relnamespace
     ORDER BY cn.nspname, c.relname, i.inhseqno";

/// What Citus manages: tables that are distributed, reference tables, local ones that it knows, and the shards of all of
/// them, which it shows to nobody unless it is told to. To be asked only where Citus is there.
/// table.
pub const DISTRIBUTED: &str = "
    SELECT d.logicalrelid::oid::bigint FROM pg_dist_partition d
    UNION ALL
    SELECT c.oid::bigint
      FROM pg_dist_shard s
      JOIN pg_class t ON t.oid = s.logicalrelid::oid
      JOIN pg_class c ON c.relnamespace = t.relnamespace AND c.relname = t.relname || '_' || s.shardid";

/// The schema of unqualified names and the search path, before we empty it. Our own schema holds nothing that a schedule
/// could name, and comes first in the path of a role that has its name ("$user", public). And whether Citus is there.
pub const PATH: &str = "
    SELECT coalesce((SELECT name FROM unnest(current_schemas(false)) WITH ORDINALITY AS p(name, place)
                      WHERE name <> 'retentiond' ORDER BY place LIMIT 1), 'public'),
           current_setting('search_path'),
           EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus')
           OR pg_catalog.to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL";
