//! Never early: two connections, every form of removal, every interference, every order of the two.
//!
//! The batch's bound is taken from the walker; then another session interferes; then the batch is carried out. What
//! covers a row says so at the moment of its removal, or the row stays; and the receipt tells exactly what went.

mod faults;
mod forms;
mod interference;
mod kill;
mod rig;
mod stage;

use crate::support::every_database;
use forms::Form;
use stage::play;

/// One test for each database and form: all walks, interferences and timings one after the other.
macro_rules! forms {
    ($($name:ident => $form:expr;)*) => {
        $(every_database!(
            async fn $name(server) {
                play(server, $form).await;
            }
        );)*
    };
}

forms! {
    the_row_alone => |_| Form::alone();
    a_start_event_in_the_parent => |_| Form::parent_event();
    the_latest_over_children => |_| Form::latest();
    a_child_with_a_rule_of_its_own => |_| Form::own_rule("NO ACTION");
    a_child_with_a_rule_of_its_own_that_cascades => |_| Form::own_rule("CASCADE");
    a_child_that_refers_to_a_second_key => |_| Form::own_rule_by_second_key();
    a_hold_on_the_parent => |_| Form::held_parent();
    a_hold_on_the_grandparent => |_| Form::held_grandparent();
    children_that_go_along => |_| Form::with_parent("NO ACTION");
    children_that_go_along_and_cascade => |_| Form::with_parent("CASCADE");
    children_that_are_detached => |_| Form::detach();
    children_at_due => |_| Form::at_due();
    children_at_due_by_the_latest_of_others => |_| Form::at_due_latest();
    overwriting_alike => |_| Form::overwrite("set = { name = \"ANON\" }\nnull = [\"note\"]");
    overwriting_row_by_row => |_| Form::overwrite("random = [\"name\"]\nnull = [\"note\"]");
    overwriting_by_a_start_event_in_the_parent => |_| Form::overwrite_by_parent();
    overwriting_what_a_child_keeps => |_| Form::child_stays();
    an_undeclared_child_with_a_rule_of_its_own => |_| Form::undeclared();
    the_latest_over_undeclared_children => |_| Form::undeclared_latest();
    an_undeclared_child_of_what_goes_along => |_| Form::undeclared_below();
}
