//! The end of a certificate's validity (RFC 5280, section 4.1), and nothing else of it.

use chrono::{DateTime, NaiveDateTime, Utc};

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
/// The version, which the oldest certificates do not have.
const VERSION: u8 = 0xa0;

/// When a certificate ends; `None` where it is none.
pub(super) fn end(certificate: &[u8]) -> Option<DateTime<Utc>> {
    let (whole, _) = element(certificate, SEQUENCE)?;
    let (rest, _) = element(whole, SEQUENCE)?;
    let rest = element(rest, VERSION).map_or(rest, |(_, after)| after);
    let (_, rest) = element(rest, INTEGER)?;
    // How it is signed, and by whom.
    let (_, rest) = element(rest, SEQUENCE)?;
    let (_, rest) = element(rest, SEQUENCE)?;
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, rest) = any(validity)?;
    time(rest)
}

/// The content of an element of a kind, and what comes after it.
fn element(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    if *bytes.first()? != wanted {
        return None;
    }
    any(bytes)
}

fn any(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&short, rest) = bytes.get(1..)?.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        // So many bytes of the length follow.
        0x81..=0x84 => {
            let (long, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            let length = long
                .iter()
                .fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn time(bytes: &[u8]) -> Option<DateTime<Utc>> {
    let (text, kind) = match *bytes.first()? {
        kind @ (UTC_TIME | GENERALIZED_TIME) => (any(bytes)?.0, kind),
        _ => return None,
    };
    let text = std::str::from_utf8(text).ok()?;
    let text = match kind {
        // Two digits of the year: those from 50 on are of the last century.
        UTC_TIME if text.get(..2)?.parse::<u8>().ok()? >= 50 => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        _ => text.to_owned(),
    };
    let read = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ");
    read.ok().map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(kind: u8, content: &[u8]) -> Vec<u8> {
        let mut all = vec![kind];
        match u8::try_from(content.len()) {
            Ok(short @ 0..=0x7f) => all.push(short),
            _ => {
                all.push(0x82);
                all.extend(u16::try_from(content.len()).expect("short").to_be_bytes());
            }
        }
        all.extend(content);
        all
    }

    fn certificate(version: &[u8], after: &[u8]) -> Vec<u8> {
        let issuer = element(SEQUENCE, &[7; 300]);
        let before = element(UTC_TIME, b"200101000000Z");
        let validity = element(SEQUENCE, &[before, after.to_vec()].concat());
        let parts = [
            version.to_vec(),
            element(INTEGER, &[1]),
            element(SEQUENCE, &[]),
            issuer,
            validity,
            element(SEQUENCE, &[]),
        ];
        element(SEQUENCE, &element(SEQUENCE, &parts.concat()))
    }

    #[test]
    fn both_ways_of_writing_a_time() {
        let version = element(VERSION, &element(INTEGER, &[2]));
        for (after, expected) in [
            (
                element(UTC_TIME, b"271122101112Z"),
                Some("2027-11-22T10:11:12Z"),
            ),
            (
                element(UTC_TIME, b"991231235959Z"),
                Some("1999-12-31T23:59:59Z"),
            ),
            (
                element(GENERALIZED_TIME, b"20501231235959Z"),
                Some("2050-12-31T23:59:59Z"),
            ),
            (element(UTC_TIME, b"271322101112Z"), None),
            (element(INTEGER, b"271122101112Z"), None),
        ] {
            let expected = expected.map(|text| text.parse().expect("a moment"));
            assert_eq!(end(&certificate(&version, &after)), expected);
            assert_eq!(end(&certificate(&[], &after)), expected);
        }
    }

    #[test]
    fn what_is_cut_off_is_none() {
        let whole = certificate(&[], &element(UTC_TIME, b"271122101112Z"));
        for length in 0..whole.len() {
            assert_eq!(end(&whole[..length]), None, "{length}");
        }
        assert_eq!(end(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
