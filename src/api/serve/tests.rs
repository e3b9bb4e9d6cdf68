use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::routing::get;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

/// Long enough for what should happen on a busy machine, short enough for a test of what happens when it is over.
const SHORT: Duration = Duration::from_secs(1);
/// Only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(20);

const GET: &str = "GET /small HTTP/1.1\r\nhost: here\r\n\r\n";
/// More than what the system takes off a server's hands.
const BIG: usize = 64 << 20;

struct Server {
    address: std::net::SocketAddr,
    _stop: tokio_util::sync::DropGuard,
}

impl Server {
    async fn start(tls: Option<Tls>, limits: Limits, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let router = router.route("/small", get("ok")).route("/big", get(async || vec![b'x'; BIG]));
        tokio::spawn(serve(Door { listener, tls, limits }, router, stop.clone()));
        Self { address, _stop: stop.drop_guard() }
    }

    async fn plain(limits: Limits) -> Self {
        Self::start(None, limits, Router::new()).await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// The first line of the answer to a request, whose connection stays open.
async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = async {
        while !answer.ends_with(b"\r\n\r\nok") {
            let mut byte = [0];
            if stream.read(&mut byte).await.unwrap_or(0) == 0 {
                break;
            }
            answer.push(byte[0]);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("an answer or an end");
    String::from_utf8(answer).unwrap().lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn headers_that_come_drop_by_drop_end_the_connection() {
    let server = Server::plain(Limits { header_time: SHORT, connections: 1, ..Limits::default() }).await;
    let mut slow = server.connect().await;
    let (mut answers, mut drops) = slow.split();
    let drip = async {
        drops.write_all(b"GET /small HTTP/1.1\r\nhost: he").await.unwrap();
        while drops.write_all(b"r").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let mut answer = Vec::new();
    let end = async {
        tokio::select! {
            () = drip => {}
            _ = answers.read_to_end(&mut answer) => {}
        }
    };
    tokio::time::timeout(PATIENCE, end).await.expect("the server hangs up");
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(ask(&mut server.connect().await, GET).await, "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn headers_that_are_too_long_or_too_many_are_refused() {
    let limits = Limits::default();
    let server = Server::plain(limits).await;
    let with = |headers: &str| format!("GET /small HTTP/1.1\r\nhost: here\r\n{headers}\r\n");
    for (headers, status) in [
        (format!("x-long: {}\r\n", "x".repeat(limits.header_bytes / 2)), "200 OK"),
        (format!("x-long: {}\r\n", "x".repeat(limits.header_bytes)), "431 Request Header Fields Too Large"),
        ("x-many: x\r\n".repeat(90), "200 OK"),
        ("x-many: x\r\n".repeat(200), "431 Request Header Fields Too Large"),
    ] {
        assert_eq!(ask(&mut server.connect().await, &with(&headers)).await, format!("HTTP/1.1 {status}"));
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    const SLOTS: usize = 2;
    let (inside, most, leave) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (entered, seen, out) = (Arc::clone(&inside), Arc::clone(&most), Arc::clone(&leave));
    let wait = async move || {
        seen.fetch_max(entered.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        out.notified().await;
        entered.fetch_sub(1, Ordering::SeqCst);
        "ok"
    };
    let limits = Limits { connections: SLOTS, ..Limits::default() };
    let server = Server::start(None, limits, Router::new().route("/wait", get(wait))).await;
    let visit = async || {
        ask(&mut server.connect().await, "GET /wait HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").await
    };
    let visits = futures::future::join_all((0..5).map(|_| visit()));
    let usher = async {
        while inside.load(Ordering::SeqCst) < SLOTS {
            tokio::task::yield_now().await;
        }
        // Time for one more to slip in, if it could.
        tokio::time::sleep(SHORT).await;
        loop {
            leave.notify_one();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let statuses = tokio::select! {
        statuses = visits => statuses,
        () = usher => unreachable!("it never ends"),
    };
    assert!(statuses.iter().all(|status| status == "HTTP/1.1 200 OK"), "{statuses:?}");
    assert_eq!(most.load(Ordering::SeqCst), SLOTS);
}

#[tokio::test]
async fn one_address_leaves_room_for_others() {
    let limits = Limits { connections: 3, connections_per_address: 2, ..Limits::default() };
    let server = Server::plain(limits).await;
    let from = async |host: &str| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("{host}:0").parse().unwrap()).unwrap();
        socket.connect(server.address).await.unwrap()
    };
    let mut held = Vec::new();
    for _ in 0..limits.connections_per_address {
        let mut greedy = from("127.0.0.1").await;
        assert_eq!(ask(&mut greedy, GET).await, "HTTP/1.1 200 OK");
        held.push(greedy);
    }
    for _ in 0..5 {
        let mut more = from("127.0.0.1").await;
        let end = tokio::time::timeout(PATIENCE, more.read(&mut [0])).await.expect("an end");
        assert_eq!(end.unwrap_or(0), 0, "it is served");
    }
    let mut other = from("127.0.0.2").await;
    assert_eq!(ask(&mut other, GET).await, "HTTP/1.1 200 OK");
    assert_eq!(ask(&mut held[0], GET).await, "HTTP/1.1 200 OK", "who is in stays in");

    held.clear();
    let again = async {
        loop {
            let mut returned = from("127.0.0.1").await;
            if returned.write_all(GET.as_bytes()).await.is_ok() && returned.read(&mut [0]).await.unwrap_or(0) > 0 {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("a seat that was given back");
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let made = made_up();
    let limits = Limits { unread_time: SHORT, connections: 1, ..Limits::default() };
    let plain = Server::plain(limits).await;
    is_given_up(plain.connect().await, async || plain.connect().await).await;
    let server = Server::start(Some(Pair::new(&made).open()), limits, Router::new()).await;
    let connect = async || secure(&server, &[&made.0], &version::TLS13).await;
    is_given_up(connect().await, connect).await;
}

async fn is_given_up<S: AsyncRead + AsyncWrite + Unpin>(mut lazy: S, connect: impl AsyncFn() -> S) {
    lazy.write_all(b"GET /big HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
    lazy.flush().await.unwrap();
    // There is one slot, so this is served once the other is gone.
    let mut next = tokio::time::timeout(PATIENCE, connect()).await.expect("a slot");
    assert_eq!(ask(&mut next, GET).await, "HTTP/1.1 200 OK");
    let mut taken = Vec::new();
    let _ = lazy.read_to_end(&mut taken).await;
    assert!(taken.starts_with(b"HTTP/1.1 200 OK") && taken.len() < BIG, "{} bytes", taken.len());
}

struct Pair {
    folder: TempDir,
}

/// A self-signed certificate for loopback, and its key, in PEM.
fn made_up() -> (String, String) {
    let pair = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    (pair.cert.pem(), pair.signing_key.serialize_pem())
}

impl Pair {
    fn new((cert, key): &(String, String)) -> Self {
        let pair = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(pair.cert(), cert).unwrap();
        std::fs::write(pair.key(), key).unwrap();
        pair
    }

    fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn replace(file: PathBuf, text: &str) {
        let new = file.with_extension("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, file).unwrap();
    }

    fn open(&self) -> Tls {
        Tls::open(&self.cert(), &self.key()).unwrap()
    }
}

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// A client that trusts `certs` and nobody else.
async fn secure(server: &Server, certs: &[&str], version: &'static SupportedProtocolVersion) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    for cert in certs {
        roots.add(der(cert)).unwrap();
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = builder.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots);
    let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
    let name = ServerName::from(server.address.ip());
    connector.connect(name, server.connect().await).await.unwrap()
}

#[tokio::test]
async fn tls_is_spoken_and_nothing_else() {
    let made = made_up();
    let server = Server::start(Some(Pair::new(&made).open()), Limits::default(), Router::new()).await;
    for version in [&version::TLS12, &version::TLS13] {
        let mut client = secure(&server, &[&made.0], version).await;
        assert_eq!(ask(&mut client, GET).await, "HTTP/1.1 200 OK");
        assert_eq!(client.get_ref().1.protocol_version(), Some(version.version));
    }
    let mut plain = server.connect().await;
    plain.write_all(GET.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "clear text is answered");
}

#[tokio::test]
async fn a_handshake_that_does_not_come_ends_the_connection() {
    let made = made_up();
    let limits = Limits { handshake_time: SHORT, connections: 1, ..Limits::default() };
    let server = Server::start(Some(Pair::new(&made).open()), limits, Router::new()).await;
    let mut silent = server.connect().await;
    let connected = tokio::time::timeout(PATIENCE, secure(&server, &[&made.0], &version::TLS13)).await;
    assert_eq!(ask(&mut connected.expect("a slot"), GET).await, "HTTP/1.1 200 OK");
    assert_eq!(silent.read(&mut [0]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn a_new_pair_is_for_new_connections_and_a_broken_one_for_none() {
    let [first, second, third] = [made_up(), made_up(), made_up()];
    let pair = Pair::new(&first);
    let server = Server::start(Some(pair.open()), Limits::default(), Router::new()).await;
    let trusted = [&*first.0, &second.0, &third.0];
    let connect = async || secure(&server, &trusted, &version::TLS13).await;
    let shown = |client: &TlsStream<TcpStream>| client.get_ref().1.peer_certificates().unwrap()[0].clone();

    let mut old = connect().await;
    assert_eq!(ask(&mut old, GET).await, "HTTP/1.1 200 OK");
    assert_eq!(shown(&old), der(&first.0));

    // Between the two files, the pair does not fit.
    Pair::replace(pair.cert(), &second.0);
    assert_eq!(shown(&connect().await), der(&first.0));
    Pair::replace(pair.key(), &second.1);
    let mut new = connect().await;
    assert_eq!(shown(&new), der(&second.0));
    assert_eq!(ask(&mut new, GET).await, "HTTP/1.1 200 OK");
    assert_eq!(ask(&mut old, GET).await, "HTTP/1.1 200 OK", "the old connection lives on");

    for broken in ["", "no PEM at all", &third.1[..third.1.len() / 2]] {
        Pair::replace(pair.key(), broken);
        assert_eq!(shown(&connect().await), der(&second.0), "{broken:?}");
    }
    std::fs::remove_file(pair.cert()).unwrap();
    assert_eq!(shown(&connect().await), der(&second.0));
    Pair::replace(pair.key(), &third.1);
    Pair::replace(pair.cert(), &third.0);
    assert_eq!(shown(&connect().await), der(&third.0));
}

#[test]
fn a_pair_that_cannot_be_used_is_explained_without_a_word_of_the_key() {
    let [one, other] = [made_up(), made_up()];
    let half_a_key = one.1[..one.1.len() / 2].to_owned();
    let odd = one.0.replace("-----BEGIN", "----BEGIN");
    for (cert, key, wanted_key, said) in [
        (&one.0, &other.1, "http.tls.key_file", "is not the key of the certificate in"),
        (&one.0, &one.0, "http.tls.key_file", "holds no private key in PEM"),
        (&one.0, &half_a_key, "http.tls.key_file", "holds no private key in PEM"),
        (&one.1, &one.1, "http.tls.cert_file", "holds no certificate in PEM"),
        (&odd, &one.1, "http.tls.cert_file", "holds no certificate in PEM"),
    ] {
        let pair = Pair::new(&(cert.clone(), key.clone()));
        let problem = Tls::open(&pair.cert(), &pair.key()).err().expect("a problem");
        assert_eq!(problem.key, wanted_key, "{problem}");
        assert!(problem.message.contains(said) && problem.message.contains(".pem`"), "{problem}");
        let lines = one.1.lines().chain(other.1.lines());
        assert!(lines.into_iter().all(|line| !problem.message.contains(line)), "{problem}");
    }
    let pair = Pair::new(&one);
    std::fs::remove_file(pair.key()).unwrap();
    let problem = Tls::open(&pair.cert(), &pair.key()).err().expect("a problem");
    assert!(problem.to_string().starts_with("http.tls.key_file: cannot read `"), "{problem}");
}
