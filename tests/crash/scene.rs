//! A database in which every disposition has something to do, and rows that are held.

use crate::support::{Scratch, Server};

/// The tables, parents first, and their columns but for the key.
pub const TABLES: [(&str, &str); 10] = [
    ("trace", "made_on"),
    ("visit", "left_on, held"),
    ("note", "visit_id"),
    ("sticker", "visit_id"),
    ("person", "name, phone, left_on, held"),
    ("member", "name, phone, left_on, held"),
    ("employee", "name, left_on, held"),
    ("title", "employee_id"),
    ("salary", "employee_id, paid_on"),
    ("counter", "n"),
];

/// The rows of one key, from 1 on, of all tables: `{old}`, `{fresh}` are dates, `{0}` and `{1}` whether it is held.
const ROWS: [(&str, &[&str]); 10] = [
    ("trace", &["{old}", "{old}", "{old}", "{fresh}", "{old}"]),
    (
        "visit",
        &["{old}, 0", "{old}, 1", "{old}, 0", "{fresh}, 0", "{old}, 0"],
    ),
    ("note", &["1", "1", "2", "3", "4"]),
    ("sticker", &["1", "2", "3", "NULL", "5"]),
    (
        "person",
        &[
            "'Ann', '1', {old}, 0",
            "'Bob', '2', {old}, 1",
            "'Cy', '3', {old}, 0",
            "'Di', '4', {fresh}, 0",
            "'Ed', '5', {old}, 0",
        ],
    ),
    (
        "member",
        &[
            "'Ann', '1', {mid}, 0",
            "'Bob', '2', {mid}, 1",
            "'Cy', '3', {mid}, 0",
            "'Di', '4', {fresh}, 0",
        ],
    ),
    (
        "employee",
        &[
            "'Ann', {old}, 0",
            "'Bob', {old}, 0",
            "'Cy', {fresh}, 0",
            "'Di', {old}, 1",
        ],
    ),
    ("title", &["1", "2", "3", "4"]),
    (
        "salary",
        &["1, {mid}", "2, {old}", "3, {old}", "4, {fresh}"],
    ),
    ("counter", &["0"]),
];

/// What must be there at every moment: the held rows, as they were made.
pub const HELD: [&str; 7] = [
    "visit WHERE id = 2 AND held = 1",
    "note WHERE id = 3 AND visit_id = 2",
    "sticker WHERE id = 2 AND visit_id = 2",
    "person WHERE id = 2 AND name = 'Bob' AND phone = '2'",
    "member WHERE id = 2 AND name = 'Bob' AND phone = '2'",
    "employee WHERE id = 4 AND name = 'Di'",
    "title WHERE id = 4",
];

fn rows(server: Server) -> String {
    let date = |text: &str| match server {
        Server::Sqlite => format!("'{text}'"),
        _ => format!("DATE '{text}'"),
    };
    let mut sql = String::new();
    for (table, rows) in ROWS {
        for (n, row) in rows.iter().enumerate() {
            let row = row
                .replace("{old}", &date("2001-01-01"))
                .replace("{mid}", &date("2020-01-01"))
                .replace("{fresh}", &date("9000-01-01"));
            sql.push_str(&format!("INSERT INTO {table} VALUES ({}, {row});\n", n + 1));
        }
    }
    sql
}

/// Makes the tables.
pub async fn make(scratch: &mut Scratch) {
    let date = match scratch.server() {
        Server::Sqlite => "TEXT",
        _ => "DATE",
    };
    let people = format!(
        "(id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, phone VARCHAR(20), left_on {date}, held INTEGER)"
    );
    let sql = format!(
        "CREATE TABLE trace (id INTEGER PRIMARY KEY, made_on {date});
         CREATE TABLE visit (id INTEGER PRIMARY KEY, left_on {date}, held INTEGER);
         CREATE TABLE note (id INTEGER PRIMARY KEY, visit_id INTEGER NOT NULL,
                            CONSTRAINT note_visit FOREIGN KEY (visit_id) REFERENCES visit (id));
         CREATE TABLE sticker (id INTEGER PRIMARY KEY, visit_id INTEGER,
                               CONSTRAINT sticker_visit FOREIGN KEY (visit_id) REFERENCES visit (id));
         CREATE TABLE person {people};
         CREATE TABLE member {people};
         CREATE TABLE employee (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, left_on {date}, held INTEGER);
         CREATE TABLE title (id INTEGER PRIMARY KEY, employee_id INTEGER NOT NULL,
                             CONSTRAINT title_employee FOREIGN KEY (employee_id) REFERENCES employee (id));
         CREATE TABLE salary (id INTEGER PRIMARY KEY, employee_id INTEGER NOT NULL, paid_on {date},
                              CONSTRAINT salary_employee FOREIGN KEY (employee_id) REFERENCES employee (id));
         CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER);
         CREATE INDEX trace_made ON trace (made_on); CREATE INDEX visit_left ON visit (left_on);
         CREATE INDEX note_of ON note (visit_id); CREATE INDEX sticker_of ON sticker (visit_id);
         CREATE INDEX person_left ON person (left_on); CREATE INDEX member_left ON member (left_on);
         CREATE INDEX employee_left ON employee (left_on); CREATE INDEX title_of ON title (employee_id);
         CREATE INDEX salary_of ON salary (employee_id); CREATE INDEX salary_paid ON salary (paid_on);"
    );
    scratch.exec(&sql).await;
}

/// Puts the rows back as they were, and the ledger too.
pub async fn fill(scratch: &mut Scratch, without_ledger: bool) {
    let ledger = match scratch.server() {
        _ if without_ledger => ["counter"; 2],
        Server::Postgres => ["retentiond.ledger", "retentiond.head"],
        _ => ["retentiond_ledger", "retentiond_head"],
    };
    let tables = TABLES.iter().rev().map(|(table, _)| *table).chain(ledger);
    let mut sql = "BEGIN;\n".to_owned();
    sql.extend(tables.map(|table| format!("DELETE FROM {table};\n")));
    sql.push_str(&rows(scratch.server()));
    sql.push_str("COMMIT;");
    scratch.exec(&sql).await;
}

/// Every row of every table.
pub async fn dump(scratch: &mut Scratch) -> Vec<(&'static str, Vec<Vec<Option<String>>>)> {
    let mut all = Vec::new();
    for (table, columns) in TABLES {
        all.push((
            table,
            scratch
                .rows(&format!("SELECT id, {columns} FROM {table} ORDER BY id"))
                .await,
        ));
    }
    all
}

/// The rules: to delete alone, with children that go and that lose their reference, to overwrite, at the end of one
/// purpose, as soon as the parent is due, and what happens to a parent whose child stays.
pub fn schedule(scratch: &Scratch, assurance: Option<&str>, workers: u32) -> String {
    let assurance = assurance.map_or(String::new(), |word| format!("assurance = \"{word}\"\n"));
    let start = |column: &str| match scratch.server() {
        Server::Sqlite => format!("start = {{ column = \"{column}\", format = \"%Y-%m-%d\" }}"),
        _ => format!("start = {{ column = \"{column}\" }}"),
    };
    let hold = "holds = [{ when = \"held = 1\", because = \"litigation\" }]";
    let rule = |name: &str, table: &str, rest: &str| {
        format!("[[rules]]\nname = \"{name}\"\ntable = \"{table}\"\n{rest}\n")
    };
    let purpose = |name: &str, column: &str, keep: &str| {
        format!(
            "[[rules.purposes]]\nname = \"{name}\"\n{}\nkeep = \"{keep}\"\n",
            start(column)
        )
    };
    [
        "version = 1\n[state]\ndirectory = \"state\"\npublish = [{ directory = \"elsewhere\" }]\n".to_owned(),
        format!("[limits]\nshare-per-run = \"100 %\"\nrows-per-batch = {}\nworkers = {workers}\n", if workers > 1 { 1 } else { 2 }),
        scratch.toml_database("case") + &assurance,
        rule("traces", "trace", "then = \"delete\"\nrecognised-by = [\"made_on\"]"),
        purpose("use", "made_on", "1 year"),
        rule("visits", "visit", &format!("then = \"delete\"\n{hold}")),
        purpose("use", "left_on", "1 year"),
        "[rules.children]\nnote = \"with-parent\"\nsticker = \"detach\"\n".to_owned(),
        rule("people", "person", &format!("then = \"anonymise\"\nanonymise = {{ set = {{ name = \"ANON\" }}, null = [\"phone\"] }}\n{hold}")),
        purpose("use", "left_on", "1 year"),
        rule("members", "member", &format!("then = \"delete\"\n{hold}")),
        purpose("contact", "left_on", "1 year") + "at-end = { null = [\"phone\"] }\n",
        purpose("statistics", "left_on", "50 years"),
        rule("employees", "employee", &format!("then = \"delete\"\nif-a-child-stays = {{ set = {{ name = \"ANON\" }} }}\n{hold}")),
        purpose("employment", "left_on", "1 year"),
        "[rules.children]\ntitle = \"at-due\"\nsalary = \"own-rule\"\n".to_owned(),
        rule("salaries", "salary", "then = \"delete\""),
        purpose("tax", "paid_on", "10 years"),
    ]
    .join("\n")
}
