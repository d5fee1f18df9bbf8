//! What can be wrong with an answer, and with what `done` is to send.

/// What is wrong with JSON or XML, in words that stand after that name: "without the field url".
#[derive(Debug)]
pub(super) struct Fault(String);

impl Fault {
    pub(super) fn new(detail: impl Into<String>) -> Self {
        Fault(detail.into())
    }

    /// The fault, with the place in the list where it was found, counted from 1.
    pub(super) fn in_entry(self, place: usize) -> Self {
        Fault(format!("{} in entry {place}", self.0))
    }

    pub(super) fn detail(&self) -> &str {
        &self.0
    }
}

/// Why an answer can't be used, or a body not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The portal understood and said no.
    #[error("the portal refused{}", after_colon(.message))]
    Refused {
        /// The portal's own words.
        message: Option<String>,
    },
    /// The body is not an answer of the kind that was expected.
    #[error("expected {expected}, got {found}")]
    NotUnderstood {
        /// What was expected: "a list of packets".
        expected: &'static str,
        /// What came: "an HTML page titled “Sign in”", "JSON without a list".
        found: String,
    },
    /// A receipt holds a character that XML 1.0 can't carry, however it is escaped.
    #[error(
        "the {field} of entry {place} holds {}, which XML cannot carry; mark that packet done in the json format",
        character.escape_unicode()
    )]
    NotWritable {
        /// The receipt's place among those given, counted from 1.
        place: usize,
        /// The field's name on the wire: `id` or `receiptHandle`.
        field: &'static str,
        /// The character.
        character: char,
    },
}

fn after_colon(message: &Option<String>) -> String {
    message
        .as_ref()
        .map(|words| format!(": {words}"))
        .unwrap_or_default()
}
