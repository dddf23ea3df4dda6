use std::os::unix::fs::FileExt;

use super::*;

const SMALL: Sizes = Sizes {
    segment: 2048,
    reserve: 512,
};

fn at() -> DateTime<Utc> {
    "2026-11-22T03:14:15.926535Z".parse().expect("a moment")
}

fn boot(epoch: i64) -> Record {
    Record::Boot { epoch }
}

fn ended(rows: u64) -> Record {
    Record::RunEnded {
        run: "r".to_owned(),
        ending: crate::audit::Ending::Finished,
        rows,
    }
}

fn epochs(log: &Log) -> Vec<i64> {
    let entries = log.entries(|kind| kind == "boot").expect("readable");
    entries
        .into_iter()
        .filter_map(|entry| match entry.record {
            Record::Boot { epoch } => Some(epoch),
            _ => None,
        })
        .collect()
}

fn open(folder: &Path) -> Log {
    Log::open(folder, at(), SMALL).expect("a log")
}

/// The only segment of a folder.
fn segment(folder: &Path) -> PathBuf {
    let all = scan::segments(folder).expect("segments");
    assert_eq!(all.len(), 1);
    all[0].path.clone()
}

#[test]
fn what_is_appended_is_read_again_over_many_segments() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("log");
    let mut log = open(&folder);
    let id = log.id().to_owned();
    for epoch in (0..60).step_by(2) {
        log.append(at(), &[boot(epoch), boot(epoch + 1)])
            .expect("appended");
    }
    let (size, root) = (log.size(), log.root());
    assert_eq!(size, 61);
    let again = open(&folder);
    assert_eq!((again.id(), again.size(), again.root()), (&*id, size, root));
    assert_eq!(epochs(&again), (0..60).collect::<Vec<_>>());
    let read = Log::open_read(&folder).expect("readable");
    assert_eq!((read.size(), read.root()), (size, root));
    assert!(scan::segments(&folder).expect("segments").len() > 3);
}

#[test]
fn a_write_cut_anywhere_is_cut_away_and_recorded() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("log");
    let mut log = open(&folder);
    log.append(at(), &[boot(1)]).expect("appended");
    let whole = std::fs::read(segment(&folder)).expect("a segment");
    let before = whole.iter().rposition(|byte| *byte != 0).expect("text") + 1;
    log.append(at(), &[ended(7), boot(2)]).expect("appended");
    drop(log);
    let path = segment(&folder);
    let written = std::fs::read(&path).expect("a segment");
    let after = written.iter().rposition(|byte| *byte != 0).expect("text") + 1;
    let put = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("put");
    };
    let cuts = (before + 1..after).map(|cut| {
        let mut part = written.clone();
        part[cut..].fill(0);
        part
    });
    // The front of the write was lost and the rest of it was not.
    let holes = (before + 1..after - 1).map(|cut| {
        let mut part = written.clone();
        part[before..cut].fill(0);
        part
    });
    for part in cuts.chain(holes) {
        put(&part);
        let first_line_is_whole = part[before..after]
            .iter()
            .position(|byte| *byte == b'\n' || *byte == 0)
            .is_some_and(|end| part[before + end] == b'\n');
        let read = Log::open_read(&folder).expect("a torn tail is not damage");
        assert_eq!(read.size(), if first_line_is_whole { 3 } else { 2 });
        let mut log = open(&folder);
        let torn = log.entries(|kind| kind == "torn-tail").expect("readable");
        let whole = part[before..].iter().filter(|byte| **byte != 0).count();
        let cut_exactly = first_line_is_whole && part[after - 1] == 0 && torn.is_empty();
        assert!(torn.len() == 1 || cut_exactly, "{whole} bytes");
        log.append(at(), &[boot(3)]).expect("appended");
        drop(log);
        assert_eq!(epochs(&open(&folder)), [1, 3]);
    }
}

#[test]
fn a_changed_byte_is_not_taken_for_a_torn_tail() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("log");
    let mut log = open(&folder);
    log.append(at(), &[boot(1)]).expect("appended");
    log.append(at(), &[boot(2)]).expect("appended");
    drop(log);
    let path = segment(&folder);
    let written = std::fs::read(&path).expect("a segment");
    let lines: Vec<usize> = written
        .iter()
        .enumerate()
        .filter_map(|(at, byte)| (*byte == b'\n').then_some(at))
        .collect();
    for place in 0..=lines[1] {
        for changed in [0, written[place] ^ 1] {
            let mut bytes = written.clone();
            bytes[place] = changed;
            std::fs::write(&path, &bytes).expect("put");
            let told = Log::open(&folder, at(), SMALL).map(|log| log.size());
            let told = format!("{:#}", told.expect_err(&format!("byte {place}")));
            assert!(told.contains("record"), "{told}");
            assert_eq!(std::fs::read(&path).expect("a segment"), bytes, "untouched");
        }
    }
}

#[test]
fn after_a_failed_write_nothing_is_written_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("log");
    let mut log = open(&folder);
    log.sync = |_| Err(std::io::Error::from_raw_os_error(5));
    assert!(!log.is_broken());
    log.append(at(), &[boot(1)]).expect_err("no sync");
    assert!(log.is_broken());
    log.sync = File::sync_data;
    let told = log.append(at(), &[boot(2)]).expect_err("closed");
    assert!(told.is::<Unwritable>(), "{told}");
    assert_eq!(log.size(), 1);
    drop(log);
    // Whether it was lost only the next start can tell.
    assert_eq!(epochs(&open(&folder)), [1]);
}

#[test]
fn a_file_that_was_moved_or_cut_is_noticed() {
    for (what, act) in [
        (
            "gone",
            (|path: &Path| std::fs::remove_file(path)) as fn(&Path) -> std::io::Result<()>,
        ),
        ("replaced or cut", |path| {
            let copy = path.with_extension("copy");
            std::fs::copy(path, &copy)?;
            std::fs::rename(copy, path)
        }),
        ("replaced or cut", |path| {
            File::options().write(true).open(path)?.set_len(0)
        }),
    ] {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("log");
        let mut log = open(&folder);
        act(&segment(&folder)).expect("done");
        let told = log.append(at(), &[boot(1)]).expect_err(what);
        assert!(format!("{told:#}").contains(what), "{told:#}");
        assert!(log.is_broken());
    }
}

/// Nothing new is begun without room for its end; the end always fits.
#[test]
fn a_full_disk_leaves_room_for_the_end() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("log");
    let mut log = open(&folder);
    // No spare can be made: a folder lies where it would be written.
    let full = folder.join("spare.new");
    let _ = std::fs::remove_file(folder.join("spare"));
    std::fs::create_dir(&full).expect("an obstacle");
    let mut begun = 0;
    while log.append(at(), &[boot(begun)]).is_ok() {
        begun += 1;
    }
    assert!(begun > 0 && !log.is_broken());
    log.append(at(), &[ended(1)]).expect("the end fits");
    std::fs::remove_dir(&full).expect("space again");
    log.append(at(), &[boot(begun)]).expect("there is room");
    assert_eq!(epochs(&open(&folder)).len() as i64, begun + 1);
}

#[test]
fn a_missing_segment_and_a_foreign_line_are_noticed() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().join("log");
    let mut log = open(&folder);
    for epoch in 0..30 {
        log.append(at(), &[boot(epoch)]).expect("appended");
    }
    drop(log);
    let all = scan::segments(&folder).expect("segments");
    let (second, last) = (&all[1].path, &all[all.len() - 1].path);
    let kept = std::fs::read(second).expect("a segment");
    std::fs::remove_file(second).expect("removed");
    let told = Log::open(&folder, at(), SMALL).map(|log| log.size());
    assert!(format!("{:#}", told.expect_err("a gap")).contains("are missing"));
    std::fs::write(second, kept).expect("put back");
    let end = std::fs::read(last).expect("a segment");
    let used = end
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    let file = File::options().write(true).open(last).expect("a file");
    file.write_all_at(b"{\"kind\":\"boot\"}\n", used as u64)
        .expect("written");
    let told = Log::open(&folder, at(), SMALL).map(|log| log.size());
    assert!(format!("{:#}", told.expect_err("foreign")).contains("is damaged"));
}
