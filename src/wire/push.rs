//! The answer to `push`.

use std::fmt;

use super::answer::{self, Unusable};
use super::body::Body;
use super::fault::{Fault, WireError};
use super::link::is_absolute_url;
use crate::text::without_query;

/// Where to upload a packet.
#[derive(Clone, PartialEq, Eq)]
pub struct PushAnswer {
    /// The portal's id for the push (`syncLogId` on the wire).
    pub sync_log_id: Option<String>,
    /// The temporary link for the upload (`uploadPath` on the wire).
    pub upload_path: String,
}

/// Omits the link's query: anybody who has it can upload.
impl fmt::Debug for PushAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushAnswer")
            .field("sync_log_id", &self.sync_log_id)
            .field("upload_path", &without_query(&self.upload_path))
            .finish()
    }
}

/// Reads the answer to `push`. An answer without a link is a refusal.
///
/// The portal's documentation shows JSON, but its examples read XML; both are accepted.
pub fn parse_push(body: &[u8]) -> Result<PushAnswer, WireError> {
    answer::read(body, "the answer to push", upload)
}

fn upload(body: &Body) -> Result<PushAnswer, Unusable> {
    let fields = answer::object(body)?;
    answer::check_success(&fields)?;
    let upload_path = fields.filled("uploadPath").ok_or(Unusable::Refused)?.trim();
    if !is_absolute_url(upload_path) {
        return Err(Fault::new("whose uploadPath is no absolute http(s) URL").into());
    }
    Ok(PushAnswer {
        sync_log_id: fields.filled("syncLogId").map(str::to_owned),
        upload_path: upload_path.to_owned(),
    })
}
