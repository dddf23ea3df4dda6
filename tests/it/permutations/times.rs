//! Forms of removal in which more than a start event says when a row is due.

use super::forms::{Form, ITEMS, OWNED_ITEM, items};
use super::interference::{Fate, Interference, act};

const OWNER: &str = "CREATE TABLE owner (id bigint NOT NULL PRIMARY KEY, months bigint);";

const OWNERS: &str =
    "INSERT INTO owner (id, months) VALUES (10, 12), (20, 6), (30, 12), (40, 12), (50, 6), (60, 6),
    (70, 12), (80, 120);";

const LENGTH: &str = "{ column = \"owner.months\", via = \"owner_id\", unit = \"months\", at-least = \"1 month\", at-most = \"20 years\" }";

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
