//! Forms whose references are kept as text: nobody watches over them, and what they are compared with is written.

use super::forms::{Form, HELD, ITEM, ITEMS, OWNER, OWNERS, PARENT_START, rule};
use super::interference;

const SUB: &str = "[[databases.scratch.relations]]\nchild = \"sub\"\ncolumns = [\"item_id\"]\n\
                   parent = \"item\"\nparent-columns = [\"id\"]\nas-text = \"{id}\"\n";
const ITEM_OF_OWNER: &str = "[[databases.scratch.relations]]\nchild = \"item\"\ncolumns = [\"owner_id\"]\n\
                             parent = \"owner\"\nparent-columns = [\"id\"]\nas-text = \"{id}\"\n";

impl Form {
    /// The same, where the undeclared reference to an item is kept as text.
    pub fn by_text(mut self) -> Self {
        self.ddl = self.ddl.replace("item_id bigint", "item_id varchar(40)");
        if !self.relations.is_empty() {
            self.relations = SUB;
        }
        let columns = "columns = [\"item_id\"]";
        let form = format!("{columns}, parent-columns = [\"id\"], as-text = \"{{id}}\"");
        self.rules = self.rules.replace(columns, &form);
        self
    }

    /// The start event stands in a row to which a text refers.
    pub fn parent_event_by_text() -> Self {
        let rules = rule("items", "item", PARENT_START, HELD);
        let item = ITEM.replace("owner_id bigint", "owner_id varchar(40)");
        let mut form = Self::of_items(format!("{OWNER}{item}"), format!("{OWNERS}{ITEMS}"), rules);
        form.relations = ITEM_OF_OWNER;
        form.tables = vec!["owner", "item"];
        form.interferences = [interference::parent(), interference::childless()].concat();
        form
    }
}
