//! Reading the form as browsers send it.

use super::form::{FormOf, ObjectionInput, ReadForm, read_form};
use super::problems::{FormField, Problems};
use crate::error::ProblemCode;
use crate::state::ServiceState;
use crate::tests::state;
use crate::uploads::draft::{Draft, FormKind, FormSubject};
use crate::uploads::memory::UploadMemory;
use crate::uploads::seal::TOKEN_DIGITS;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, Request};
use axum::http::header;
use axum::routing::post;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, RgbImage};
use prometheus::Registry;
use schemas::attachment::ATTACHMENT_BYTES_MAX;
use schemas::clock::SystemClock;
use schemas::text::Language;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt;

const PLATE: &str = "SA-123-TNJ";
const PDF: &[u8] = b"%PDF-1.7\n%%EOF\n";
const BOUNDARY: &str = "boundary";

fn uploads_in(directory: &Path) -> ServiceState {
    let state = state(&Registry::new());
    let mut config = (*state.config).clone();
    (config.upload_bytes_max, config.uploads_bytes_max) = (25_000_000, 50_000_000);
    let uploads = config.uploads(directory, Arc::new(SystemClock::new()));
    ServiceState { uploads, config: Arc::new(config), ..state }
}

fn text(name: &str, value: &str) -> Vec<u8> {
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

fn subject() -> FormSubject {
    FormSubject::new(FormKind::Objection, "V-1")
}

/// A token of a form that was shown to the citizen of the plate.
async fn new_submission(state: &ServiceState) -> String {
    subject().token_for(state, PLATE).await.unwrap()
}

async fn read(state: &ServiceState, parts: &[Vec<u8>]) -> (ObjectionInput, Problems) {
    let ReadForm { input, problems, folder: _ } = read_as(state, Some(PLATE), parts).await.unwrap();
    (input, problems)
}

/// Reads the form as somebody who is signed in, or as nobody.
async fn read_as(
    state: &ServiceState,
    signed_in: Option<&'static str>,
    parts: &[Vec<u8>],
) -> Result<ReadForm, ProblemCode> {
    let body = [parts.concat(), format!("--{BOUNDARY}--\r\n").into_bytes()].concat();
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(Body::from(body))
        .unwrap();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let state = state.clone();
    let handler = async move |parts: Multipart| {
        let subject = subject();
        let read = read_form(&state, FormOf { subject: &subject, signed_in }, parts).await;
        sender.send(read.map_err(|error| error.code())).await.unwrap();
    };
    Router::new()
        .route("/", post(handler))
        .layer(DefaultBodyLimit::disable())
        .oneshot(request)
        .await
        .unwrap();
    receiver.recv().await.unwrap()
}

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::from(RgbImage::new(4, 4)).write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
    bytes
}

#[tokio::test]
async fn a_file_sent_with_a_wrong_date_is_still_there_when_the_date_is_right() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let submission = new_submission(&state).await;
    let token = text("submission", &submission);
    let (first, problems) = read(
        &state,
        &[token.clone(), text("story", "قصة"), text("date", "2026 - 01 - 05"), file("a.pdf", PDF)],
    )
    .await;
    assert!(problems.is_empty());
    assert_eq!((first.story.as_str(), first.files.len(), first.lacks_file), ("قصة", 1, false));
    let kept = text("kept", &first.files[0].sha256.to_string());
    // The browser names an empty file where none was chosen.
    let (second, problems) =
        read(&state, &[token.clone(), text("date", "2026-01-05"), kept.clone(), file("", b"")]).await;
    assert!(problems.is_empty());
    assert_eq!(second.files, first.files);
    let (without, problems) = read(&state, &[token, file("", b"")]).await;
    assert!(problems.is_empty() && without.files.is_empty(), "the citizen took it away");
    let (other_form, problems) =
        read(&state, &[text("submission", &new_submission(&state).await), kept]).await;
    assert!(problems.has(FormField::File) && other_form.files.is_empty() && other_form.lacks_file);
}

#[tokio::test]
async fn a_file_that_is_not_taken_is_asked_for_again_until_the_citizen_goes_without() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let token = text("submission", &new_submission(&state).await);
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0".as_slice();
    let bom = [b"\xEF\xBB\xBF", PDF].concat();
    let most = usize::try_from(ATTACHMENT_BYTES_MAX).unwrap();
    let large = [PDF, &vec![b' '; most + 1 - PDF.len()]].concat();
    for bytes in [heic, &bom, &large, b"\xFF\xD8\xFF", b"%PDF-1.7", &png()[..40]] {
        let (input, problems) = read(&state, &[token.clone(), text("story", "s"), file("x", bytes)]).await;
        assert!(problems.has(FormField::File) && input.lacks_file && input.files.is_empty());
        assert_eq!(input.story, "s");
        for language in Language::ALL {
            assert!(problems.in_language(language).file.is_some());
        }
    }
    let lacks = text("lacks_file", "1");
    let (again, problems) = read(&state, &[token.clone(), lacks.clone(), file("", b"")]).await;
    assert!(problems.has(FormField::File) && again.lacks_file);
    let (chosen, problems) = read(&state, &[token.clone(), lacks.clone(), file("p.png", &png())]).await;
    assert!(problems.is_empty() && chosen.files.len() == 1);
    let (without, problems) = read(&state, &[token, lacks, text("without_file", "1")]).await;
    assert!(problems.is_empty() && !without.lacks_file);
}

#[tokio::test]
async fn one_bad_file_does_not_lose_the_good_ones() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let token = text("submission", &new_submission(&state).await);
    let (input, problems) =
        read(&state, &[token, file("a", PDF), file("b", b"<html>"), file("a", PDF), file("c", &png())]).await;
    assert!(problems.has(FormField::File));
    assert_eq!(input.files.len(), 2);
}

#[tokio::test]
async fn more_than_ten_files_or_more_bytes_than_are_taken_are_told() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let numbered = |number: usize| [PDF, number.to_string().as_bytes()].concat();
    let token = text("submission", &new_submission(&state).await);
    let mut parts = vec![token];
    parts.extend((0..11).map(|number| file("n", &numbered(number))));
    let (input, problems) = read(&state, &parts).await;
    assert!(problems.has(FormField::File));
    assert_eq!(input.files.len(), 10);
    let large = |filling: u8| [b"%PDF-", vec![filling; 9_000_000].as_slice(), b"%%EOF"].concat();
    let token = text("submission", &new_submission(&state).await);
    let parts = [token, file("a", &large(1)), file("b", &large(2)), file("c", &large(3))];
    let (input, problems) = read(&state, &parts).await;
    assert!(problems.has(FormField::File));
    assert_eq!(input.files.len(), 2);
}

#[tokio::test]
async fn a_form_without_our_token_gets_one_and_is_looked_through_again() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let (input, problems) =
        read(&state, &[text("submission", "x"), text("story", "s"), file("a", PDF)]).await;
    assert!(problems.has(FormField::Form));
    assert_eq!((input.story.as_str(), input.files.len(), input.submission.len()), ("s", 1, TOKEN_DIGITS));
}

#[tokio::test]
async fn a_text_of_any_length_is_read_and_shown_again_bounded() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let parts = [
        text("submission", &new_submission(&state).await),
        text("story", &"x".repeat(300_000)),
        text("ground", "G04"),
    ];
    let (input, _) = read(&state, &parts).await;
    assert_eq!((input.story.len(), input.ground.as_str()), (100_000, "G04"));
}

#[tokio::test]
async fn what_is_sent_without_a_session_is_kept_for_the_same_plate_and_case_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let submission = new_submission(&state).await;
    let parts = [text("submission", &submission), text("story", "قصة"), file("a.pdf", PDF)];
    let read = read_as(&state, None, &parts).await.unwrap();
    assert_eq!((read.input.story.as_str(), read.input.files.len()), ("قصة", 1));
    let draft = Draft::new(subject(), submission.clone());
    assert!(draft.keep(&state, &read.input.typed()).await.unwrap().is_some());
    let typed = draft.typed_by(&state, PLATE).await.unwrap().unwrap();
    let again = ObjectionInput::of_draft(submission.clone(), &typed, draft.files(&state).await.unwrap());
    assert_eq!((again.story.as_str(), again.files), ("قصة", read.input.files));
    assert_eq!(draft.typed_by(&state, "SA-124-TNJ").await.unwrap(), None);
    let other_case = Draft::new(FormSubject::new(FormKind::Objection, "V-2"), submission);
    assert_eq!(other_case.typed_by(&state, PLATE).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_sent_without_a_session_and_without_a_form_of_ours_leaves_nothing_behind() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let other = FormSubject::new(FormKind::Objection, "V-2").token_for(&state, PLATE).await.unwrap();
    for token in [None, Some("x".to_owned()), Some("a".repeat(TOKEN_DIGITS)), Some(other)] {
        let mut parts: Vec<Vec<u8>> = token.iter().map(|token| text("submission", token)).collect();
        parts.extend([text("story", "s"), file("a.pdf", PDF)]);
        let refused = read_as(&state, None, &parts).await.err();
        assert_eq!(refused, Some(ProblemCode::Unauthenticated), "{token:?}");
    }
    let kept: Vec<_> = std::fs::read_dir(scratch.path().join("uploads"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(kept, ["seal.key"]);
}

#[tokio::test]
async fn many_large_forms_at_once_take_no_more_memory_than_is_set() {
    const FORMS: usize = 40;
    const MOST_BYTES: u32 = 10_000_000;
    const LARGE_BYTES: usize = 2_000_000;
    let scratch = tempfile::tempdir().unwrap();
    let mut state = uploads_in(scratch.path());
    let mut config = (*state.config).clone();
    (config.upload_memory_bytes_max, config.uploads_bytes_max) = (MOST_BYTES, 2_000_000_000);
    state.uploads = config.uploads(scratch.path(), Arc::new(SystemClock::new()));
    state.upload_memory = UploadMemory::new(MOST_BYTES, state.metrics.upload_memory());
    state.config = Arc::new(config);
    let mut reading = Vec::new();
    for number in 0..FORMS {
        let submission = subject().token_for(&state, &format!("SA-{number}-TNJ")).await.unwrap();
        let large = |filling: u8| [b"%PDF-", vec![filling; LARGE_BYTES].as_slice(), b"%%EOF"].concat();
        let parts = [
            text("submission", &submission),
            file("a", &large(1)),
            file("b", &large(2)),
            file("c", &large(3)),
        ];
        let state = state.clone();
        reading.push(async move { read_as(&state, None, &parts).await.unwrap().input.files.len() });
    }
    let files = futures::future::join_all(reading).await;
    assert_eq!(files, vec![3; FORMS]);
    let most = state.upload_memory.most_held();
    assert!(most > 0 && most <= i64::from(MOST_BYTES), "{most}");
}
