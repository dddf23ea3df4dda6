//! The text in which faults have their places.

/// A file as it was read, for showing the lines that are wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The file as the reader named it.
    pub name: String,
    /// The text. What looks like a secret has been replaced by as many asterisks.
    pub text: String,
}
