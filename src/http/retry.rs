//! What is retried, and when.

use std::time::{Instant, SystemTime};

use retry_policies::policies::ExponentialBackoff;
use retry_policies::{Jitter, RetryDecision, RetryPolicy};

use super::Http;
use crate::error::Result;
use crate::log::Level;

impl Http<'_> {
    /// Retries errors that are transient. Every request of this crate may be sent twice without harm.
    pub(super) async fn retrying<T>(
        &self,
        mut attempt: impl AsyncFnMut() -> Result<T>,
    ) -> Result<T> {
        let settings = self.settings;
        let policy = ExponentialBackoff::builder()
            .retry_bounds(settings.retry_base, settings.retry_max)
            .jitter(Jitter::Full)
            .build_with_max_retries(settings.max_attempts - 1);
        let mut past_retries = 0;
        loop {
            self.port.trace.request();
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let now = SystemTime::now();
            let pause = match policy.should_retry(now, past_retries) {
                RetryDecision::Retry { execute_after } if error.kind().is_transient() => {
                    let own = execute_after.duration_since(now).unwrap_or_default();
                    own.max(error.retry_after().unwrap_or_default())
                }
                _ => return Err(error),
            };
            // This error tells the caller more than a deadline that passes during the wait.
            if Instant::now() + pause >= self.port.deadline {
                return Err(error);
            }
            self.port
                .log(Level::Warning, || {
                    format!("{error}; trying again in {} ms", pause.as_millis())
                })
                .await?;
            tokio::time::sleep(pause).await;
            past_retries += 1;
        }
    }
}
