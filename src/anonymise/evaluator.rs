//! A small evaluator of conditions over one row, for tests: what the databases would answer.

use std::net::IpAddr;

use crate::sql::{Expr, Function, Is, Network, NetworkPart, Op, ShapePart, Value};

/// The answer for one row; panics at what anonymising does not use.
pub(super) fn answer(expr: &Expr, row: &[(String, Value)]) -> Value {
    let again = |one: &Expr| answer(one, row);
    let truths = |list: &[Expr]| list.iter().map(again).collect::<Vec<_>>();
    match expr {
        Expr::Truth(truth) => Value::Bool(*truth),
        Expr::And(list) => fold(&truths(list), false),
        Expr::Or(list) => fold(&truths(list), true),
        Expr::Not(inner) => match again(inner) {
            Value::Bool(truth) => Value::Bool(!truth),
            other => other,
        },
        Expr::Is(inner, is) => Value::Bool(test(&again(inner), *is)),
        Expr::Compare(a, op, b) => compare(&again(a), *op, &again(b)),
        Expr::In(one, list) => {
            let one = again(one);
            let each: Vec<Value> = truths(list)
                .iter()
                .map(|other| compare(&one, Op::Equal, other))
                .collect();
            fold(&each, true)
        }
        Expr::Column(_, name) => row
            .iter()
            .find(|(column, _)| column == name)
            .map(|(_, value)| value.clone())
            .expect("a column of the row"),
        Expr::Value(value, _) => value.clone(),
        Expr::Exact(inner) => again(inner),
        Expr::Call(Function::Length, list) => of_text(&again(&list[0]), |text| {
            Value::Int(i64::try_from(text.chars().count()).unwrap())
        }),
        Expr::Pieces(inner, pieces) => of_text(&again(inner), |text| {
            let piece = |(from, count): &(u32, u32)| {
                text.chars()
                    .skip(*from as usize - 1)
                    .take(*count as usize)
                    .collect::<String>()
            };
            Value::Text(pieces.iter().map(piece).collect())
        }),
        Expr::Shaped(inner, shape) => of_text(&again(inner), |text| {
            Value::Bool(shaped(&text.chars().collect::<Vec<_>>(), shape))
        }),
        Expr::Network(inner, network) => of_text(&again(inner), |text| {
            Value::Bool(of_network(text, *network))
        }),
        other => panic!("not evaluated: {other:?}"),
    }
}

fn of_text(value: &Value, ask: impl Fn(&str) -> Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Text(text) => ask(text),
        Value::Int(int) => ask(&int.to_string()),
        other => panic!("no text: {other:?}"),
    }
}

fn fold(all: &[Value], strong: bool) -> Value {
    if all.contains(&Value::Bool(strong)) {
        Value::Bool(strong)
    } else if all.contains(&Value::Null) {
        Value::Null
    } else {
        Value::Bool(!strong)
    }
}

fn test(value: &Value, is: Is) -> bool {
    match is {
        Is::True => *value == Value::Bool(true),
        Is::NotTrue => *value != Value::Bool(true),
        Is::False => *value == Value::Bool(false),
        Is::NotFalse => *value != Value::Bool(false),
        Is::Null => *value == Value::Null,
        Is::NotNull => *value != Value::Null,
    }
}

fn compare(a: &Value, op: Op, b: &Value) -> Value {
    if *a == Value::Null || *b == Value::Null {
        return Value::Null;
    }
    Value::Bool(match op {
        Op::Equal => a == b,
        Op::NotEqual => a != b,
        Op::Less => a < b,
        Op::LessOrEqual => a <= b,
        Op::Greater => a > b,
        Op::GreaterOrEqual => a >= b,
    })
}

fn shaped(text: &[char], shape: &[ShapePart]) -> bool {
    let Some((part, rest)) = shape.split_first() else {
        return text.is_empty();
    };
    let run = |least: usize, most: usize, fits: &dyn Fn(&[char]) -> bool| {
        (least..=most).any(|count| {
            text.len() >= count && fits(&text[..count]) && shaped(&text[count..], rest)
        })
    };
    let digits = |run: &[char]| run.iter().all(char::is_ascii_digit);
    let hex = |run: &[char]| run.iter().all(|one| matches!(one, '0'..='9' | 'a'..='f'));
    let within = |run: &[char], low: u32, high: u32| {
        let number: Option<u32> = run.iter().collect::<String>().parse().ok();
        digits(run) && number.is_some_and(|number| (low..=high).contains(&number))
    };
    match *part {
        ShapePart::Digits(count) => run(count.into(), count.into(), &digits),
        ShapePart::Hex(count) => run(count.into(), count.into(), &hex),
        ShapePart::Month => run(2, 2, &|one| within(one, 1, 12)),
        ShapePart::Day => run(2, 2, &|one| within(one, 1, 31)),
        ShapePart::Octet => run(1, 3, &|one| within(one, 0, 255)),
        ShapePart::Hextet => run(1, 4, &hex),
        ShapePart::Literal(one) => run(1, 1, &|found| found == [one]),
        ShapePart::Fraction => panic!("not evaluated: a fraction"),
    }
}

fn of_network(text: &str, network: Network) -> bool {
    let (address, mask) = text.split_once('/').unwrap_or((text, "255"));
    let mask: u8 = mask.parse().unwrap();
    let (width, bits, number) = match address.parse().unwrap() {
        IpAddr::V4(v4) => (32, network.v4_bits, u128::from(v4.to_bits())),
        IpAddr::V6(v6) => {
            let is_mapped = v6.to_bits() >> 32 == 0xffff && mask >= 96;
            let bits = if is_mapped {
                96 + network.v4_bits
            } else {
                network.v6_bits
            };
            (128, bits, v6.to_bits())
        }
    };
    match network.part {
        NetworkPart::Mask => mask <= bits,
        NetworkPart::Address => (0..width - u32::from(bits)).all(|at| (number >> at) & 1 == 0),
    }
}
