//! The two formats that the portal uses.

/// The format of a packet, and of the portal's lists and requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// XML.
    Xml,
    /// JSON.
    Json,
}

impl Format {
    /// The format's name in a query: `xml` or `json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Xml => "xml",
            Format::Json => "json",
        }
    }

    /// The format's media type.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Xml => "application/xml",
            Format::Json => "application/json",
        }
    }
}
