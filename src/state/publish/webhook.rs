//! A service that takes each checkpoint by POST.

use std::path::Path;

use anyhow::{Context, anyhow};
use secrecy::ExposeSecret;

use crate::schedule::Webhook;
use crate::secret;

use super::{Sent, http};

/// Posts the note. Sent twice it says so itself: `Idempotency-Key` is the name of the checkpoint.
///
/// # Errors
/// It was not taken.
pub(super) fn post(hook: &Webhook, what: &Sent) -> anyhow::Result<()> {
    let client = http::client(hook.ca.as_deref())?;
    let mut request = client
        .post(&hook.url)
        .header("Content-Type", "text/plain; charset=utf-8")
        .header("Idempotency-Key", what.name());
    if let Some((name, source)) = &hook.header {
        // Paths of the schedule are whole already.
        let value = secret::read(source, Path::new("")).context("failed to prepare the request")?;
        request = request.header(name, value.expose_secret());
    }
    let answer = request
        .send(&what.note)
        .map_err(|error| anyhow!(http::why(&error)))?;
    http::taken(answer.status().as_u16())
}
