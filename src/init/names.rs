//! What the name and the type of a column let one guess, in English, Dutch and German.

use crate::catalog::{Column, ColumnKind};
use crate::sql::Dialect;

/// Parts of names of columns that hold data about a person.
const PERSONAL: [&str; 84] = [
    "name",
    "naam",
    "vorname",
    "nachname",
    "surname",
    "email",
    "e_mail",
    "mail",
    "phone",
    "telefo",
    "mobile",
    "mobiel",
    "handy",
    "fax",
    "address",
    "adres",
    "anschrift",
    "street",
    "straat",
    "strasse",
    "straße",
    "zip",
    "postal",
    "postcode",
    "plz",
    "city",
    "woonplaats",
    "wohnort",
    "birth",
    "geboorte",
    "geburt",
    "dob",
    "gender",
    "geslacht",
    "geschlecht",
    "nationalit",
    "passport",
    "paspoort",
    "reisepass",
    "ssn",
    "bsn",
    "burgerservice",
    "steuer",
    "tax_id",
    "social_security",
    "sozialversicherung",
    "iban",
    "bic",
    "bank_account",
    "rekening",
    "konto",
    "card_number",
    "salary",
    "salaris",
    "gehalt",
    "lohn",
    "password",
    "wachtwoord",
    "passwort",
    "kennwort",
    "login",
    "user_name",
    "username",
    "gebruiker",
    "benutzer",
    "nickname",
    "photo",
    "foto",
    "picture",
    "avatar",
    "signature",
    "handtekening",
    "unterschrift",
    "ip_addr",
    "remote_addr",
    "user_agent",
    "latitude",
    "longitude",
    "location",
    "health",
    "medical",
    "diagnos",
    "religi",
    "biogra",
];

/// Words that are personal only where they stand alone between underscores.
const PERSONAL_WORDS: [&str; 8] = ["ip", "tel", "sex", "age", "cv", "note", "notes", "comment"];

/// Parts of names of columns that say when something ended.
const ENDS: [&str; 28] = [
    "closed",
    "ended",
    "end_",
    "_end",
    "finish",
    "left",
    "expire",
    "cancel",
    "resign",
    "terminat",
    "deleted",
    "paid",
    "return",
    "filled",
    "last_login",
    "last_seen",
    "withdrawn",
    "einde",
    "eind_",
    "afgesloten",
    "gesloten",
    "betaald",
    "uit_dienst",
    "verlopen",
    "beendet",
    "austritt",
    "bezahlt",
    "ablauf",
];

/// Parts of names of columns that say when a row was made or touched.
const TOUCHED: [&str; 8] = [
    "updated",
    "modified",
    "last_update",
    "changed",
    "gewijzigd",
    "geaendert",
    "geändert",
    "synced",
];

/// Parts of names of columns that hold a date, where the type says nothing.
const DATES: [&str; 18] = [
    "date", "datum", "_at", "_on", "_am", "_op", "time", "tijd", "zeit", "created", "updated",
    "since", "until", "expires", "seen", "_ts", "clock", "access",
];

/// The column looks as if it said something about a person; why.
pub(super) fn is_personal(column: &Column) -> Option<&'static str> {
    if column.kind == ColumnKind::Inet {
        return Some("an address of a network, by its type");
    }
    let name = column.name.to_lowercase();
    let numbered =
        matches!(column.kind, ColumnKind::Boolean) || name.ends_with("_id") || name == "id";
    if numbered {
        return None;
    }
    let named = PERSONAL.iter().any(|part| name.contains(part))
        || name
            .split(['_', '-', ' '])
            .any(|word| PERSONAL_WORDS.contains(&word));
    if named {
        return Some("by its name");
    }
    if is_dated(&column.name) {
        return None;
    }
    let long =
        column.kind == ColumnKind::Text && column.length_max.is_none_or(|length| length > 255);
    if long && column.enum_values.is_empty() {
        return Some("free text");
    }
    (column.kind == ColumnKind::Json).then_some("a document")
}

/// A birthday starts no period, and is nobody's business.
pub(super) fn is_birth(name: &str) -> bool {
    let name = name.to_lowercase();
    ["birth", "geboort", "geburt", "dob"]
        .iter()
        .any(|part| name.contains(part))
}

/// The type is one of dates, or says nothing and the name does.
pub(super) fn can_date(column: &Column, dialect: Dialect) -> bool {
    if column.generated {
        return false;
    }
    let kind = matches!(
        column.kind,
        ColumnKind::Date | ColumnKind::Timestamp | ColumnKind::Instant
    );
    let declared = column.sql_type.to_lowercase();
    let in_sqlite = dialect == Dialect::Sqlite
        && (declared.contains("date") || declared.contains("time") || is_dated(&column.name));
    // Elsewhere a number, a text or bytes are dates where the values that stand there say so (`sample`).
    let written = matches!(
        column.kind,
        ColumnKind::Integer | ColumnKind::Unsigned | ColumnKind::Text | ColumnKind::Bytes
    );
    kind || in_sqlite || written && is_dated(&column.name)
}

fn is_dated(name: &str) -> bool {
    let name = name.to_lowercase();
    DATES.iter().any(|part| name.contains(part))
}

/// How likely the column says when what the row is about was over; greater is likelier.
pub(super) fn likelihood(name: &str) -> u8 {
    let name = name.to_lowercase();
    if TOUCHED.iter().any(|part| name.contains(part)) {
        0
    } else if ENDS.iter().any(|part| name.contains(part)) {
        2
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: ColumnKind) -> Column {
        Column {
            name: name.to_owned(),
            sql_type: "varchar(40)".to_owned(),
            kind,
            nullable: true,
            generated: false,
            has_default: false,
            length_max: Some(40),
            enum_values: Vec::new(),
            collation: None,
            on_update_now: false,
        }
    }

    #[test]
    fn columns_about_people_are_seen_in_three_languages() {
        for name in [
            "first_name",
            "Achternaam",
            "geburtsdatum",
            "E_Mail",
            "telefoonnummer",
            "BSN",
            "last_ip",
        ] {
            assert!(
                is_personal(&column(name, ColumnKind::Text)).is_some(),
                "{name}"
            );
        }
        for name in ["status", "quantity", "customer_id", "vat_code", "shipped"] {
            assert!(
                is_personal(&column(name, ColumnKind::Text)).is_none(),
                "{name}"
            );
        }
        assert!(is_personal(&column("peer", ColumnKind::Inet)).is_some());
        assert!(is_birth("Geburtsdatum") && is_birth("birth_date") && !is_birth("hired_on"));
    }

    #[test]
    fn ends_are_likelier_than_touches() {
        assert!(likelihood("closed_at") > likelihood("created_at"));
        assert!(likelihood("created_at") > likelihood("updated_at"));
    }
}
