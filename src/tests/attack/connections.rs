//! H3, H4, H11, H12: what is done to the service by connections and bodies alone.

use super::{PATIENCE, Service, code_of, document, form};
use reqwest::StatusCode;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

/// More than there are places.
const SLOW_CLIENTS: usize = 515;
/// What an innocent client waits at most, whatever others do.
const INNOCENT_WAIT_MAX: Duration = Duration::from_secs(1);
/// Small, so that few answers fill what lies between the two sides.
const RECEIVE_BUFFER_BYTES: u32 = 4_096;
/// Innocent clients after the first; one of them at least is not held up by another test on the same machine.
const INNOCENTS: usize = 3;
/// Answers of 150 KB that a slow reader asks for and does not read.
const ANSWERS_UNREAD: usize = 2;
const HEAD_OF_A_BODY: &str = "POST /en/violations HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 1000\r\n\r\nrefer";

/// Opens connections that send this and then nothing, and read nothing.
async fn slow_clients(address: SocketAddr, sent: &str) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..SLOW_CLIENTS {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        // Some are shown out while they still write.
        let _ = stream.write_all(sent.as_bytes()).await;
        held.push(stream);
    }
    held
}

/// What somebody who only wants a page waits for it.
async fn innocent(address: SocketAddr) -> Duration {
    let began = Instant::now();
    let asking = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = b"GET /ar/violations HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    };
    timeout(PATIENCE, asking).await.expect("an answer");
    began.elapsed()
}

#[tokio::test]
async fn h3_slow_readers_heads_and_bodies_leave_an_innocent_client_under_a_second() {
    let service = Service::start("peer_requests_per_minute = 1000000\n").await;
    let unread = "GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n".repeat(ANSWERS_UNREAD);
    let kinds =
        [("readers", unread.as_str()), ("heads", "GET / HTTP/1.1\r\nhost: "), ("bodies", HEAD_OF_A_BODY)];
    for (kind, sent) in kinds {
        let held = slow_clients(service.address, sent).await;
        // Whoever comes first also waits until the server has taken up all the others.
        let first = innocent(service.address).await;
        let mut waited = Duration::MAX;
        for _ in 0..INNOCENTS {
            waited = waited.min(innocent(service.address).await);
        }
        eprintln!(
            "H3: {} slow {kind}: the first innocent client waited {first:?}, others {waited:?}",
            held.len()
        );
        assert!(waited < INNOCENT_WAIT_MAX, "{kind}: {waited:?}");
    }
}

/// The first bytes of the answer to a head, of whose body nothing is ever sent.
async fn answer_to_head(address: SocketAddr, head: &str) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    timeout(PATIENCE, stream.read_exact(&mut answer)).await.expect("an answer without a body").unwrap();
    (String::from_utf8(answer.to_vec()).unwrap(), began.elapsed())
}

#[tokio::test]
async fn h4_a_boundary_of_300_kilobytes_is_refused_before_any_of_the_body_is_read() {
    let service = Service::start("").await;
    let reference = service.cases.violation(0, 300).await;
    let cookie = service.cookie(&reference).await;
    let boundary = "b".repeat(300_000);
    let callers = [
        "idempotency-key: a\r\n".to_owned(),
        format!(
            "idempotency-key: a\r\nrasid-plate: SA-123-TNJ\r\nauthorization: Bearer {}\r\n",
            service.citizen_key
        ),
        format!("cookie: {cookie}\r\n"),
    ];
    let paths =
        ["/api/v1/objections/B-X/attachments".to_owned(), format!("/en/violations/{reference}/objection")];
    for (path, caller) in paths.iter().flat_map(|path| callers.iter().map(move |caller| (path, caller))) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\n{caller}content-type: multipart/form-data; boundary={boundary}\r\n\
             content-length: 8000000\r\n\r\n"
        );
        let (answer, took) = answer_to_head(service.address, &head).await;
        // By the size of the head or by what it says: before anything else is read.
        assert!(["HTTP/1.1 415", "HTTP/1.1 431"].contains(&answer.as_str()), "{path}: {answer}");
        eprintln!("H4: {path}: refused after {took:?}, no byte of 8 MB was sent");
    }
}

#[tokio::test]
async fn h11_who_tries_keys_or_plates_out_is_told_when_to_come_again() {
    let service = Service::start("peer_requests_per_minute = 250\nplate_requests_per_minute = 20\n").await;
    let reference = service.cases.violation(0, 300).await;
    let mut refused = 0;
    for _ in 0..60 {
        let call = service.client.get(service.url(&format!("/api/v1/violations/{reference}")));
        let answer =
            call.bearer_auth(&service.citizen_key).header("rasid-plate", "SA-999-TNJ").send().await.unwrap();
        refused += usize::from(wants_a_pause(answer).await);
    }
    assert!(refused >= 20, "{refused} of 60 questions about one plate were refused");
    let tries = (0..300).map(|number| {
        let call = service.client.get(service.url("/api/v1/review-tasks"));
        call.bearer_auth(format!("rasid_{number:032x}_x_y")).send()
    });
    let mut refused = 0;
    for answer in futures::future::join_all(tries).await {
        refused += usize::from(wants_a_pause(answer.unwrap()).await);
    }
    eprintln!("H11: {refused} of 300 wrong keys were told to wait");
    assert!(refused >= 50, "{refused}");
}

/// Whether an answer is 429, which then says for how long.
async fn wants_a_pause(answer: reqwest::Response) -> bool {
    if answer.status() != StatusCode::TOO_MANY_REQUESTS {
        return false;
    }
    let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(code_of(answer).await.1, "too_many_requests");
    true
}

/// Forms that are sent at the same time, and what each holds.
const UPLOADS: usize = 40;
const UPLOAD_BYTES: usize = 8_000_000;
/// What the service may hold for all of them together, beyond what it held before; 850 MiB were seen in November 2026.
const HELD_BYTES_MAX: u64 = 512 * 1_048_576;

#[tokio::test]
async fn h12_forty_uploads_of_24_megabytes_do_not_lie_in_memory_together() {
    let http = "plate_requests_per_minute = 100000\nreference_requests_per_minute = 100000\nuploads_bytes_max = 100000000\n";
    let service = Service::start(http).await;
    let reference = service.cases.violation(0, 300).await;
    let cookie = service.cookie(&reference).await;
    let files: Vec<Vec<u8>> = (0..3).map(|number| document(number, UPLOAD_BYTES)).collect();
    let before = service.memory("VmRSS");
    let token = service.token(&reference, &cookie).await;
    let body = form(&token, "\u{200B}", &files);
    let sending = (0..UPLOADS).map(|_| service.send_form(&reference, &cookie, body.clone()));
    for answer in futures::future::join_all(sending).await {
        // Who is refused while he still sends may not hear of it.
        let status = answer.map_or(StatusCode::SERVICE_UNAVAILABLE, |answer| answer.status());
        assert!(status.is_client_error() || status == StatusCode::SERVICE_UNAVAILABLE, "{status}");
    }
    let most = service.memory("VmHWM").saturating_sub(before);
    eprintln!("H12: {UPLOADS} forms of 24 MB: {} MiB more than before at most", most / 1_048_576);
    assert!(most < HELD_BYTES_MAX, "{most} bytes");
}
