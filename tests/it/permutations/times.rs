//! Forms of removal in which more than a start event says when a row is due.

use super::forms::{
    Form, ITEM, ITEMS, LATEST, OWNED_ITEM, OWNER as OWNING, OWNERS as OWNERS_CLOSED, PARENT_START,
    children, items, rule,
};
use super::interference::{Fate, Interference, act};

const OWNER: &str = "CREATE TABLE owner (id bigint NOT NULL PRIMARY KEY, months bigint);";

const OWNERS: &str =
    "INSERT INTO owner (id, months) VALUES (10, 12), (20, 6), (30, 12), (40, 12), (50, 6), (60, 6),
    (70, 12), (80, 120);";

const LENGTH: &str = "{ column = \"owner.months\", via = \"owner_id\", unit = \"months\", at-least = \"1 month\", at-most = \"20 years\" }";

const NEWEST: &str =
    "keep-newest = { per = [\"owner_id\"], by = { column = \"closed_on\"FORMAT } }";

impl Form {
    /// The owner's row says how long the items are kept.
    pub fn parent_length() -> Self {
        // The periods are read before anything is planned: they are there from the beginning.
        let mut form = Self::of_items(
            format!("{OWNER}{OWNERS}{OWNED_ITEM}"),
            format!("{OWNERS}{ITEMS}"),
            items("{ column = \"closed_on\"FORMAT }", "").replace("\"1 year\"", LENGTH),
        );
        form.tables = vec!["owner", "item"];
        form.interferences = parent_lengths();
        form
    }

    /// The latest over children of children; the first reference down is declared or not.
    pub fn latest_two_down(declared: bool) -> Self {
        let key = if declared {
            ", FOREIGN KEY (item_id) REFERENCES item (id)"
        } else {
            ""
        };
        let ddl = format!(
            "{ITEM}CREATE TABLE dev (id bigint NOT NULL PRIMARY KEY, item_id bigint{key});
             CREATE INDEX dev_item_id ON dev (item_id);
             CREATE TABLE sub (id bigint NOT NULL PRIMARY KEY, dev_id bigint, ended_on date,
             FOREIGN KEY (dev_id) REFERENCES dev (id));
             CREATE INDEX sub_dev_id ON sub (dev_id);"
        );
        let devs = "INSERT INTO dev (id, item_id) VALUES (10, 10), (20, 20), (30, 30), (40, 40), (50, 50), (60, 60),
            (70, 70);";
        let start = "{ latest = \"sub.ended_on\", via = [\"dev.item_id\", \"sub.dev_id\"]FORMAT }";
        let mut form = Self::of_items(
            ddl,
            format!("{ITEMS}{devs}{}", children("sub", "dev_id")),
            items(start, "dev = \"with-parent\"\nsub = \"with-parent\""),
        );
        if !declared {
            form.relations = "[[databases.scratch.relations]]\nchild = \"dev\"\ncolumns = [\"item_id\"]\n\
                              parent = \"item\"\nparent-columns = [\"id\"]\n";
        }
        form.tables = vec!["item", "dev", "sub"];
        form.along = vec![("dev", 1, "item"), ("sub", 1, "dev")];
        form.interferences = children_of_children();
        form
    }

    /// Children of children date the row, and have a rule of their own: the due ones go along with those between, which
    /// go with the row, or by a rule of their own.
    pub fn due_ones_two_down_go_along(between: &str) -> Self {
        let ddl = format!(
            "{OWNING}{ITEM}CREATE TABLE dev (id bigint NOT NULL PRIMARY KEY, item_id bigint,
             FOREIGN KEY (item_id) REFERENCES item (id));
             CREATE INDEX dev_item_id ON dev (item_id);
             CREATE TABLE sub (id bigint NOT NULL PRIMARY KEY, dev_id bigint, ended_on date, owner_id bigint,
             FOREIGN KEY (dev_id) REFERENCES dev (id), FOREIGN KEY (owner_id) REFERENCES owner (id));
             CREATE INDEX sub_dev_id ON sub (dev_id);"
        );
        let devs = "INSERT INTO dev (id, item_id) VALUES (10, 10), (20, 20), (30, 30), (40, 40), (50, 50), (60, 60),
            (70, 70);";
        let start = "{ latest = \"sub.ended_on\", via = [\"dev.item_id\", \"sub.dev_id\"]FORMAT }";
        let subs = rule("sub", "sub", PARENT_START, "then = \"delete\"\n");
        let (below, devs_rule) = match between {
            "with-parent" => ("dev = \"with-parent\"\nsub = \"own-rule\"", String::new()),
            _ => {
                let rest = "then = \"delete\"\n---[rules.children]\nsub = \"own-rule\"";
                ("dev = \"own-rule\"", rule("dev", "dev", LATEST, rest))
            }
        };
        let mut form = Self::of_items(
            ddl,
            format!(
                "{OWNERS_CLOSED}{ITEMS}{devs}{}UPDATE sub SET owner_id = id;",
                children("sub", "dev_id")
            ),
            items(start, below) + &devs_rule + &subs,
        );
        form.tables = vec!["owner", "item", "dev", "sub"];
        form.along = vec![("dev", 1, "item"), ("sub", 1, "dev")];
        form.interferences = owned_children_of_children();
        form
    }

    /// The newest item of each owner stays; each that is due has one that is newer.
    pub fn keep_newest(rules: &str) -> Self {
        let newer = "INSERT INTO item (id, owner_id, closed_on, name, note) VALUES (110, 10, '2025-12-01', 'a', 'n'),
            (120, 20, '2025-12-01', 'b', 'n'), (130, 30, '2025-12-01', 'c', 'n'), (140, 40, '2025-12-01', 'd', 'n'),
            (150, 50, '2025-12-01', 'e', 'n');";
        let mut form = Self::alone();
        form.rows.push_str(newer);
        form.rules = rules.to_owned();
        form.interferences = newer_rows();
        form
    }

    pub fn newest_stay() -> Self {
        Self::keep_newest(
            &items("{ column = \"closed_on\"FORMAT }", "")
                .replace("then = \"delete\"", &format!("then = \"delete\"\n{NEWEST}")),
        )
    }

    pub fn newest_are_not_overwritten() -> Self {
        let rewrite = "[rules.anonymise]\nset = { name = \"ANON\" }\nnull = [\"note\"]\n";
        Self::keep_newest(
            &items("{ column = \"closed_on\"FORMAT }", "")
                .replace(
                    "then = \"delete\"",
                    &format!("then = \"anonymise\"\n{NEWEST}"),
                )
                .replace("[rules.children]\n", rewrite),
        )
    }

    /// An event that is reported from outside.
    pub fn reported() -> Self {
        let reports: Vec<String> = ["10", "20", "30", "40", "50"]
            .iter()
            .map(|key| format!("('items', 'ended', '{key}', 1577836800000000, 0)"))
            .collect();
        let mut form = Self::alone();
        form.rows = format!(
            "DELETE FROM REPORTS;{ITEMS}INSERT INTO REPORTS (rule, event, row_key, happened_at, reported_at) VALUES {};",
            reports.join(", ")
        );
        form.rules = items("{ event = \"ended\" }", "");
        form.interferences = reports_changed();
        form
    }

    /// The latest over other rows of the owner; their reference is declared or not.
    pub fn latest_beside(declared: bool) -> Self {
        let key = if declared {
            ", FOREIGN KEY (owner_id) REFERENCES owner (id)"
        } else {
            ""
        };
        let ddl = format!(
            "{OWNER}{OWNED_ITEM}CREATE TABLE sub (id bigint NOT NULL PRIMARY KEY, owner_id bigint, ended_on date{key});
             CREATE INDEX sub_owner_id ON sub (owner_id);"
        );
        let start = "{ latest = \"sub.ended_on\", via = [\"owner_id\", \"sub.owner_id\"]FORMAT }";
        let mut form = Self::of_items(
            ddl,
            format!("{OWNERS}{ITEMS}{}", children("sub", "owner_id")),
            items(start, ""),
        );
        if !declared {
            form.relations = "[[databases.scratch.relations]]\nchild = \"sub\"\ncolumns = [\"owner_id\"]\n\
                              parent = \"owner\"\nparent-columns = [\"id\"]\n";
        }
        form.tables = vec!["owner", "item", "sub"];
        form.interferences = rows_beside();
        form
    }
}

/// To the rows that prove the victim old enough, and to the victim's group.
fn newer_rows() -> Vec<Interference> {
    use Fate::{Either, Goes, Stays};
    vec![
        act(
            "the newer one removed",
            Stays,
            "DELETE FROM item WHERE id = 130",
        ),
        act(
            "the newer one in another group",
            Stays,
            "UPDATE item SET owner_id = 99 WHERE id = 130",
        ),
        act(
            "the newer one undone",
            Stays,
            "UPDATE item SET closed_on = NULL WHERE id = 130",
        ),
        act(
            "the newer one made older",
            Stays,
            "UPDATE item SET closed_on = '2019-01-01' WHERE id = 130",
        ),
        act(
            "in a group of its own",
            Stays,
            "UPDATE item SET owner_id = 98 WHERE id = 30",
        ),
        act(
            "in another group",
            Either,
            "UPDATE item SET owner_id = 20 WHERE id = 30",
        ),
        act(
            "another newer one",
            Goes,
            "INSERT INTO item (id, owner_id, closed_on, name) VALUES (131, 30, '2025-12-02', 'new')",
        ),
    ]
}

/// To what was reported about the victim.
fn reports_changed() -> Vec<Interference> {
    use Fate::{Either, Goes, Stays};
    vec![
        act(
            "taken back",
            Stays,
            "UPDATE REPORTS SET happened_at = NULL WHERE row_key = '30'",
        ),
        act(
            "reported for later",
            Stays,
            "UPDATE REPORTS SET happened_at = 1764547200000000 WHERE row_key = '30'",
        ),
        act(
            "the report removed",
            Stays,
            "DELETE FROM REPORTS WHERE row_key = '30'",
        ),
        act(
            "replaced by a later one",
            Stays,
            "DELETE FROM REPORTS WHERE row_key = '30';
             INSERT INTO REPORTS (rule, event, row_key, happened_at, reported_at)
             VALUES ('items', 'ended', '30', 1764547200000000, 0)",
        ),
        act(
            "another event reported",
            Goes,
            "INSERT INTO REPORTS (rule, event, row_key, happened_at, reported_at)
             VALUES ('items', 'begun', '30', 1764547200000000, 0)",
        ),
        act(
            "another row's reported",
            Either,
            "INSERT INTO REPORTS (rule, event, row_key, happened_at, reported_at)
             VALUES ('items', 'ended', '35', 1577836800000000, 0)",
        ),
        act("held", Stays, "UPDATE item SET held = true WHERE id = 30"),
    ]
}

/// To the rows two references down that date the row, and to those between.
fn children_of_children() -> Vec<Interference> {
    use Fate::{Goes, Stays};
    vec![
        act(
            "a later one gained",
            Stays,
            "INSERT INTO sub (id, dev_id, ended_on) VALUES (31, 30, '2025-12-01')",
        ),
        act(
            "an old one gained",
            Goes,
            "INSERT INTO sub (id, dev_id, ended_on) VALUES (31, 30, '2020-01-01')",
        ),
        act(
            "one re-opened",
            Stays,
            "UPDATE sub SET ended_on = NULL WHERE id = 30",
        ),
        act(
            "an open one moved here",
            Stays,
            "UPDATE sub SET dev_id = 30 WHERE id = 60",
        ),
        act(
            "a child with an open one moved here",
            Stays,
            "UPDATE dev SET item_id = 30 WHERE id = 60",
        ),
        act(
            "a child with an open one gained",
            Stays,
            "INSERT INTO dev (id, item_id) VALUES (31, 30);
             INSERT INTO sub (id, dev_id, ended_on) VALUES (31, 31, NULL)",
        ),
        act(
            "the only one removed",
            Stays,
            "DELETE FROM sub WHERE id = 30",
        ),
    ]
}

/// To the other rows of the owner that date the row.
fn rows_beside() -> Vec<Interference> {
    use Fate::{Goes, Stays};
    vec![
        act(
            "a later one gained",
            Stays,
            "INSERT INTO sub (id, owner_id, ended_on) VALUES (31, 30, '2025-12-01')",
        ),
        act(
            "an open one gained",
            Stays,
            "INSERT INTO sub (id, owner_id, ended_on) VALUES (31, 30, NULL)",
        ),
        act(
            "an old one gained",
            Goes,
            "INSERT INTO sub (id, owner_id, ended_on) VALUES (31, 30, '2020-01-01')",
        ),
        act(
            "one re-opened",
            Stays,
            "UPDATE sub SET ended_on = NULL WHERE id = 30",
        ),
        act(
            "an open one moved here",
            Stays,
            "UPDATE sub SET owner_id = 30 WHERE id = 60",
        ),
        act(
            "the only one removed",
            Stays,
            "DELETE FROM sub WHERE id = 30",
        ),
        act(
            "moved to an owner with an open one",
            Stays,
            "UPDATE item SET owner_id = 60 WHERE id = 30",
        ),
    ]
}

/// To the owner whose column is the period. An item that is moved is asked for its owner of before.
fn parent_lengths() -> Vec<Interference> {
    use Fate::{Either, Goes, Stays};
    vec![
        act(
            "a longer period",
            Stays,
            "UPDATE owner SET months = 120 WHERE id = 30",
        ),
        act(
            "a period that nobody read",
            Stays,
            "UPDATE owner SET months = 5 WHERE id = 30",
        ),
        act(
            "no period",
            Stays,
            "UPDATE owner SET months = NULL WHERE id = 30",
        ),
        act(
            "a shorter period",
            Goes,
            "UPDATE owner SET months = 6 WHERE id = 30",
        ),
        act(
            "moved to an owner with a longer period",
            Stays,
            "UPDATE item SET owner_id = 80 WHERE id = 30",
        ),
        act(
            "moved to an owner with a shorter period",
            Either,
            "UPDATE item SET owner_id = 20 WHERE id = 30",
        ),
        act(
            "re-activated",
            Stays,
            "UPDATE item SET closed_on = NULL WHERE id = 30",
        ),
    ]
}

/// To what decides about children of children that go along where they are due, and to those between.
fn owned_children_of_children() -> Vec<Interference> {
    vec![
        act(
            "the grandchild's owner re-opened",
            Fate::Stays,
            "UPDATE owner SET closed_on = NULL WHERE id = 30",
        ),
        act(
            "the grandchild moved to an open owner",
            Fate::Stays,
            "UPDATE sub SET owner_id = 60 WHERE id = 30",
        ),
        act(
            "an open grandchild moved here",
            Fate::Stays,
            "UPDATE sub SET dev_id = 30 WHERE id = 60",
        ),
        act(
            "a grandchild of an open owner gained",
            Fate::Stays,
            "INSERT INTO sub (id, dev_id, ended_on, owner_id) VALUES (31, 30, '2020-01-01', 60)",
        ),
        act(
            "a child with an open grandchild moved here",
            Fate::Stays,
            "UPDATE dev SET item_id = 30 WHERE id = 60",
        ),
    ]
}
