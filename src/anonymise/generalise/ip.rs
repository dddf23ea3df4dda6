//! An IP address to its network: the bits after the prefix become zero.
//!
//! An `inet` and a text become the first address of the network, without a mask, so that programs and CHECKs still
//! read it as an address; a `cidr` becomes the network with its mask. An IPv4 address that is mapped into IPv6
//! (RFC 4291, section 2.5.5.2) is cut as the IPv4 address it is. Texts are written as RFC 5952 has them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::anonymise::Complaint;
use crate::catalog::{Column, ColumnKind};
use crate::sql::{Dialect, Expr, Network, NetworkPart, ShapePart};

use super::date::literals;
use super::{holds_text, wrong};

/// The prefixes, and how the column keeps its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Addresses {
    v4_bits: u8,
    v6_bits: u8,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Inet,
    Cidr,
    /// Recognised by its digits: whole numbers of the address are kept or cut.
    Text,
}

impl Addresses {
    pub(super) fn check(
        v4_bits: u8,
        v6_bits: u8,
        column: &Column,
        dialect: Dialect,
    ) -> Result<Self, Complaint> {
        let name = &column.name;
        let form = match (column.kind, dialect) {
            (ColumnKind::Inet, Dialect::Postgres) if column.sql_type == "cidr" => Form::Cidr,
            (ColumnKind::Inet, Dialect::Postgres) => Form::Inet,
            (ColumnKind::Inet, _) => Form::Text,
            _ if holds_text(column, dialect) => Form::Text,
            _ => {
                let hint = "use null, a fixed value or another generalisation";
                return Err(wrong(column, "IP addresses", hint));
            }
        };
        if v4_bits >= 32 || v6_bits >= 128 {
            return Err(Complaint::new(
                format!("the whole address in column {name} would be kept"),
                "keep at most 24 bits of an IPv4 and 48 of an IPv6 address",
            ));
        }
        let is_whole = v4_bits.is_multiple_of(8) && v6_bits.is_multiple_of(16) && v6_bits <= 64;
        if form == Form::Text && !is_whole {
            return Err(Complaint::new(
                format!(
                    "addresses kept as text in column {name} are cut between their numbers only"
                ),
                "keep 8, 16 or 24 bits of IPv4, and 16, 32, 48 or 64 bits of IPv6",
            ));
        }
        Ok(Self {
            v4_bits,
            v6_bits,
            form,
        })
    }

    pub(super) fn coarser(&self, old: &str) -> Option<String> {
        let old = old.trim_end();
        let (address, mask): (&str, Option<u8>) = match (self.form, old.split_once('/')) {
            (Form::Inet | Form::Cidr, Some((address, mask))) => (address, Some(mask.parse().ok()?)),
            (_, None) => (old, None),
            (Form::Text, Some(_)) => return None,
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = self.bits(address);
        let network = network(address, bits);
        Some(match self.form {
            Form::Inet | Form::Text => network.to_string(),
            // A network that is coarse enough stays as it is.
            Form::Cidr => match mask {
                Some(mask) if mask <= bits => old.to_owned(),
                _ => format!("{network}/{bits}"),
            },
        })
    }

    /// The bits that stay of an address of that kind.
    fn bits(&self, address: IpAddr) -> u8 {
        match address {
            IpAddr::V4(_) => self.v4_bits,
            IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => 96 + self.v4_bits,
            IpAddr::V6(_) => self.v6_bits,
        }
    }

    /// The value is one that [`Addresses::coarser`] makes.
    pub(super) fn is_coarse(&self, one: &Expr) -> Expr {
        let part = match self.form {
            Form::Text => return self.is_coarse_text(one),
            Form::Inet => NetworkPart::Address,
            Form::Cidr => NetworkPart::Mask,
        };
        let network = Network {
            v4_bits: self.v4_bits,
            v6_bits: self.v6_bits,
            part,
        };
        Expr::Network(Box::new(one.clone()), network)
    }

    fn is_coarse_text(&self, one: &Expr) -> Expr {
        let piece = |from, count| Expr::Pieces(Box::new(one.clone()), vec![(from, count)]);
        let shaped = |expr: Expr, shape| Expr::Shaped(Box::new(expr), shape);
        let v4 = v4_shape(self.v4_bits / 8);
        let mapped = Expr::all([
            shaped(piece(1, 7), literals("::ffff:").collect()),
            shaped(piece(8, 40), v4.clone()),
        ]);
        // What is zero before the cut is written as part of the `::`, so that fewer groups may stand before it.
        let v6 = (0..=self.v6_bits / 16).map(|groups| shaped(one.clone(), v6_shape(groups)));
        Expr::any([shaped(one.clone(), v4), mapped].into_iter().chain(v6))
    }
}

fn v4_shape(octets: u8) -> Vec<ShapePart> {
    let mut shape = Vec::new();
    for at in 0..4 {
        if at > 0 {
            shape.push(ShapePart::Literal('.'));
        }
        shape.push(match at < octets {
            true => ShapePart::Octet,
            false => ShapePart::Literal('0'),
        });
    }
    shape
}

fn v6_shape(groups: u8) -> Vec<ShapePart> {
    let mut shape = Vec::new();
    for at in 0..groups {
        if at > 0 {
            shape.push(ShapePart::Literal(':'));
        }
        shape.push(ShapePart::Hextet);
    }
    shape.extend(literals("::"));
    shape
}

fn network(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymise::testing::{column, varchar};
    use proptest::prelude::*;

    #[test]
    fn addresses_become_networks_in_the_form_of_their_column() {
        let inet = column("ip", ColumnKind::Inet, "inet");
        let cidr = column("ip", ColumnKind::Inet, "cidr");
        let text = varchar("ip", 45);
        for (column, old, new) in [
            (&inet, "192.0.2.77/32", Some("192.0.2.0")),
            (&inet, "192.0.2.77/8", Some("192.0.2.0")),
            (&inet, "2001:db8:1:2:3:4:5:6/128", Some("2001:db8:1::")),
            (&cidr, "192.0.2.64/28", Some("192.0.2.0/24")),
            (&cidr, "10.0.0.0/8", Some("10.0.0.0/8")),
            (&cidr, "2001:db8:1:2::/64", Some("2001:db8:1::/48")),
            (&text, "192.0.2.77", Some("192.0.2.0")),
            (&text, "::ffff:192.0.2.77", Some("::ffff:192.0.2.0")),
            (&text, "2001:DB8::1", Some("2001:db8::")),
            (&text, "::1", Some("::")),
            (&text, "192.0.2.77/24", None),
            (&text, "192.0.2.777", None),
            (&text, "Jane", None),
        ] {
            let addresses = Addresses::check(24, 48, column, Dialect::Postgres);
            let made = addresses.ok().and_then(|one| one.coarser(old));
            assert_eq!(made.as_deref(), new, "{old}");
        }
    }

    #[test]
    fn texts_are_cut_between_numbers_only() {
        let text = varchar("ip", 45);
        let inet = column("ip", ColumnKind::Inet, "inet");
        for (column, v4, v6, taken) in [
            (&text, 24, 48, true),
            (&text, 20, 48, false),
            (&text, 24, 56, false),
            (&text, 24, 80, false),
            (&inet, 20, 56, true),
            (&inet, 32, 48, false),
            (&inet, 24, 128, false),
        ] {
            let is_taken = Addresses::check(v4, v6, column, Dialect::Postgres).is_ok();
            assert_eq!(is_taken, taken, "{v4} {v6}");
        }
    }

    proptest! {
        #[test]
        fn networks_agree_with_a_bit_by_bit_oracle(v4: u32, v6: u128, bits4 in 0_u8..=32, bits6 in 0_u8..=128) {
            let oracle4 = (0..32_u8).fold(0_u32, |sum, at| {
                let bit = (v4 >> (31 - at)) & 1;
                (sum << 1) | if at < bits4 { bit } else { 0 }
            });
            let oracle6 = (0..128_u8).fold(0_u128, |sum, at| {
                let bit = (v6 >> (127 - at)) & 1;
                (sum << 1) | if at < bits6 { bit } else { 0 }
            });
            prop_assert_eq!(network(Ipv4Addr::from_bits(v4).into(), bits4), IpAddr::from(Ipv4Addr::from_bits(oracle4)));
            prop_assert_eq!(network(Ipv6Addr::from_bits(v6).into(), bits6), IpAddr::from(Ipv6Addr::from_bits(oracle6)));
        }
    }
}
