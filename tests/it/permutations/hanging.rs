//! Forms about what hangs from a row, and what another session does to it meanwhile: holds in tables.

use retentiond::plan::StepKind;

use super::forms::{
    Form, HELD, ITEM, ITEMS, LATEST, OWN_START, OWNED_ITEM, OWNER, OWNERS, SUB_OF_ITEM, children,
    few_children, items, own, referring, rule,
};
use super::interference::{Fate, Interference, act, children_of_owners, keeping_children, own_row};

/// A rule for items, with holds in a table and what follows the purpose.
fn held_items(hold: &str, rest: &str) -> String {
    let head = format!("then = \"delete\"\nholds = [{hold}]\n---{rest}");
    rule("items", "item", OWN_START, &head)
}

const BY_REFERENCE: &str =
    "{ table = \"legal_hold\", when = \"ended_on IS NULL\", because = \"a test\" }";
const BY_COLUMN: &str = "{ table = \"legal_hold\", columns = [\"item_id\"], when = \"ended_on IS NULL\", \
                         because = \"a test\" }";

/// To the table of holds.
fn holds() -> Vec<Interference> {
    use Fate::{Either, Goes, Stays};
    vec![
        act(
            "a hold placed",
            Stays,
            "INSERT INTO legal_hold (id, item_id) VALUES (31, 30)",
        ),
        act(
            "a lifted hold placed again",
            Stays,
            "UPDATE legal_hold SET ended_on = NULL WHERE id = 30",
        ),
        act(
            "a hold moved here",
            Stays,
            "UPDATE legal_hold SET item_id = 30 WHERE id = 60",
        ),
        act(
            "a lifted hold gained",
            Goes,
            "INSERT INTO legal_hold (id, item_id, ended_on) VALUES (31, 30, '2020-01-01')",
        ),
        act(
            "a hold elsewhere",
            Either,
            "INSERT INTO legal_hold (id, item_id) VALUES (31, 60)",
        ),
    ]
}

impl Form {
    /// A person's rows two references below: whose they are stands in the row between.
    pub fn requested() -> Self {
        let owners = "then = \"delete\"\nerasure = { with = [\"items\", \"subs\"] }\n---[rules.children]\n\
                      item = \"own-rule\"";
        let rules = rule("owners", "owner", OWN_START, owners)
            + &items(OWN_START, "sub = \"own-rule\"")
            + &rule(
                "subs",
                "sub",
                "{ column = \"ended_on\"FORMAT }",
                "then = \"delete\"\n",
            );
        let whose = "UPDATE item SET owner_id = 10 WHERE id <= 50; UPDATE item SET owner_id = 60 WHERE id > 50;";
        let mut form = Self::of_items(
            format!(
                "{OWNER}{OWNED_ITEM}{}",
                referring("sub", "item_id", "item", "NO ACTION")
            ),
            format!("{OWNERS}{ITEMS}{whose}{}", children("sub", "item_id")),
            rules,
        );
        form.tables = vec!["owner", "item", "sub"];
        (form.rule, form.target) = ("subs", "sub");
        form.request = Some(("owners", "10"));
        form.interferences = vec![
            act(
                "the row between given to somebody else",
                Fate::Stays,
                "UPDATE item SET owner_id = 60 WHERE id = 30",
            ),
            act(
                "the row between given to nobody",
                Fate::Stays,
                "UPDATE item SET owner_id = NULL WHERE id = 30",
            ),
            act(
                "moved to somebody else's",
                Fate::Stays,
                "UPDATE sub SET item_id = 60 WHERE id = 30",
            ),
            act(
                "the row between touched",
                Fate::Goes,
                "UPDATE item SET remark = 'x' WHERE id = 30",
            ),
        ];
        form
    }

    /// The holds refer to their rows by a foreign key.
    pub fn held_by_table() -> Self {
        let rules = held_items(
            BY_REFERENCE,
            "[rules.children]\nlegal_hold = \"with-parent\"",
        );
        let mut form = Self::of_items(
            format!(
                "{ITEM}{}",
                referring("legal_hold", "item_id", "item", "NO ACTION")
            ),
            format!("{ITEMS}{}", children("legal_hold", "item_id")),
            rules,
        );
        form.tables = vec!["item", "legal_hold"];
        form.along = vec![("legal_hold", 1, "item")];
        form.interferences = holds();
        form
    }

    /// Nobody watches over the column that names the held row.
    pub fn held_by_undeclared_table() -> Self {
        let mut form = Self::of_items(
            format!("{ITEM}{}", referring("legal_hold", "item_id", "item", "")),
            format!("{ITEMS}{}", children("legal_hold", "item_id")),
            held_items(BY_COLUMN, ""),
        );
        form.tables = vec!["item", "legal_hold"];
        let without_rows: Vec<_> = own_row()
            .into_iter()
            .filter(|one| one.name != "put on hold")
            .collect();
        form.interferences = [holds(), without_rows].concat();
        form
    }

    /// The held row loses its reference, which would overwrite it.
    pub fn detached_held() -> Self {
        let held =
            "then = \"delete\"\nholds = [{ when = \"ended_on IS NULL\", because = \"a test\" }]\n";
        let rules = items(OWN_START, "sub = \"detach\"")
            + &rule("sub", "sub", "{ column = \"ended_on\"FORMAT }", held);
        let mut form = Self::of_items(
            format!("{ITEM}{}", referring("sub", "item_id", "item", "NO ACTION")),
            format!("{ITEMS}{}", children("sub", "item_id")),
            rules,
        );
        form.tables = vec!["item", "sub"];
        form.along = vec![("sub", 1, "item")];
        form.detached = true;
        form.interferences = vec![
            act(
                "a child put on hold",
                Fate::Stays,
                "UPDATE sub SET ended_on = NULL WHERE id = 30",
            ),
            act(
                "a held child gained",
                Fate::Stays,
                "INSERT INTO sub (id, item_id) VALUES (31, 30)",
            ),
            act(
                "a held child moved here",
                Fate::Stays,
                "UPDATE sub SET item_id = 30 WHERE id = 60",
            ),
            act(
                "a child changed",
                Fate::Goes,
                "UPDATE sub SET ended_on = '2020-02-01' WHERE id = 30",
            ),
        ];
        form
    }

    /// The held row is the parent's.
    pub fn parent_held_by_table(declared: bool) -> Self {
        let (hold, child, on_delete) = if declared {
            (
                BY_REFERENCE,
                "item = \"own-rule\"\nlegal_hold = \"with-parent\"",
                "NO ACTION",
            )
        } else {
            (BY_COLUMN, "item = \"own-rule\"", "")
        };
        let hold = hold.replace("item_id", "owner_id");
        let owners = format!("then = \"delete\"\nholds = [{hold}]\n---[rules.children]\n{child}");
        let rules =
            rule("owners", "owner", OWN_START, &owners) + &rule("items", "item", OWN_START, HELD);
        let mut form = Self::of_items(
            format!(
                "{OWNER}{OWNED_ITEM}{}",
                referring("legal_hold", "owner_id", "owner", on_delete)
            ),
            format!("{OWNERS}{ITEMS}{}", children("legal_hold", "owner_id")),
            rules,
        );
        form.tables = vec!["owner", "item", "legal_hold"];
        form.interferences = vec![
            act(
                "a hold placed",
                Fate::Stays,
                "INSERT INTO legal_hold (id, owner_id) VALUES (31, 30)",
            ),
            act(
                "a lifted hold placed again",
                Fate::Stays,
                "UPDATE legal_hold SET ended_on = NULL WHERE id = 30",
            ),
            act(
                "a hold moved here",
                Fate::Stays,
                "UPDATE legal_hold SET owner_id = 30 WHERE id = 60",
            ),
            act(
                "moved to a held owner",
                Fate::Stays,
                "UPDATE item SET owner_id = 60 WHERE id = 30",
            ),
        ];
        form
    }

    pub fn at_due_held_by_table() -> Self {
        let rules = held_items(
            BY_REFERENCE,
            "[rules.children]\nsub = \"at-due\"\nlegal_hold = \"own-rule\"",
        ) + &own("legal_hold");
        let mut form = Self::with_sub("NO ACTION", children("sub", "item_id"), rules);
        form.ddl += &referring("legal_hold", "item_id", "item", "NO ACTION");
        form.rows += &children("legal_hold", "item_id");
        form.tables = vec!["item", "sub", "legal_hold"];
        form.kind = StepKind::AtDue;
        form.target = "sub";
        form.interferences = holds();
        form
    }

    /// Each row has one beside it that dates its item; without that, it would have to stay.
    pub fn dates_another() -> Self {
        let subs = rule(
            "sub",
            "sub",
            "{ column = \"ended_on\"FORMAT }",
            "then = \"delete\"\n",
        );
        let long = items(LATEST, "sub = \"own-rule\"").replace("1 year", "10 years");
        let later = "INSERT INTO sub (id, item_id, ended_on) VALUES (110, 10, '2020-06-01'), (120, 20, '2020-06-01'), \
                     (130, 30, '2020-06-01'), (140, 40, '2020-06-01'), (150, 50, '2020-06-01');";
        let rows = children("sub", "item_id") + later;
        let mut form = Self::with_sub("NO ACTION", rows, long + &subs);
        form.rule = "sub";
        form.target = "sub";
        form.interferences = vec![
            act(
                "the later one removed",
                Fate::Stays,
                "DELETE FROM sub WHERE id = 130",
            ),
            act(
                "the later one moved away",
                Fate::Stays,
                "UPDATE sub SET item_id = 60 WHERE id = 130",
            ),
            act(
                "the later one dated back",
                Fate::Stays,
                "UPDATE sub SET ended_on = '2019-01-01' WHERE id = 130",
            ),
            act(
                "a still later one gained",
                Fate::Goes,
                "INSERT INTO sub (id, item_id, ended_on) VALUES (131, 30, '2021-01-01')",
            ),
            act(
                "moved to an item without a later one",
                Fate::Stays,
                "UPDATE sub SET item_id = 80 WHERE id = 30",
            ),
        ];
        form.rows += "INSERT INTO item (id, name) VALUES (80, 'h');";
        form
    }

    /// The children would go with their owners as well, and stay while those are not due.
    pub fn shared(decision: &str) -> Self {
        let owners = rule(
            "owners",
            "owner",
            OWN_START,
            "then = \"delete\"\n---[rules.children]\nsub = \"with-parent\"",
        );
        let mut form =
            Self::with_owned_sub(items(OWN_START, &format!("sub = \"{decision}\"")) + &owners);
        form.interferences = children_of_owners();
        if decision == "at-due" {
            form.along = Vec::new();
            form.kind = StepKind::AtDue;
            form.target = "sub";
            let of_the_row = [
                "the child's owner re-opened",
                "the child moved to an open owner",
            ];
            form.interferences
                .retain(|one| of_the_row.contains(&one.name));
        }
        form
    }

    /// The row goes when no row refers to it any more.
    pub fn unused(declared: bool) -> Self {
        let start = "{ latest-of = [{ unused-by = \"all\" }, { column = \"closed_on\"FORMAT }] }";
        let on_delete = if declared { "NO ACTION" } else { "" };
        let rows = few_children("sub", "item_id");
        let mut form = Self::with_sub(on_delete, rows, rule("items", "item", start, HELD));
        if !declared {
            form.relations = SUB_OF_ITEM;
        }
        form.interferences = [keeping_children(), own_row()].concat();
        form
    }

    /// Children that go with an item, or are let go of by it, hang from an owner as well.
    pub fn held_beside(decision: &str, owners: &str) -> Self {
        let held = "then = \"delete\"\nholds = [{ when = \"on_hold\", because = \"a test\" }]\n---[rules.children]\n";
        let lets_go = &format!("{held}\"sub.owner_id\" = \"{owners}\"");
        let children = format!("\"sub.item_id\" = \"{decision}\"");
        let rules = rule("owners", "owner", OWN_START, lets_go) + &items(OWN_START, &children);
        let ddl = "CREATE TABLE sub (id bigint NOT NULL PRIMARY KEY, item_id bigint, owner_id bigint,
                   FOREIGN KEY (item_id) REFERENCES item (id), FOREIGN KEY (owner_id) REFERENCES owner (id));
                   CREATE INDEX sub_item_id ON sub (item_id); CREATE INDEX sub_owner_id ON sub (owner_id);";
        let rows = "INSERT INTO sub (id, item_id, owner_id) VALUES (10, 10, 10), (20, 20, 20), (30, 30, 30),
                    (40, 40, NULL), (60, 60, 60), (70, 70, 80);";
        let mut form = Self::of_items(
            format!("{OWNER}{ITEM}{ddl}"),
            format!("{OWNERS}{ITEMS}{rows}"),
            rules,
        );
        form.tables = vec!["owner", "item", "sub"];
        form.along = vec![("sub", 1, "item")];
        form.detached = decision == "detach";
        form.interferences = vec![
            act(
                "the owner held",
                Fate::Stays,
                "UPDATE owner SET on_hold = true WHERE id = 30",
            ),
            act(
                "the child moved to a held owner",
                Fate::Stays,
                "UPDATE sub SET owner_id = 80 WHERE id = 30",
            ),
            act(
                "a child of a held owner gained",
                Fate::Stays,
                "INSERT INTO sub (id, item_id, owner_id) VALUES (31, 30, 80)",
            ),
            act(
                "the child let go",
                Fate::Either,
                "UPDATE sub SET owner_id = NULL WHERE id = 30",
            ),
        ];
        form
    }
}
