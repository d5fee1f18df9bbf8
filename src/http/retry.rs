//! What is retried, and when.

use std::time::{Instant, SystemTime};

use retry_policies::policies::ExponentialBackoff;
use retry_policies::{Jitter, RetryDecision, RetryPolicy};

use super::Http;
use crate::error::{Error, Result};
use crate::log::Level;

/// The tries of one request.
pub(super) struct Tries {
    policy: ExponentialBackoff,
    past_retries: u32,
}

impl Http<'_> {
    /// Notes the first try of a request. Every request of this crate may be sent twice without harm.
    pub(super) fn first_try(&self) -> Tries {
        let settings = self.settings;
        self.count();
        Tries {
            policy: ExponentialBackoff::builder()
                .retry_bounds(settings.retry_base, settings.retry_max)
                .jitter(Jitter::Full)
                .build_with_max_retries(settings.max_attempts - 1),
            past_retries: 0,
        }
    }

    /// Waits until the next try, after a try that failed with `error`. Fails with that error if another try cannot
    /// help.
    pub(super) async fn next_try(&self, tries: &mut Tries, error: Error) -> Result<()> {
        let now = SystemTime::now();
        let pause = match tries.policy.should_retry(now, tries.past_retries) {
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
        tries.past_retries += 1;
        self.counters.retry();
        self.count();
        Ok(())
    }

    fn count(&self) {
        self.port.trace.request();
        self.counters.request();
    }
}
