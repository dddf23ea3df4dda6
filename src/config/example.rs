//! How a key is written, by example: the remedy where a value is of the wrong kind.

/// A line that would be right.
pub(super) fn of(key: &str) -> Option<&'static str> {
    EXAMPLES
        .iter()
        .find(|(name, _)| *name == key)
        .map(|(_, example)| *example)
}

const EXAMPLES: [(&str, &str); 41] = [
    (
        "anonymise",
        "a table: [rules.anonymise] with set, null, random or generalise below it",
    ),
    ("at-end", "at-end = { null = [\"motivation\"] }"),
    (
        "at-least",
        "at-least = true; in keep = { column = … } a period, at-least = \"30 days\"",
    ),
    ("batch-duration", "batch-duration = \"20 ms\""),
    ("cases", "[[rules.purposes.cases]] for each case"),
    (
        "children",
        "a table: [rules.children] with note = \"with-parent\" below it",
    ),
    ("columns", "columns = [\"subject_id\"]"),
    ("databases", "a table for each database: [databases.hr]"),
    ("classes", "a table for each class: [classes.fiscal]"),
    ("defaults", "a table: [defaults]"),
    (
        "earliest-of",
        "earliest-of = [{ column = \"closed_at\" }, { column = \"expires_at\" }]",
    ),
    ("erasure", "erasure = { with = [\"invoices\"] }"),
    ("generalise", "generalise = { registered_on = \"month\" }"),
    (
        "holds",
        "holds = [{ when = \"on_hold\", because = \"litigation\" }]",
    ),
    (
        "if-a-child-stays",
        "if-a-child-stays = { set = { name = \"ANON\" } }",
    ),
    ("keep", "keep = \"7 years\""),
    (
        "keep-newest",
        "keep-newest = { per = [\"user_id\"], count = 1, by = \"logged_in_at\" }",
    ),
    ("key", "key = [\"payment_id\"]"),
    ("keys", "[[databases.NAME.keys]] for each table"),
    (
        "latest-of",
        "latest-of = [{ column = \"closed_at\" }, { column = \"expires_at\" }]",
    ),
    (
        "limits",
        "limits = { rows-per-run = 500 }, or the table [limits] for all rules",
    ),
    ("null", "null = [\"phone\"]"),
    ("parent-columns", "parent-columns = [\"id\"]"),
    ("password", "password = { file = \"hr-password\" }"),
    ("per", "per = [\"user_id\"]"),
    ("port", "port = 5432"),
    (
        "purposes",
        "[[rules.purposes]] for each purpose, below its [[rules]]",
    ),
    ("random", "random = [\"email\"]"),
    (
        "relations",
        "[[databases.NAME.relations]] for each relation",
    ),
    ("review-every", "review-every = \"6 months\""),
    ("reviewed", "reviewed = 2026-11-01"),
    ("rows-per-batch", "rows-per-batch = 10_000"),
    ("rows-per-run", "rows-per-run = 100_000"),
    ("rules", "[[rules]] for each rule"),
    ("set", "set = { name = \"ANON\" }"),
    ("share-per-run", "share-per-run = \"10 %\""),
    ("start", "start = { column = \"closed_at\" }"),
    ("state", "a table: [state]"),
    (
        "unless",
        "unless = [{ when = \"status = 'hired'\", because = \"moves to the personnel file\" }]",
    ),
    ("with", "with = [\"invoices\"]"),
    ("workers", "workers = 2"),
];
