//! The two forms the portal speaks.

/// The form of a packet, and of the portal's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// XML
    Xml,
    /// JSON
    Json,
}

impl Format {
    /// The form's name in a query: `xml` or `json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Xml => "xml",
            Format::Json => "json",
        }
    }

    /// The form's media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Xml => "application/xml",
            Format::Json => "application/json",
        }
    }
}
