//! What another session does to the rows of a batch.

/// What must become of the victim where the interference is committed before or while the batch waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is covered again: it stays as the other session left it.
    Stays,
    /// It is as due as before.
    Goes,
    /// The batch may have it or leave it to the next run: only the receipt must tell the truth.
    Either,
}

/// One act of the other session.
#[derive(Clone, Debug)]
pub struct Interference {
    pub name: &'static str,
    pub sql: &'static str,
    pub fate: Fate,
}

pub(super) const fn act(name: &'static str, fate: Fate, sql: &'static str) -> Interference {
    Interference { name, sql, fate }
}

/// To the row of `item` itself.
pub fn own_row() -> Vec<Interference> {
    use Fate::{Either, Goes, Stays};
    vec![
        act(
            "re-activated",
            Stays,
            "UPDATE item SET closed_on = '2025-12-01' WHERE id = 30",
        ),
        act(
            "undone",
            Stays,
            "UPDATE item SET closed_on = NULL WHERE id = 30",
        ),
        act(
            "put on hold",
            Stays,
            "UPDATE item SET held = true WHERE id = 30",
        ),
        act(
            "touched",
            Goes,
            "UPDATE item SET remark = 'x' WHERE id = 30",
        ),
        act(
            "back-dated",
            Either,
            "INSERT INTO item (id, closed_on, name) VALUES (35, '2020-01-03', 'new')",
        ),
    ]
}

/// Where nothing refers to the row.
pub fn childless() -> Vec<Interference> {
    vec![
        act(
            "removed by somebody",
            Fate::Either,
            "DELETE FROM item WHERE id = 30",
        ),
        act(
            "another key, nearby",
            Fate::Either,
            "UPDATE item SET id = 31 WHERE id = 30",
        ),
        act(
            "another key, far away",
            Fate::Either,
            "UPDATE item SET id = 95 WHERE id = 30",
        ),
    ]
}

/// To the parent `owner`, whose column is the start event. A row that is moved is asked for its parent of before, and
/// may be left to the next run.
pub fn parent() -> Vec<Interference> {
    use Fate::{Either, Stays};
    vec![
        act(
            "parent re-opened",
            Stays,
            "UPDATE owner SET closed_on = NULL WHERE id = 30",
        ),
        act(
            "moved to an open parent",
            Stays,
            "UPDATE item SET owner_id = 60 WHERE id = 30",
        ),
        act(
            "moved to a closed parent",
            Either,
            "UPDATE item SET owner_id = 20 WHERE id = 30",
        ),
        act("held", Stays, "UPDATE item SET held = true WHERE id = 30"),
    ]
}

/// To the child rows that date the row.
pub fn dating_children() -> Vec<Interference> {
    use Fate::{Goes, Stays};
    vec![
        act(
            "a later child gained",
            Stays,
            "INSERT INTO sub (id, item_id, ended_on) VALUES (31, 30, '2025-12-01')",
        ),
        act(
            "an open child gained",
            Stays,
            "INSERT INTO sub (id, item_id, ended_on) VALUES (31, 30, NULL)",
        ),
        act(
            "an old child gained",
            Goes,
            "INSERT INTO sub (id, item_id, ended_on) VALUES (31, 30, '2020-01-01')",
        ),
        act(
            "a child re-opened",
            Stays,
            "UPDATE sub SET ended_on = NULL WHERE id = 30",
        ),
        act(
            "an open child moved here",
            Stays,
            "UPDATE sub SET item_id = 30 WHERE id = 60",
        ),
        act(
            "the only child removed",
            Stays,
            "DELETE FROM sub WHERE id = 30",
        ),
        act("held", Stays, "UPDATE item SET held = true WHERE id = 30"),
    ]
}

/// A child with a rule of its own comes to the row.
pub fn keeping_children() -> Vec<Interference> {
    vec![
        act(
            "a child gained",
            Fate::Stays,
            "INSERT INTO sub (id, item_id) VALUES (31, 30)",
        ),
        act(
            "a child moved here",
            Fate::Stays,
            "UPDATE sub SET item_id = 30 WHERE id = 60",
        ),
        act(
            "a child moved away from another",
            Fate::Goes,
            "UPDATE sub SET item_id = 70 WHERE id = 60",
        ),
    ]
}

/// To children that go along, whose own children keep them.
pub fn nested_children() -> Vec<Interference> {
    use Fate::{Goes, Stays};
    vec![
        act(
            "a grandchild gained",
            Stays,
            "INSERT INTO subsub (id, sub_id) VALUES (31, 30)",
        ),
        act(
            "a grandchild moved here",
            Stays,
            "UPDATE subsub SET sub_id = 30 WHERE id = 60",
        ),
        act(
            "a child and its child gained",
            Stays,
            "INSERT INTO sub (id, item_id) VALUES (31, 30); INSERT INTO subsub (id, sub_id) VALUES (31, 31)",
        ),
        act(
            "a child moved here with its child",
            Stays,
            "UPDATE sub SET item_id = 30 WHERE id = 60",
        ),
        act(
            "a child gained",
            Goes,
            "INSERT INTO sub (id, item_id) VALUES (31, 30)",
        ),
        act(
            "a child moved away",
            Goes,
            "UPDATE sub SET item_id = 60 WHERE id = 30",
        ),
        act("a child removed", Goes, "DELETE FROM sub WHERE id = 30"),
    ]
}

/// To children that lose their reference.
pub fn detached_children() -> Vec<Interference> {
    use Fate::Goes;
    vec![
        act(
            "a child gained",
            Goes,
            "INSERT INTO sub (id, item_id) VALUES (31, 30)",
        ),
        act(
            "a child moved here",
            Goes,
            "UPDATE sub SET item_id = 30 WHERE id = 60",
        ),
        act(
            "a child moved away",
            Goes,
            "UPDATE sub SET item_id = 60 WHERE id = 30",
        ),
    ]
}

/// To the row to which detached children refer from then on.
pub fn of_the_stand_in() -> Vec<Interference> {
    use Fate::{Goes, Stays};
    vec![
        act(
            "the stand-in removed",
            Stays,
            "DELETE FROM item WHERE id = 70",
        ),
        act(
            "the stand-in gets another key",
            Stays,
            "UPDATE item SET id = 95 WHERE id = 70",
        ),
        act(
            "the stand-in touched",
            Goes,
            "UPDATE item SET remark = 'x' WHERE id = 70",
        ),
        act(
            "the stand-in becomes due",
            Goes,
            "UPDATE item SET closed_on = '2020-01-01' WHERE id = 70",
        ),
    ]
}

/// A hold on a row from which this one hangs.
pub fn held_above() -> Vec<Interference> {
    use Fate::Stays;
    vec![
        act(
            "owner put on hold",
            Stays,
            "UPDATE owner SET on_hold = true WHERE id = 30",
        ),
        act(
            "owner's hold unknown",
            Stays,
            "UPDATE owner SET on_hold = NULL WHERE id = 30",
        ),
        act(
            "moved to a held owner",
            Stays,
            "UPDATE item SET owner_id = 80 WHERE id = 30",
        ),
    ]
}

/// To the child that goes as soon as its parent is due.
pub fn at_due() -> Vec<Interference> {
    use Fate::{Either, Stays};
    vec![
        act(
            "parent re-activated",
            Stays,
            "UPDATE item SET closed_on = NULL WHERE id = 30",
        ),
        act(
            "parent held",
            Stays,
            "UPDATE item SET held = true WHERE id = 30",
        ),
        act(
            "moved to an open parent",
            Stays,
            "UPDATE sub SET item_id = 60 WHERE id = 30",
        ),
        act(
            "a child gained",
            Either,
            "INSERT INTO sub (id, item_id) VALUES (31, 30)",
        ),
        act(
            "removed by somebody",
            Either,
            "DELETE FROM sub WHERE id = 30",
        ),
    ]
}

/// To the rows that date the parent of such a child.
pub fn at_due_latest() -> Vec<Interference> {
    use Fate::Stays;
    vec![
        act(
            "a visit gained",
            Stays,
            "INSERT INTO visit (id, item_id, ended_on) VALUES (31, 30, NULL)",
        ),
        act(
            "a visit re-opened",
            Stays,
            "UPDATE visit SET ended_on = NULL WHERE id = 30",
        ),
        act(
            "a visit moved here",
            Stays,
            "UPDATE visit SET item_id = 30 WHERE id = 60",
        ),
        act(
            "parent held",
            Stays,
            "UPDATE item SET held = true WHERE id = 30",
        ),
    ]
}

/// To a row that is overwritten while a child keeps it.
pub fn child_stays() -> Vec<Interference> {
    use Fate::{Goes, Stays};
    vec![
        act(
            "re-activated",
            Stays,
            "UPDATE item SET closed_on = NULL WHERE id = 30",
        ),
        act(
            "put on hold",
            Stays,
            "UPDATE item SET held = true WHERE id = 30",
        ),
        act("the child removed", Stays, "DELETE FROM sub WHERE id = 30"),
        act(
            "the child moved away",
            Stays,
            "UPDATE sub SET item_id = 60 WHERE id = 30",
        ),
        act(
            "another child gained",
            Goes,
            "INSERT INTO sub (id, item_id) VALUES (31, 30)",
        ),
    ]
}

/// To children whose owners date them.
pub fn children_of_owners() -> Vec<Interference> {
    use Fate::Stays;
    vec![
        act(
            "an open child moved here",
            Stays,
            "UPDATE sub SET item_id = 30 WHERE id = 60",
        ),
        act(
            "the child's owner re-opened",
            Stays,
            "UPDATE owner SET closed_on = NULL WHERE id = 30",
        ),
        act(
            "the child moved to an open owner",
            Stays,
            "UPDATE sub SET owner_id = 60 WHERE id = 30",
        ),
        act(
            "a child of an open owner gained",
            Stays,
            "INSERT INTO sub (id, item_id, ended_on, owner_id) VALUES (31, 30, '2020-01-01', 60)",
        ),
    ]
}

/// To the child's own date.
pub fn a_child_re_opened() -> Vec<Interference> {
    vec![act(
        "the child re-opened",
        Fate::Stays,
        "UPDATE sub SET ended_on = NULL WHERE id = 30",
    )]
}

/// To a start event two levels up.
pub fn grandparent() -> Vec<Interference> {
    use Fate::{Either, Stays};
    vec![
        act(
            "owner re-opened",
            Stays,
            "UPDATE owner SET closed_on = NULL WHERE id = 30",
        ),
        act(
            "item moved to an open owner",
            Stays,
            "UPDATE item SET owner_id = 60 WHERE id = 30",
        ),
        act(
            "moved to an item of an open owner",
            Stays,
            "UPDATE sub SET item_id = 60 WHERE id = 30",
        ),
        act(
            "item moved to a closed owner",
            Either,
            "UPDATE item SET owner_id = 20 WHERE id = 30",
        ),
    ]
}
