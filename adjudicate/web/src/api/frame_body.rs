//! A picture on its way to a reviewer: it counts as opened at its end, not at its beginning.

use crate::state::ServiceState;
use adjudicate::review::queue;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use schemas::error_chain::ErrorChain;
use schemas::evidence::Sha256Digest;
use schemas::ids::{LeaseId, ReviewTaskId, ReviewerId};
use std::io;
use std::time::Duration;

/// Bytes that are handed to the connection at once.
const CHUNK_BYTES: usize = 16_384;
/// Wait before the last bytes, in which a client that went away is noticed: the buffers of both sides may hold a whole
/// picture that nobody reads.
const END_WAIT: Duration = Duration::from_millis(100);

/// Whose view of which picture is being sent.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) task: ReviewTaskId,
    pub(super) reviewer: ReviewerId,
    pub(super) lease: LeaseId,
    pub(super) frame: Sha256Digest,
}

/// Answers with the picture; the view is recorded before its last bytes leave, and cut off if it cannot be.
pub(super) fn counted_at_its_end(
    state: &ServiceState,
    view: View,
    bytes: Bytes,
    media_type: &str,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_LENGTH, bytes.len().to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(chunks(state.clone(), view, bytes))).into_response()
}

fn chunks(state: ServiceState, view: View, bytes: Bytes) -> impl Stream<Item = io::Result<Bytes>> {
    let body_end = bytes.len().saturating_sub(CHUNK_BYTES.min(bytes.len() / 2 + 1));
    let (body, end) = (bytes.slice(..body_end), bytes.slice(body_end..));
    let starts = (0..body.len()).step_by(CHUNK_BYTES);
    let parts: Vec<Bytes> =
        starts.map(|start| body.slice(start..body.len().min(start + CHUNK_BYTES))).collect();
    let last = async move {
        tokio::time::sleep(END_WAIT).await;
        let View { task, reviewer, lease, frame } = view;
        match queue::record_frame_view(&state.database, task, &reviewer, lease, frame).await {
            Ok(()) => Ok(end),
            Err(error) => {
                tracing::warn!("a picture was not sent to its end: {}", ErrorChain(&error));
                Err(io::Error::other("the view could not be recorded"))
            }
        }
    };
    stream::iter(parts.into_iter().map(Ok)).chain(stream::once(last))
}
