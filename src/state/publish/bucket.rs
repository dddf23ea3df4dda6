//! A bucket of an object store that speaks S3: an object for each checkpoint.
//!
//! `If-None-Match: *` lets the store itself refuse to write an object twice; with an object lock on the bucket nobody
//! can take one away either.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use rusty_s3::{Credentials, S3Action, UrlStyle};
use secrecy::ExposeSecret;

use crate::schedule::Bucket;
use crate::secret;

use super::{Sent, http};

/// How long a signature holds.
const SIGNED_FOR: Duration = Duration::from_secs(60);

/// "There is one of that name."
const PRECONDITION_FAILED: u16 = 412;

/// Longer is no checkpoint.
const NOTE_MAX: u64 = 64 << 10;

/// Puts a checkpoint into a bucket. One that is there already must be this one.
///
/// # Errors
/// It was not taken, or another one of the same size is there.
pub(super) fn put(bucket: &Bucket, what: &Sent) -> anyhow::Result<()> {
    let client = http::client(bucket.ca.as_deref())?;
    let store = rusty_s3::Bucket::new(
        bucket
            .endpoint
            .parse()
            .context("the endpoint is no address")?,
        UrlStyle::Path,
        bucket.name.clone(),
        bucket.region.clone(),
    )?;
    let read = |source| secret::read(source, Path::new(""));
    let credentials = Credentials::new(
        read(&bucket.access_key)?.expose_secret(),
        read(&bucket.secret_key)?.expose_secret(),
    );
    let object = format!("{}{}", bucket.prefix, what.name());
    let mut action = store.put_object(Some(&credentials), &object);
    action.headers_mut().insert("if-none-match", "*");
    let answer = client
        .put(action.sign(SIGNED_FOR).as_str())
        .header("If-None-Match", "*")
        .send(&what.note)
        .map_err(|error| anyhow!(http::why(&error)))?;
    if answer.status().as_u16() != PRECONDITION_FAILED {
        return http::taken(answer.status().as_u16());
    }
    let action = store.get_object(Some(&credentials), &object);
    let mut there = client
        .get(action.sign(SIGNED_FOR).as_str())
        .call()
        .map_err(|error| anyhow!(http::why(&error)))?;
    http::taken(there.status().as_u16())?;
    let there = there
        .body_mut()
        .with_config()
        .limit(NOTE_MAX)
        .read_to_string()
        .map_err(|error| anyhow!(http::why(&error)))?;
    ensure!(
        there == what.note,
        "it holds another checkpoint of the same size: the log was changed, or this is another copy of it"
    );
    Ok(())
}
