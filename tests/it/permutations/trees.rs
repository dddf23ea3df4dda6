//! A table that refers to itself, and what another session does to the rows below the row that goes.

use super::forms::{Form, ITEM, OWN_START, OWNED_ITEM, items};
use super::interference::{Fate, Interference, act};

/// Each of the due items has one below it. Their numbers are lower, so that a statement that removes every row of the
/// table in the order of its key can do so.
const ROWS: &str = "INSERT INTO item (id, owner_id, closed_on, name, note) VALUES
    (10, NULL, '2020-01-01', 'a', 'n'), (20, NULL, '2020-01-02', 'b', 'n'), (30, NULL, '2020-01-03', 'c', 'n'),
    (40, NULL, '2020-01-04', 'd', 'n'), (50, NULL, '2020-01-05', 'e', 'n'), (60, NULL, NULL, 'f', 'n'),
    (70, NULL, '2025-12-01', 'g', 'n');
    INSERT INTO item (id, owner_id, closed_on, name) VALUES (1, 10, '2020-01-01', 'a'), (2, 20, '2020-01-01', 'b'),
    (3, 30, '2020-01-01', 'c'), (4, 40, '2020-01-01', 'd'), (5, 50, '2020-01-01', 'e'), (0, NULL, NULL, 'z');";

fn below() -> Vec<Interference> {
    use Fate::Stays;
    vec![
        act(
            "a row below gained",
            Stays,
            "INSERT INTO item (id, owner_id, name) VALUES (6, 30, 'x')",
        ),
        act(
            "a row two levels below gained",
            Stays,
            "INSERT INTO item (id, owner_id, name) VALUES (-1, 3, 'x')",
        ),
        act(
            "an open row moved two levels below",
            Stays,
            "UPDATE item SET owner_id = 3 WHERE id = 0",
        ),
        act(
            "the row below re-opened",
            Stays,
            "UPDATE item SET closed_on = NULL WHERE id = 3",
        ),
        act(
            "the row below put on hold",
            Stays,
            "UPDATE item SET held = true WHERE id = 3",
        ),
        act(
            "re-opened",
            Stays,
            "UPDATE item SET closed_on = NULL WHERE id = 30",
        ),
    ]
}

/// Above the due item 30 by one reference is 60, which is not due; above that, by the other reference, 70; 80 is held.
const BOTH_WAYS: &str =
    "UPDATE item SET twin_id = 60 WHERE id = 30; UPDATE item SET owner_id = 70 WHERE id = 60;
    UPDATE item SET twin_id = 30 WHERE id = 3; INSERT INTO item (id, held, name) VALUES (80, true, 'h');";

fn over_both() -> Vec<Interference> {
    use Fate::{Goes, Stays};
    let mut all = below();
    all.extend([
        act(
            "a hold two rows above, over one reference after the other",
            Stays,
            "UPDATE item SET held = true WHERE id = 70",
        ),
        act(
            "a held row moved two rows above",
            Stays,
            "UPDATE item SET twin_id = 80 WHERE id = 70",
        ),
        act(
            "an open row two levels below, over one reference after the other",
            Stays,
            "UPDATE item SET twin_id = 3 WHERE id = 0",
        ),
        act(
            "a hold elsewhere",
            Goes,
            "UPDATE item SET held = true WHERE id = 0",
        ),
    ]);
    all
}

impl Form {
    /// The table refers to itself by two columns.
    pub fn tree_over_both() -> Self {
        let ddl = OWNED_ITEM
            .replace(
                "REFERENCES owner (id)",
                "REFERENCES item (id), FOREIGN KEY (twin_id) REFERENCES item (id)",
            )
            .replace("remark varchar(40),", "remark varchar(40), twin_id bigint,");
        let ddl = format!("{ddl} CREATE INDEX item_twin_id ON item (twin_id);");
        let decisions = "\"item.owner_id\" = \"own-rule\"\n\"item.twin_id\" = \"own-rule\"";
        let mut form = Self::of_items(
            ddl,
            format!("{ROWS}{BOTH_WAYS}"),
            items(OWN_START, decisions),
        );
        form.interferences = over_both();
        form
    }

    pub fn tree(decision: &str, declared: bool) -> Self {
        let ddl = if declared {
            OWNED_ITEM.replace("REFERENCES owner", "REFERENCES item")
        } else {
            ITEM.to_owned()
        };
        let rules = items(OWN_START, &format!("item = \"{decision}\""));
        let mut form = Self::of_items(ddl, ROWS.to_owned(), rules);
        if !declared {
            form.relations = "[[databases.scratch.relations]]\nchild = \"item\"\ncolumns = [\"owner_id\"]\n\
                              parent = \"item\"\nparent-columns = [\"id\"]\n";
        }
        form.interferences = below();
        form
    }
}
