//! The forms of removal: tables, rows, a schedule, and the step that it makes.
//!
//! Rows 10 to 50 are due, 60 and 70 are not; 30 is the victim. Children carry the number of their parent.

use retentiond::plan::StepKind;

use super::interference::{self, Interference};

/// A child table: its name, the column that refers, and the table that it refers to.
pub type Child = (&'static str, usize, &'static str);

/// One way in which rows go.
#[derive(Clone, Debug)]
pub struct Form {
    /// Every table, parents first.
    pub tables: Vec<&'static str>,
    pub ddl: String,
    pub rows: String,
    pub relations: &'static str,
    pub rules: String,
    pub rule: &'static str,
    pub kind: StepKind,
    pub target: &'static str,
    /// Children that go along, each with the place of its reference among its columns.
    pub along: Vec<Child>,
    pub detached: bool,
    /// A person asked to be erased: the rule whose row stands for them, and its key.
    pub request: Option<(&'static str, &'static str)>,
    /// The due rows came back with a restored database, and are known again by these columns.
    pub returned: &'static [&'static str],
    pub interferences: Vec<Interference>,
}

pub(super) const OWNER: &str =
    "CREATE TABLE owner (id bigint NOT NULL PRIMARY KEY, closed_on date, on_hold boolean);";

pub(super) const ITEM: &str = "CREATE TABLE item (id bigint NOT NULL PRIMARY KEY, owner_id bigint, closed_on date,
    held boolean NOT NULL DEFAULT false, name varchar(40) NOT NULL, note varchar(40), remark varchar(40));
    CREATE INDEX item_closed_on ON item (closed_on);
    CREATE INDEX item_owner_id ON item (owner_id);";

pub(super) const OWNED_ITEM: &str = "CREATE TABLE item (id bigint NOT NULL PRIMARY KEY, owner_id bigint, closed_on date,
    held boolean NOT NULL DEFAULT false, name varchar(40) NOT NULL, note varchar(40), remark varchar(40),
    FOREIGN KEY (owner_id) REFERENCES owner (id));
    CREATE INDEX item_closed_on ON item (closed_on);
    CREATE INDEX item_owner_id ON item (owner_id);";

pub(super) fn referring(table: &str, column: &str, parent: &str, on_delete: &str) -> String {
    let key = match on_delete {
        "" => String::new(),
        _ => format!(", FOREIGN KEY ({column}) REFERENCES {parent} (id) ON DELETE {on_delete}"),
    };
    format!(
        "CREATE TABLE {table} (id bigint NOT NULL PRIMARY KEY, {column} bigint, ended_on date{key});
         CREATE INDEX {table}_{column} ON {table} ({column});"
    )
}

pub(super) const OWNERS: &str = "INSERT INTO owner (id, closed_on, on_hold) VALUES (10, '2020-01-01', false),
    (20, '2020-01-02', false), (30, '2020-01-03', false), (40, '2020-01-04', false), (50, '2020-01-05', false),
    (60, NULL, false), (70, '2025-12-01', false), (80, '2020-01-01', true);";

pub(super) const ITEMS: &str = "INSERT INTO item (id, owner_id, closed_on, name, note) VALUES
    (10, 10, '2020-01-01', 'a', 'n'), (20, 20, '2020-01-02', 'b', 'n'), (30, 30, '2020-01-03', 'c', 'n'),
    (40, 40, '2020-01-04', 'd', 'n'), (50, 50, '2020-01-05', 'e', 'n'), (60, 60, NULL, 'f', 'n'),
    (70, 70, '2025-12-01', 'g', 'n');";

/// Children of every item.
pub(super) fn children(table: &str, column: &str) -> String {
    format!(
        "INSERT INTO {table} (id, {column}, ended_on) VALUES (10, 10, '2020-01-01'), (20, 20, '2020-01-01'),
         (30, 30, '2020-01-01'), (40, 40, '2020-01-01'), (50, 50, '2020-01-01'), (60, 60, NULL), (70, 70, NULL);"
    )
}

/// Children of the items that are not due.
pub(super) fn few_children(table: &str, column: &str) -> String {
    format!("INSERT INTO {table} (id, {column}, ended_on) VALUES (60, 60, NULL), (70, 70, NULL);")
}

/// A rule with one purpose.
pub(super) fn rule(name: &str, table: &str, start: &str, rest: &str) -> String {
    let (head, tail) = rest.split_once("---").unwrap_or((rest, ""));
    format!(
        "[[rules]]\nname = \"{name}\"\ntable = \"{table}\"\n{head}\n\
         [[rules.purposes]]\nname = \"p\"\nstart = {start}\nkeep = \"1 year\"\n{tail}\n"
    )
}

pub(super) const HELD: &str =
    "then = \"delete\"\nholds = [{ when = \"held\", because = \"a test\" }]\n";
pub(super) const OWN_START: &str = "{ column = \"closed_on\"FORMAT }";
pub(super) const PARENT_START: &str = "{ column = \"owner.closed_on\", via = \"owner_id\"FORMAT }";
pub(super) const LATEST: &str = "{ latest = \"sub.ended_on\", if-none = \"keep\"FORMAT }";

pub(super) fn items(start: &str, children: &str) -> String {
    rule(
        "items",
        "item",
        start,
        &format!("{HELD}---[rules.children]\n{children}"),
    )
}

/// A rule of its own for a child; none of its rows is due.
pub(super) fn own(table: &str) -> String {
    rule(
        table,
        table,
        "{ column = \"ended_on\"FORMAT }",
        "then = \"delete\"\n",
    )
}

impl Form {
    pub(super) fn of_items(ddl: String, rows: String, rules: String) -> Self {
        Self {
            tables: vec!["item"],
            ddl,
            rows,
            relations: "",
            rules,
            rule: "items",
            kind: StepKind::Disposition,
            target: "item",
            along: Vec::new(),
            detached: false,
            request: None,
            returned: &[],
            interferences: Vec::new(),
        }
    }

    pub fn alone() -> Self {
        let mut form = Self::of_items(
            ITEM.to_owned(),
            ITEMS.to_owned(),
            rule("items", "item", OWN_START, HELD),
        );
        form.interferences = [interference::own_row(), interference::childless()].concat();
        form
    }

    /// The schedule in force keeps the rows; they are known again by two columns.
    pub fn returned() -> Self {
        let held = format!("{HELD}recognised-by = [\"closed_on\", \"note\"]\n");
        let rules = rule("items", "item", OWN_START, &held).replace("1 year", "100 years");
        let mut form = Self::of_items(ITEM.to_owned(), ITEMS.to_owned(), rules);
        form.kind = StepKind::Returned;
        form.returned = &["closed_on", "note"];
        form.interferences = [
            interference::own_row(),
            interference::childless(),
            vec![
                interference::act(
                    "changed in what it is known by",
                    interference::Fate::Stays,
                    "UPDATE item SET note = 'another' WHERE id = 30",
                ),
                interference::act(
                    "its key given to another row",
                    interference::Fate::Stays,
                    "UPDATE item SET note = NULL, name = 'another', closed_on = '2020-01-03' WHERE id = 30",
                ),
            ],
        ]
        .concat();
        form
    }

    pub fn parent_event() -> Self {
        let rules = rule("items", "item", PARENT_START, HELD);
        let mut form = Self::of_items(
            format!("{OWNER}{OWNED_ITEM}"),
            format!("{OWNERS}{ITEMS}"),
            rules,
        );
        form.tables = vec!["owner", "item"];
        form.interferences = [interference::parent(), interference::childless()].concat();
        form
    }

    pub(super) fn with_sub(on_delete: &str, rows: String, rules: String) -> Self {
        let ddl = format!("{ITEM}{}", referring("sub", "item_id", "item", on_delete));
        let mut form = Self::of_items(ddl, format!("{ITEMS}{rows}"), rules);
        form.tables = vec!["item", "sub"];
        form
    }

    pub fn latest() -> Self {
        let rows = children("sub", "item_id");
        let mut form = Self::with_sub("NO ACTION", rows, items(LATEST, "sub = \"with-parent\""));
        form.along = vec![("sub", 1, "item")];
        form.interferences = interference::dating_children();
        form
    }

    /// Children with an owner each, of their own.
    pub(super) fn with_owned_sub(rules: String) -> Self {
        let rows = format!(
            "{OWNERS}{ITEMS}{}UPDATE sub SET owner_id = id;",
            children("sub", "item_id")
        );
        let sub = referring("sub", "item_id", "item", "NO ACTION").replace(
            "ended_on date",
            "ended_on date, owner_id bigint, FOREIGN KEY (owner_id) REFERENCES owner (id)",
        );
        let mut form = Self::of_items(format!("{OWNER}{ITEM}{sub}"), rows, rules);
        form.tables = vec!["owner", "item", "sub"];
        form.along = vec![("sub", 1, "item")];
        form
    }

    /// The children date the row and have a rule of their own: they cannot go first, and go along where they are due.
    pub fn due_ones_go_along() -> Self {
        let subs = rule("sub", "sub", PARENT_START, "then = \"delete\"\n");
        let mut form = Self::with_owned_sub(items(LATEST, "sub = \"own-rule\"") + &subs);
        form.interferences = [
            interference::children_of_owners(),
            interference::a_child_re_opened(),
        ]
        .concat();
        form
    }

    /// The row is dated by the owners of its children.
    pub fn latest_of_owners() -> Self {
        let start = "{ latest = \"owner.closed_on\", via = [\"sub.item_id\", \"owner_id\"], if-none = \"keep\"FORMAT }";
        let mut form = Self::with_owned_sub(items(start, "sub = \"with-parent\""));
        form.interferences = interference::children_of_owners();
        form
    }

    /// The rows of `sub` go by a date of their item's owner.
    pub fn grandparent_event() -> Self {
        let start = "{ column = \"owner.closed_on\", via = [\"item_id\", \"owner_id\"]FORMAT }";
        let ddl = format!(
            "{OWNER}{OWNED_ITEM}{}",
            referring("sub", "item_id", "item", "NO ACTION")
        );
        let rows = format!("{OWNERS}{ITEMS}{}", children("sub", "item_id"));
        let mut form = Self::of_items(ddl, rows, rule("sub", "sub", start, "then = \"delete\"\n"));
        form.tables = vec!["owner", "item", "sub"];
        form.rule = "sub";
        form.target = "sub";
        form.interferences = interference::grandparent();
        form
    }

    pub fn own_rule(on_delete: &str) -> Self {
        let rules = items(OWN_START, "sub = \"own-rule\"") + &own("sub");
        let mut form = Self::with_sub(on_delete, few_children("sub", "item_id"), rules);
        form.interferences = [interference::own_row(), interference::keeping_children()].concat();
        form
    }

    /// The child refers to a second key of the row: MariaDB looks for it, and locks it, in another index.
    pub fn own_rule_by_second_key() -> Self {
        let mut form = Self::own_rule("CASCADE");
        form.ddl = form
            .ddl
            .replace("owner_id bigint,", "owner_id bigint UNIQUE,")
            .replace(
                "FOREIGN KEY (item_id) REFERENCES item (id)",
                "FOREIGN KEY (item_id) REFERENCES item (owner_id)",
            );
        form
    }

    pub fn held_parent() -> Self {
        let held = "then = \"delete\"\nholds = [{ when = \"on_hold\", because = \"a test\" }]\n---[rules.children]\n\
                    item = \"own-rule\"";
        let rules =
            rule("owners", "owner", OWN_START, held) + &rule("items", "item", OWN_START, HELD);
        let mut form = Self::of_items(
            format!("{OWNER}{OWNED_ITEM}"),
            format!("{OWNERS}{ITEMS}"),
            rules,
        );
        form.tables = vec!["owner", "item"];
        form.interferences = [interference::held_above(), interference::own_row()].concat();
        form
    }

    /// The rows of `sub` go by their own date; a hold two levels above keeps them.
    pub fn held_grandparent() -> Self {
        let mut form = Self::held_parent();
        form.ddl += &referring("sub", "item_id", "item", "NO ACTION");
        form.rows += &children("sub", "item_id");
        form.rules += "[rules.children]\nsub = \"own-rule\"\n";
        form.rules += &own("sub");
        form.tables = vec!["owner", "item", "sub"];
        form.rule = "sub";
        form.target = "sub";
        form.interferences = interference::held_above();
        form
    }

    pub fn with_parent(on_delete: &str) -> Self {
        let rules =
            items(OWN_START, "sub = \"with-parent\"\nsubsub = \"own-rule\"") + &own("subsub");
        let rows = children("sub", "item_id") + &few_children("subsub", "sub_id");
        let mut form = Self::with_sub(on_delete, rows, rules);
        form.ddl += &referring("subsub", "sub_id", "sub", on_delete);
        form.tables = vec!["item", "sub", "subsub"];
        form.along = vec![("sub", 1, "item")];
        form.interferences = [interference::own_row(), interference::nested_children()].concat();
        form
    }

    pub fn detach() -> Self {
        let rules = items(OWN_START, "sub = \"detach\"");
        let mut form = Self::with_sub("NO ACTION", children("sub", "item_id"), rules);
        form.along = vec![("sub", 1, "item")];
        form.detached = true;
        form.interferences = [interference::own_row(), interference::detached_children()].concat();
        form
    }

    /// Detached rows refer to item 70 from then on, which nobody else refers to.
    pub fn detach_to(declared: bool) -> Self {
        let rules = items(OWN_START, "sub = { detach-to = 70 }");
        let on_delete = if declared { "NO ACTION" } else { "" };
        let rows = "INSERT INTO sub (id, item_id, ended_on) VALUES (30, 30, '2020-01-01'), (60, 60, NULL);";
        let mut form = Self::with_sub(on_delete, rows.to_owned(), rules);
        form.along = vec![("sub", 1, "item")];
        form.detached = true;
        let more = if declared {
            interference::detached_children()
        } else {
            form.relations = SUB_OF_ITEM;
            Vec::new()
        };
        form.interferences = [
            interference::own_row(),
            interference::of_the_stand_in(),
            more,
        ]
        .concat();
        form
    }

    pub fn at_due() -> Self {
        let rules = items(OWN_START, "sub = \"at-due\"");
        let mut form = Self::with_sub("NO ACTION", children("sub", "item_id"), rules);
        form.kind = StepKind::AtDue;
        form.target = "sub";
        form.interferences = interference::at_due();
        form
    }

    pub fn at_due_latest() -> Self {
        let start = "{ latest = \"visit.ended_on\", if-none = \"keep\"FORMAT }";
        let rules = items(start, "sub = \"at-due\"\nvisit = \"with-parent\"");
        let rows = children("sub", "item_id") + &children("visit", "item_id");
        let mut form = Self::with_sub("NO ACTION", rows, rules);
        form.ddl += &referring("visit", "item_id", "item", "NO ACTION");
        form.tables = vec!["item", "sub", "visit"];
        form.kind = StepKind::AtDue;
        form.target = "sub";
        form.interferences = interference::at_due_latest();
        form
    }

    pub fn overwrite(how: &str) -> Self {
        let rest = HELD.replace("delete", "anonymise") + "---[rules.anonymise]\n" + how;
        let rules = rule("items", "item", OWN_START, &rest);
        let mut form = Self::of_items(ITEM.to_owned(), ITEMS.to_owned(), rules);
        form.interferences = [interference::own_row(), interference::childless()].concat();
        form
    }

    pub fn overwrite_by_parent() -> Self {
        let rest =
            HELD.replace("delete", "anonymise") + "---[rules.anonymise]\nset = { name = \"ANON\" }";
        let rules = rule("items", "item", PARENT_START, &rest);
        let mut form = Self::of_items(
            format!("{OWNER}{OWNED_ITEM}"),
            format!("{OWNERS}{ITEMS}"),
            rules,
        );
        form.tables = vec!["owner", "item"];
        form.interferences = interference::parent();
        form
    }

    pub fn child_stays() -> Self {
        let rest = format!(
            "{HELD}if-a-child-stays = {{ set = {{ name = \"ANON\" }} }}\n---[rules.children]\nsub = \"own-rule\""
        );
        let rules = rule("items", "item", OWN_START, &rest) + &own("sub");
        let rows = children("sub", "item_id").replace("'2020-01-01'", "NULL");
        let mut form = Self::with_sub("NO ACTION", rows, rules);
        form.kind = StepKind::ChildStays;
        form.interferences = interference::child_stays();
        form
    }

    pub fn undeclared() -> Self {
        let rules = items(OWN_START, "sub = \"own-rule\"") + &own("sub");
        let mut form = Self::with_sub("", few_children("sub", "item_id"), rules);
        form.relations = SUB_OF_ITEM;
        form.interferences = interference::keeping_children();
        form
    }

    pub fn undeclared_latest() -> Self {
        let rows = children("sub", "item_id");
        let mut form = Self::with_sub("", rows, items(LATEST, "sub = \"with-parent\""));
        form.relations = SUB_OF_ITEM;
        form.along = vec![("sub", 1, "item")];
        form.interferences = interference::dating_children();
        form
    }

    pub fn undeclared_below() -> Self {
        let mut form = Self::with_parent("NO ACTION");
        form.ddl = format!(
            "{ITEM}{}{}",
            referring("sub", "item_id", "item", "NO ACTION"),
            referring("subsub", "sub_id", "sub", "")
        );
        form.relations = "[[databases.scratch.relations]]\nchild = \"subsub\"\ncolumns = [\"sub_id\"]\n\
                          parent = \"sub\"\nparent-columns = [\"id\"]\n";
        form.interferences = interference::nested_children();
        form
    }

    /// True where rows are overwritten and not removed.
    pub fn overwrites(&self) -> bool {
        self.kind == StepKind::ChildStays || self.rules.contains("anonymise")
    }
}

pub(super) const SUB_OF_ITEM: &str = "[[databases.scratch.relations]]\nchild = \"sub\"\ncolumns = [\"item_id\"]\n\
                           parent = \"item\"\nparent-columns = [\"id\"]\n";
