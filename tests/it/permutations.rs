//! Never early: two connections, every form of removal, every interference, every order of the two.
//!
//! The batch's bound is taken from the walker; then another session interferes; then the batch is carried out. What
//! covers a row says so at the moment of its removal, or the row stays; and the receipt tells exactly what went.

mod by_text;
mod faults;
mod forms;
mod hanging;
mod interference;
mod kill;
mod on_page;
mod placed;
mod rig;
mod stage;
mod times;
mod trees;

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
    the_row_alone => Form::alone();
    a_start_event_in_the_parent => Form::parent_event();
    the_latest_over_children => Form::latest();
    a_period_in_the_parent => Form::parent_length();
    the_latest_two_references_down => Form::latest_two_down(true);
    the_latest_two_undeclared_references_down => Form::latest_two_down(false);
    due_ones_two_down_with_those_between => Form::due_ones_two_down_go_along("with-parent");
    due_ones_two_down_below_a_rule => Form::due_ones_two_down_go_along("own-rule");
    the_latest_over_rows_beside => Form::latest_beside(true);
    the_latest_over_undeclared_rows_beside => Form::latest_beside(false);
    the_newest_stay => Form::newest_stay();
    the_newest_are_not_overwritten => Form::newest_are_not_overwritten();
    an_event_reported_from_outside => Form::reported();
    a_start_event_two_levels_up => Form::grandparent_event();
    the_latest_over_owners_of_children => Form::latest_of_owners();
    children_that_go_along_where_they_are_due => Form::due_ones_go_along();
    a_child_with_a_rule_of_its_own => Form::own_rule("NO ACTION");
    a_child_with_a_rule_of_its_own_that_cascades => Form::own_rule("CASCADE");
    a_child_that_refers_to_a_second_key => Form::own_rule_by_second_key();
    a_hold_on_the_parent => Form::held_parent();
    a_hold_on_the_grandparent => Form::held_grandparent();
    a_hold_in_a_table => Form::held_by_table();
    a_hold_in_an_undeclared_table => Form::held_by_undeclared_table();
    a_hold_in_a_table_on_the_parent => Form::parent_held_by_table(true);
    a_hold_in_an_undeclared_table_on_the_parent => Form::parent_held_by_table(false);
    children_at_due_of_a_row_held_by_a_table => Form::at_due_held_by_table();
    a_row_that_may_date_another => Form::dates_another();
    children_shared_with_others => Form::shared("with-parent");
    children_at_due_shared_with_others => Form::shared("at-due");
    children_that_hang_from_a_held_row_too => Form::held_beside("with-parent", "detach");
    a_child_let_go_that_goes_with_a_held_row => Form::held_beside("detach", "with-parent");
    a_held_child_that_is_detached => Form::detached_held();
    a_row_that_nobody_uses => Form::unused(true);
    a_row_that_nobody_uses_undeclared => Form::unused(false);
    a_row_that_nobody_uses_by_text => Form::unused(false).by_text();
    a_hold_in_a_table_by_text => Form::held_by_undeclared_table().by_text();
    children_by_text => Form::undeclared().by_text();
    the_latest_over_children_by_text => Form::undeclared_latest().by_text();
    a_start_event_in_the_parent_by_text => Form::parent_event_by_text();
    what_came_back_with_a_restore => Form::returned();
    a_persons_rows_two_references_below => Form::requested();
    a_tree_that_goes_from_its_leaves => Form::tree("own-rule", true);
    a_tree_that_goes_as_a_whole => Form::tree("with-parent", true);
    a_tree_over_two_references => Form::tree_over_both();
    an_undeclared_tree => Form::tree("own-rule", false);
    children_that_go_along => Form::with_parent("NO ACTION");
    children_that_go_along_and_cascade => Form::with_parent("CASCADE");
    children_that_are_detached => Form::detach();
    children_that_are_detached_to_another_row => Form::detach_to(true);
    undeclared_children_that_are_detached_to_another_row => Form::detach_to(false);
    children_at_due => Form::at_due();
    children_at_due_by_the_latest_of_others => Form::at_due_latest();
    overwriting_alike => Form::overwrite("set = { name = \"ANON\" }\nnull = [\"note\"]");
    overwriting_row_by_row => Form::overwrite("random = [\"name\"]\nnull = [\"note\"]");
    overwriting_by_a_start_event_in_the_parent => Form::overwrite_by_parent();
    overwriting_what_a_child_keeps => Form::child_stays();
    an_undeclared_child_with_a_rule_of_its_own => Form::undeclared();
    the_latest_over_undeclared_children => Form::undeclared_latest();
    an_undeclared_child_of_what_goes_along => Form::undeclared_below();
}
