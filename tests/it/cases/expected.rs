//! What must be left of a case, as it was written down.

/// The file `expected`, taken apart. Paragraphs are separated by empty lines. A paragraph is a query, which ends with
/// a semicolon, and its rows, one to a line with " | " between the cells; or lines that begin with "rule", about the
/// report.
#[derive(Debug, Default)]
pub struct Expected {
    pub queries: Vec<Query>,
    pub rules: Vec<RuleLine>,
}

#[derive(Debug)]
pub struct Query {
    pub sql: String,
    pub rows: Vec<String>,
}

/// What must be said of a rule.
#[derive(Debug)]
pub struct RuleLine {
    pub rule: String,
    pub says: Says,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Says {
    /// `rule notes fails`: the run takes it back, the rehearsal could not know.
    Fails,
    /// `rule notes is stopped`: a limit or a key that is not unique forbids it to act.
    Stopped,
    /// `rule notes observes`.
    Observes,
    /// `rule notes counts otherwise`: what is counted beforehand is not what goes, which is known.
    CountsOtherwise,
    /// `rule notes: due 3, held 1, deleted note 3`: counts of the rule, then effects by table. All effects must be
    /// named where one is.
    Counts(Vec<(String, u64)>),
}

impl Expected {
    pub fn parse(text: &str) -> Expected {
        let mut expected = Expected::default();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if line.trim().is_empty() || line.starts_with("--") {
                continue;
            }
            if let Some(told) = line.strip_prefix("rule ") {
                expected.rules.push(rule_line(told));
                continue;
            }
            let mut sql = line.to_owned();
            while !sql.trim_end().ends_with(';') {
                let more = lines.next().unwrap_or_else(|| panic!("no end of: {sql}"));
                sql.push('\n');
                sql.push_str(more);
            }
            let mut rows = Vec::new();
            while let Some(row) = lines.next_if(|line| !line.trim().is_empty()) {
                rows.push(row.trim_end().to_owned());
            }
            expected.queries.push(Query { sql, rows });
        }
        expected
    }
}

fn rule_line(told: &str) -> RuleLine {
    let words = |end: &str| told.strip_suffix(end).map(str::to_owned);
    if let Some(rule) = words(" fails") {
        return RuleLine {
            rule,
            says: Says::Fails,
        };
    }
    if let Some(rule) = words(" is stopped") {
        return RuleLine {
            rule,
            says: Says::Stopped,
        };
    }
    if let Some(rule) = words(" counts otherwise") {
        return RuleLine {
            rule,
            says: Says::CountsOtherwise,
        };
    }
    if let Some(rule) = words(" observes") {
        return RuleLine {
            rule,
            says: Says::Observes,
        };
    }
    let (rule, counts) = told
        .split_once(": ")
        .unwrap_or_else(|| panic!("not understood: rule {told}"));
    let counts = counts.split(", ").map(count).collect();
    RuleLine {
        rule: rule.to_owned(),
        says: Says::Counts(counts),
    }
}

fn count(text: &str) -> (String, u64) {
    let (what, number) = text
        .rsplit_once(' ')
        .unwrap_or_else(|| panic!("not understood: {text}"));
    let number = number
        .parse()
        .unwrap_or_else(|_| panic!("no number: {text}"));
    (what.trim().to_owned(), number)
}
