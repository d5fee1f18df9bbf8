//! What can be wrong with an answer, or with the receipts that `done` must send.

/// What is wrong with JSON or XML, as text that follows that word: "without the field url".
#[derive(Debug)]
pub(super) struct Fault(String);

impl Fault {
    pub(super) fn new(detail: impl Into<String>) -> Self {
        Fault(detail.into())
    }

    /// Adds the place in the list where the fault was found, counted from 1.
    pub(super) fn in_entry(self, place: usize) -> Self {
        Fault(format!("{} in entry {place}", self.0))
    }

    pub(super) fn detail(&self) -> &str {
        &self.0
    }
}

/// Why an answer cannot be used, or a body cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The portal understood the request and refused it.
    #[error("the portal refused{}", after_colon(.message))]
    Refused {
        /// The portal's message.
        message: Option<String>,
    },
    /// The body is not the expected answer.
    #[error("expected {expected}, got {found}")]
    NotUnderstood {
        /// What was expected, such as "a list of packets".
        expected: &'static str,
        /// What came, such as "an HTML page titled “Sign in”" or "JSON without a list".
        found: String,
    },
    /// A receipt holds a character that XML 1.0 cannot hold, even escaped.
    #[error(
        "the {field} of entry {place} holds {}, which XML cannot carry; mark that packet done in the json format",
        character.escape_unicode()
    )]
    NotWritable {
        /// The place of the receipt among the caller's receipts, counted from 1.
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
