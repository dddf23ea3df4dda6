//! The alert rules that ship: right, each of them tested, told in the runbook, and about metrics that there are.

use std::process::Command;

fn names(text: &str) -> Vec<&str> {
    let lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    lines.collect()
}

#[test]
fn alerts_fire_when_they_should() {
    let ran = Command::new("promtool")
        .args(["test", "rules", "alerts.yml"])
        .current_dir("tests/alerts")
        .output()
        .expect("promtool");
    let told =
        String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}");
    let rules = std::fs::read_to_string("config/alerts.yml").expect("the rules");
    let tests = std::fs::read_to_string("tests/alerts/alerts.yml").expect("their tests");
    let metrics = std::fs::read_to_string("src/daemon/metrics.rs").expect("the metrics");
    let runbook = std::fs::read_to_string("docs/runbook.md").expect("the runbook");
    for name in names(&rules) {
        assert!(
            tests.contains(&format!("alertname: {name}\n")),
            "{name} is not tested"
        );
        assert!(
            runbook.contains(&format!("### {name}\n")),
            "{name} is not in the runbook"
        );
    }
    let words = rules.split(|one: char| !one.is_ascii_alphanumeric() && one != '_');
    for metric in words.filter(|word| word.starts_with("retentiond_")) {
        assert!(
            metrics.contains(&format!("\"{metric}\"")),
            "there is no {metric}"
        );
    }
    for code in 1..=8 {
        assert!(
            runbook.contains(&format!("### Exit code {code}\n")),
            "exit code {code} is not in the runbook"
        );
    }
}
