//! The queries over the dictionary of MySQL and MariaDB, each over all tables of the connected database at once.

/// name, type, engine, rows, when it was made, options.
pub const TABLES: &str = "
    SELECT table_name, table_type, engine, table_rows, CAST(create_time AS CHAR), create_options
      FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
       AND table_name NOT LIKE 'retentiond\\_%'
     ORDER BY table_name";

/// table, name, type, whole type, nullable, default, extra, length, collation, generation.
pub const COLUMNS: &str = "
    SELECT c.table_name, c.column_name, c.data_type, c.column_type, c.is_nullable, c.column_default, c.extra,
           c.character_maximum_length, c.collation_name, c.generation_expression
      FROM information_schema.columns c
     WHERE c.table_schema = DATABASE()
     ORDER BY c.table_name, c.ordinal_position";

/// table, name, column, parent's schema, parent, its column.
pub const REFERENCES: &str = "
    SELECT table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name,
           referenced_column_name
      FROM information_schema.key_column_usage
     WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
     ORDER BY table_name, constraint_name, ordinal_position";

/// table, name, on delete.
pub const DELETIONS: &str = "
    SELECT table_name, constraint_name, delete_rule FROM information_schema.referential_constraints
     WHERE constraint_schema = DATABASE()";

/// table, name, not unique, column (NULL: an expression), length of a prefix, kind of index.
pub const INDEXES: &str = "
    SELECT table_name, index_name, non_unique, column_name, sub_part, index_type
      FROM information_schema.statistics
     WHERE table_schema = DATABASE()
     ORDER BY table_name, index_name, seq_in_index";

/// table, name, event, timing, body.
pub const TRIGGERS: &str = "
    SELECT event_object_table, trigger_name, event_manipulation, action_timing, action_statement
      FROM information_schema.triggers
     WHERE event_object_schema = DATABASE()
     ORDER BY event_object_table, trigger_name";

/// table, text. MariaDB's own view names the table.
pub const CHECKS_MARIADB: &str = "
    SELECT table_name, check_clause FROM information_schema.check_constraints
     WHERE constraint_schema = DATABASE() ORDER BY table_name, constraint_name";

/// table, text. In MySQL the names of constraints are unique in a database.
pub const CHECKS_MYSQL: &str = "
    SELECT t.table_name, c.check_clause
      FROM information_schema.check_constraints c
      JOIN information_schema.table_constraints t
        ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
     WHERE c.constraint_schema = DATABASE() AND t.constraint_type = 'CHECK'
     ORDER BY t.table_name, c.constraint_name";
