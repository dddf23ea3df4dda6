//! The schedules that are shipped as examples can be read, without a warning.

use std::path::Path;

use retentiond::config;
use retentiond::diagnostic::{Style, render};

#[test]
fn every_example_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).expect("the examples are there") {
        let path = entry.expect("an example").path();
        match config::load(&path) {
            Ok((_, source, faults)) => {
                assert_eq!(
                    faults.warnings(),
                    0,
                    "{}",
                    render(&source, &faults, Style::Plain)
                );
            }
            Err((source, faults)) => panic!("{}", render(&source, &faults, Style::Plain)),
        }
        read += 1;
    }
    assert!(read >= 3, "only {read} examples");
}
