//! The answers to requests that are not let in, worded as Amazon's API Gateway words them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::dialects::UnknownArea;

#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error_type: &'static str,
    message: std::borrow::Cow<'static, str>,
}

impl Refusal {
    /// A wrong key, or none.
    pub(crate) const FORBIDDEN: Self = Self::fixed("ForbiddenException", "Forbidden");

    /// API Gateway's answer to an unknown path or method.
    pub(crate) const NO_SUCH_METHOD: Self = Self::fixed(
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    );

    const fn fixed(error_type: &'static str, message: &'static str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            error_type,
            message: std::borrow::Cow::Borrowed(message),
        }
    }

    pub(crate) fn unknown_area(dialect: UnknownArea, area: &str) -> Self {
        match dialect {
            UnknownArea::Denied => Self::fixed(
                "AccessDeniedException",
                "User is not authorized to access this resource",
            ),
            UnknownArea::Forbidden => Self::FORBIDDEN,
            UnknownArea::NotFound => Self {
                status: StatusCode::NOT_FOUND,
                error_type: "NotFoundException",
                message: format!("Application area {area} was not found").into(),
            },
        }
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error_type: "BadRequestException",
            message: message.to_owned().into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (
            self.status,
            [("x-amzn-errortype", self.error_type)],
            Json(json!({ "message": self.message })),
        )
            .into_response()
    }
}
