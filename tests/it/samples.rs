//! The schedules for well-known sample databases can be read, without a warning.

use std::path::Path;

use retentiond::config;
use retentiond::diagnostic::{Style, render};

#[test]
fn every_sample_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples/samples");
    for name in ["chinook", "employees", "pagila"] {
        match config::load(&folder.join(format!("{name}.toml"))) {
            Ok((_, source, faults)) => {
                let told = render(&source, &faults, Style::Plain);
                assert_eq!(faults.warnings(), 0, "{told}");
            }
            Err((source, faults)) => panic!("{}", render(&source, &faults, Style::Plain)),
        }
    }
}
