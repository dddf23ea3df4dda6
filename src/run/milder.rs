//! Whether a changed rule can only remove less than the one that was approved.
//!
//! Apart from `guard`, because it compares two meanings and knows nothing of counts and days. It says yes only where
//! that is plain from the text; everything else waits for somebody to look.

use serde_json::Value;

use crate::calendar::{Keep, RetentionPeriod};

/// True where the rule is as approved, but for periods that got longer in the same unit, a minimum that was switched
/// on, holds that were added, and, in a rule with one purpose, exceptions that were added.
#[must_use]
pub fn removes_no_more(approved: &Value, now: &Value) -> bool {
    let (Some([its_database, approved]), Some([database, now])) = (pair(approved), pair(now))
    else {
        return false;
    };
    its_database == database
        && same_but(approved, now, &["purposes", "holds"])
        && only_added(approved, now, "holds")
        && purposes(approved, now)
}

fn pair(value: &Value) -> Option<[&Value; 2]> {
    match value.as_array()?.as_slice() {
        [database, rule] => Some([database, rule]),
        _ => None,
    }
}

fn purposes(approved: &Value, now: &Value) -> bool {
    let (Some(before), Some(after)) = (list(approved, "purposes"), list(now, "purposes")) else {
        return false;
    };
    // Columns that go when their purpose ends are touched only where another purpose keeps the row: a longer period
    // of the other one would touch rows that had gone before.
    let ends_early = |purpose: &&Value| !purpose["at_end"].is_null();
    if before.iter().any(|one| ends_early(&one)) {
        return before == after;
    }
    // A row that one of several purposes no longer covers may become due under the others.
    let alone = before.len() == 1;
    before.len() == after.len()
        && before
            .iter()
            .zip(after)
            .all(|(before, after)| purpose(before, after, alone))
}

fn purpose(before: &Value, after: &Value, alone: bool) -> bool {
    let exceptions = if alone {
        only_added(before, after, "unless")
    } else {
        before["unless"] == after["unless"]
    };
    let (Some(cases_before), Some(cases_after)) = (list(before, "cases"), list(after, "cases"))
    else {
        return false;
    };
    exceptions
        && same_but(before, after, &["unless", "cases", "otherwise"])
        && period(&before["otherwise"], &after["otherwise"])
        && cases_before.len() == cases_after.len()
        && cases_before.iter().zip(cases_after).all(|(one, other)| {
            same_but(one, other, &["period"]) && period(&one["period"], &other["period"])
        })
}

fn period(before: &Value, after: &Value) -> bool {
    if before == after {
        return true;
    }
    let minimum = before["at_least"] == after["at_least"]
        || (before["at_least"] == false && after["at_least"] == true);
    minimum
        && before.is_object()
        && after.is_object()
        && same_but(before, after, &["keep", "at_least"])
        && no_shorter(&before["keep"], &after["keep"])
}

fn no_shorter(before: &Value, after: &Value) -> bool {
    if before == after {
        return true;
    }
    let keep = |value: &Value| value.as_str().and_then(|text| text.parse::<Keep>().ok());
    match (keep(before), keep(after)) {
        (Some(Keep::For(before)), Some(Keep::For(after))) => longer(before, after),
        _ => false,
    }
}

fn longer(before: RetentionPeriod, after: RetentionPeriod) -> bool {
    use RetentionPeriod::{Days, Hours, Months, Weeks, Years};
    match (before, after) {
        (Hours(before), Hours(after))
        | (Days(before), Days(after))
        | (Weeks(before), Weeks(after))
        | (Months(before), Months(after))
        | (Years(before), Years(after)) => before <= after,
        _ => false,
    }
}

fn list<'a>(value: &'a Value, key: &str) -> Option<&'a Vec<Value>> {
    value[key].as_array()
}

/// Everything that was in the list still is, and something may have been added.
fn only_added(before: &Value, after: &Value, key: &str) -> bool {
    match (list(before, key), list(after, key)) {
        (Some(before), Some(after)) => before.iter().all(|one| after.contains(one)),
        _ => false,
    }
}

/// Both are objects with the same keys, and equal but for some of them.
fn same_but(before: &Value, after: &Value, but: &[&str]) -> bool {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return false;
    };
    before.keys().eq(after.keys())
        && before
            .iter()
            .filter(|(key, _)| !but.contains(&key.as_str()))
            .all(|(key, value)| after.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::terms;

    const RULE: &str = r#"
version = 1
[defaults]
time-zone = "UTC"
[databases.a]
engine = "sqlite"
file = "a.db"
[[rules]]
name = "visits"
table = "visit"
then = "delete"
  [[rules.purposes]]
  name = "statistics"
  start = { column = "left_at" }
  keep = "2 years"
    [[rules.purposes.cases]]
    name = "guests"
    when = "guest"
    start = { column = "left_at" }
    keep = "4 weeks"
"#;

    fn meaning(text: &str) -> Value {
        let (schedule, _, _) = crate::config::read(text, "a.toml").expect("a schedule");
        let database = schedule.databases.values().next().expect("a database");
        terms(database, schedule.rules.first().expect("a rule"))
    }

    fn changed(from: &str, to: &str) -> bool {
        assert!(RULE.contains(from), "{from}");
        removes_no_more(&meaning(RULE), &meaning(&RULE.replace(from, to)))
    }

    #[test]
    fn what_can_only_remove_less_needs_nobody() {
        let hold = "then = \"delete\"\nholds = [{ when = \"held\", because = \"court\" }]";
        let unless = "keep = \"2 years\"\n  unless = [{ when = \"paid\", because = \"books\" }]";
        for (from, to) in [
            ("2 years", "3 years"),
            ("4 weeks", "5 weeks"),
            (
                "keep = \"2 years\"",
                "keep = \"2 years\"\n  at-least = true",
            ),
            ("then = \"delete\"", hold),
            ("keep = \"2 years\"", unless),
            (
                "keep = \"2 years\"",
                "keep = \"2 years\"\n  owner = \"a@b.c\"",
            ),
            (
                "then = \"delete\"",
                "then = \"delete\"\nlimits = { rows-per-run = 5 }",
            ),
        ] {
            assert!(changed(from, to), "{to}");
        }
    }

    #[test]
    fn what_might_remove_more_waits() {
        let second = "keep = \"4 weeks\"\n  [[rules.purposes]]\n  name = \"b\"\n  start = { column = \"c\" }\n  keep = \"1 day\"";
        for (from, to) in [
            ("2 years", "1 year"),
            ("2 years", "24 months"),
            ("2 years", "1000 days"),
            ("4 weeks", "3 weeks"),
            ("keep = \"2 years\"", "keep = \"none\""),
            ("when = \"guest\"", "when = \"guest OR staff\""),
            (
                "start = { column = \"left_at\" }\n  keep",
                "start = { column = \"came_at\" }\n  keep",
            ),
            ("time-zone = \"UTC\"", "time-zone = \"Asia/Tokyo\""),
            ("keep = \"4 weeks\"", second),
            (
                "keep = \"2 years\"",
                "keep = \"2 years\"\n  counted-from = \"end-of-year\"",
            ),
        ] {
            assert!(!changed(from, to), "{to}");
        }
    }

    #[test]
    fn what_was_taken_back_waits() {
        let held = RULE.replace(
            "then = \"delete\"",
            "then = \"delete\"\nholds = [{ when = \"held\", because = \"court\" }]",
        );
        assert!(!removes_no_more(&meaning(&held), &meaning(RULE)));
        let minimum = RULE.replace(
            "keep = \"2 years\"",
            "keep = \"2 years\"\n  at-least = true",
        );
        assert!(!removes_no_more(&meaning(&minimum), &meaning(RULE)));
        assert!(!removes_no_more(&Value::Null, &meaning(RULE)));
    }

    #[test]
    fn an_exception_to_one_of_several_purposes_waits() {
        let two = format!(
            "{RULE}  [[rules.purposes]]\n  name = \"b\"\n  start = {{ column = \"c\" }}\n  keep = \"9 days\"\n"
        );
        let excepted = format!("{two}  unless = [{{ when = \"paid\", because = \"books\" }}]\n");
        assert!(!removes_no_more(&meaning(&two), &meaning(&excepted)));
        let longer = two.replace("9 days", "10 days");
        assert!(removes_no_more(&meaning(&two), &meaning(&longer)));
    }
}
