//! Who works on a feed, when several processes share a database, and which daemon is the leader.

mod keeper;
mod word;

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

pub use self::keeper::{Keeper, Role};
pub use self::word::Word;
use crate::domain::names::{AccountId, FeedName};
use crate::store::Store;
use crate::store::lease::Fence;

/// Asks the [`Keeper`], which has the connection, for leases. Its clones are the same one.
#[derive(Debug, Clone)]
pub struct Leases {
    orders: mpsc::UnboundedSender<Order>,
    leads: watch::Receiver<Option<bool>>,
}

/// A feed that this process alone works on. Dropping it lets others have it.
#[derive(Debug)]
pub struct Lease {
    fence: Fence,
    lost: CancellationToken,
    asked: Arc<Notify>,
    orders: mpsc::UnboundedSender<Order>,
}

#[derive(Debug)]
enum Order {
    Take(Wish),
    GiveBack(Fence),
    Tell(Word),
}

/// Somebody waits for a feed.
#[derive(Debug)]
struct Wish {
    account: AccountId,
    feed: FeedName,
    reply: oneshot::Sender<Lease>,
}

impl Leases {
    /// The leases and who keeps them: nothing is leased before [`Keeper::keep`] runs.
    #[must_use]
    pub fn new(store: Store) -> (Self, Keeper) {
        let (orders, taken) = mpsc::unbounded_channel();
        let (leading, leads) = watch::channel(None);
        (Self { orders: orders.clone(), leads }, Keeper::new(store, orders, taken, leading))
    }

    /// Waits until nobody else works on the feed.
    pub async fn take(&self, account: AccountId, feed: FeedName) -> Lease {
        let (reply, lease) = oneshot::channel();
        // Without a keeper there is nothing to be had any more, and whoever waits is told of the stop by others.
        let _ = self.orders.send(Order::Take(Wish { account, feed, reply }));
        match lease.await {
            Ok(lease) => lease,
            Err(_) => std::future::pending().await,
        }
    }

    /// Tells the other processes on this database, as soon as it is there.
    pub fn tell(&self, word: Word) {
        let _ = self.orders.send(Order::Tell(word));
    }

    /// Whether this daemon is the leader; false as long as nobody knows.
    #[must_use]
    pub fn leads(&self) -> bool {
        *self.leads.borrow() == Some(true)
    }

    /// The same, to be watched: `None` until the database has been asked.
    #[must_use]
    pub fn leadership(&self) -> watch::Receiver<Option<bool>> {
        self.leads.clone()
    }
}

impl Lease {
    /// What writers of the feed are asked for.
    #[must_use]
    pub fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Waits until the lease is lost: others may work on the feed from then on.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Waits until somebody else asks for the feed.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::GiveBack(self.fence.clone()));
    }
}
