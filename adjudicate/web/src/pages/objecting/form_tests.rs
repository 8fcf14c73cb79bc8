//! Reading the form as browsers send it.

use super::form::{ObjectionInput, new_submission, read_form};
use super::problems::{FormField, Problems};
use crate::state::ServiceState;
use crate::tests::state;
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

async fn read(state: &ServiceState, parts: &[Vec<u8>]) -> (ObjectionInput, Problems) {
    let body = [parts.concat(), format!("--{BOUNDARY}--\r\n").into_bytes()].concat();
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(Body::from(body))
        .unwrap();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let state = state.clone();
    let handler = async move |parts: Multipart| {
        let read = read_form(&state, PLATE, parts).await.unwrap();
        sender.send(read).await.unwrap();
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
    let submission = new_submission();
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
    let (other_form, problems) = read(&state, &[text("submission", &new_submission()), kept]).await;
    assert!(problems.has(FormField::File) && other_form.files.is_empty() && other_form.lacks_file);
}

#[tokio::test]
async fn a_file_that_is_not_taken_is_asked_for_again_until_the_citizen_goes_without() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let token = text("submission", &new_submission());
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
    let token = text("submission", &new_submission());
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
    let token = || text("submission", &new_submission());
    let mut parts = vec![token()];
    parts.extend((0..11).map(|number| file("n", &numbered(number))));
    let (input, problems) = read(&state, &parts).await;
    assert!(problems.has(FormField::File));
    assert_eq!(input.files.len(), 10);
    let large = |filling: u8| [b"%PDF-", vec![filling; 9_000_000].as_slice(), b"%%EOF"].concat();
    let parts = [token(), file("a", &large(1)), file("b", &large(2)), file("c", &large(3))];
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
    assert_eq!((input.story.as_str(), input.files.len(), input.submission.len()), ("s", 1, 32));
}

#[tokio::test]
async fn a_text_of_any_length_is_read_and_shown_again_bounded() {
    let scratch = tempfile::tempdir().unwrap();
    let state = uploads_in(scratch.path());
    let parts =
        [text("submission", &new_submission()), text("story", &"x".repeat(300_000)), text("ground", "G04")];
    let (input, _) = read(&state, &parts).await;
    assert_eq!((input.story.len(), input.ground.as_str()), (100_000, "G04"));
}
