//! How a key is written as text: `"{id}"`, `"invoice:{id}"`, `"{tenant}/{number}"`.

use serde::Serialize;

/// The form of a reference by text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyForm(Vec<FormPart>);

/// A part of such a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum FormPart {
    Literal(String),
    /// The value of a column of the row that is referred to.
    Column(String),
}

impl KeyForm {
    /// Reads a form; a brace that stands for itself is doubled.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow "this form".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars().peekable();
        while let Some(one) = rest.next() {
            match one {
                '{' | '}' if rest.peek() == Some(&one) => {
                    rest.next();
                    literal.push(one);
                }
                '{' => {
                    if !literal.is_empty() {
                        parts.push(FormPart::Literal(std::mem::take(&mut literal)));
                    }
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some('{') | None => return Err("has a brace that is not closed"),
                            Some(one) => name.push(one),
                        }
                    }
                    if name.is_empty() {
                        return Err("names no column between its braces");
                    }
                    parts.push(FormPart::Column(name));
                }
                '}' => return Err("has a brace that is not opened"),
                one if one.is_control() => return Err("has a control character"),
                one => literal.push(one),
            }
        }
        if !literal.is_empty() {
            parts.push(FormPart::Literal(literal));
        }
        let form = Self(parts);
        if form.columns().next().is_none() {
            return Err("names no column: every row would be referred to by the same text");
        }
        Ok(form)
    }

    /// The parts, in their order.
    #[must_use]
    pub fn parts(&self) -> &[FormPart] {
        &self.0
    }

    /// The columns that it names.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            FormPart::Literal(_) => None,
            FormPart::Column(name) => Some(name.as_str()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read() {
        let literal = |text: &str| FormPart::Literal(text.to_owned());
        let column = |text: &str| FormPart::Column(text.to_owned());
        let parts = |text: &str| KeyForm::parse(text).map(|form| form.parts().to_vec());
        assert_eq!(parts("{id}"), Ok(vec![column("id")]));
        assert_eq!(
            parts("urn:{{x}}:{a}/{b}."),
            Ok(vec![
                literal("urn:{x}:"),
                column("a"),
                literal("/"),
                column("b"),
                literal(".")
            ])
        );
        for wrong in ["", "INV-", "{", "{id", "id}", "{}", "{a{b}", "a\n{id}"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }
}
