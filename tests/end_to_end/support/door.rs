//! A way to the database that can be shut and opened: while it is shut, connections break and none gets through.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    open: watch::Sender<bool>,
    refused: Arc<AtomicUsize>,
}

impl Door {
    pub(crate) async fn new(target: (String, u16), open: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (open, state) = watch::channel(open);
        let refused = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&refused);
        tokio::spawn(async move {
            while let Ok((guest, _)) = listener.accept().await {
                if *state.borrow() {
                    tokio::spawn(pass(guest, target.clone(), state.clone()));
                } else {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { address, open, refused }
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Throws out those who have passed, too.
    pub(crate) fn shut(&self) {
        self.open.send_replace(false);
    }

    /// How many have knocked at the shut door.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }
}

async fn pass(mut guest: TcpStream, target: (String, u16), mut state: watch::Receiver<bool>) {
    let mut server = TcpStream::connect(target).await.expect("the real server");
    tokio::select! {
        // Whichever side hangs up first: both are done then.
        _ = copy_bidirectional(&mut guest, &mut server) => {}
        _ = state.wait_for(|open| !open) => {}
    }
}
