//! The task that holds the locks: one connection, looked after every second.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{Lease, Order, Wish, Word};
use crate::store::Store;
use crate::store::lease::Fence;
use crate::store::locks::Locks;

/// How often the connection is tried, and what others hold is asked for.
const BEAT: Duration = Duration::from_secs(1);

/// How soon a lost connection is followed by another.
const AGAIN: Duration = Duration::from_millis(100);

/// What a process is to the others on its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Stays; one of them is the leader.
    Daemon,
    /// Has a moment's work to do, and asks daemons to let it.
    Command,
}

/// Holds what is leased, as long as its connection lives.
#[derive(Debug)]
pub struct Keeper {
    store: Store,
    /// For the leases that are handed out.
    orders: mpsc::UnboundedSender<Order>,
    taken: mpsc::UnboundedReceiver<Order>,
    leading: watch::Sender<Option<bool>>,
    wishes: Vec<Wish>,
    held: Vec<Held>,
    /// No other daemon was there at the last look.
    alone: bool,
}

#[derive(Debug)]
struct Held {
    fence: Fence,
    lost: CancellationToken,
    asked: Arc<Notify>,
}

impl Keeper {
    pub(super) fn new(
        store: Store,
        orders: mpsc::UnboundedSender<Order>,
        taken: mpsc::UnboundedReceiver<Order>,
        leading: watch::Sender<Option<bool>>,
    ) -> Self {
        Self { store, orders, taken, leading, wishes: Vec::new(), held: Vec::new(), alone: false }
    }

    /// Keeps leases until `stop`; `heard` is told what other processes say. A connection that is lost takes all leases with it.
    pub async fn keep(mut self, role: Role, stop: CancellationToken, heard: impl Fn(Word)) {
        let work = async {
            loop {
                match Locks::open(&self.store).await {
                    Ok(locks) => {
                        if let Err(error) = self.serve(locks, role, &heard).await {
                            warn!("the connection that holds our feeds is lost: {error}");
                        }
                        self.lose();
                        sleep(AGAIN).await;
                    }
                    Err(error) => {
                        debug!("no connection to hold feeds with: {error}");
                        sleep(BEAT).await;
                    }
                }
            }
        };
        stop.run_until_cancelled(work).await;
    }

    /// Ends only with an error of the connection.
    async fn serve(&mut self, mut locks: Locks, role: Role, heard: &impl Fn(Word)) -> sqlx::Result<()> {
        if role == Role::Daemon {
            locks.join().await?;
            locks.tell(&Word::Hello.to_string()).await?;
        }
        let mut leads = false;
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = beats.tick() => {
                    if role == Role::Daemon {
                        self.stand(&mut locks, &mut leads).await?;
                    }
                    self.grant(&mut locks).await?;
                }
                order = self.taken.recv() => match order {
                    None => return Ok(()),
                    Some(Order::Take(wish)) => {
                        let (account, feed) = (wish.account, wish.feed);
                        self.wishes.push(wish);
                        self.grant(&mut locks).await?;
                        let waits = self.wishes.iter().any(|wish| wish.account == account && wish.feed == feed);
                        if waits && role == Role::Command {
                            locks.tell(&Word::Want(account, feed.0.to_owned()).to_string()).await?;
                        }
                    }
                    Some(Order::GiveBack(fence)) => self.give_back(&mut locks, &fence).await?,
                    Some(Order::Tell(word)) => locks.tell(&word.to_string()).await?,
                },
                word = locks.hear() => match word?.parse() {
                    Ok(Word::Hello) => self.alone = false,
                    Ok(Word::Want(account, feed)) => {
                        let wanted = self.held.iter().find(|held| held.fence.is_for(account, &feed));
                        wanted.inspect(|held| held.asked.notify_one());
                    }
                    Ok(word) => heard(word),
                    Err(error) => debug!("{error}"),
                },
            }
        }
    }

    /// Becomes the leader where there is none; as the leader, looks whether others could become it.
    async fn stand(&mut self, locks: &mut Locks, leads: &mut bool) -> sqlx::Result<()> {
        if !*leads {
            *leads = locks.lead().await?;
            if self.leading.send_if_modified(|known| known.replace(*leads) != Some(*leads)) {
                info!(
                    leader = *leads,
                    "{}",
                    if *leads { "this daemon shows the figures" } else { "another daemon shows the figures" }
                );
            }
        }
        self.alone = *leads && locks.are_alone().await?;
        Ok(())
    }

    /// Hands out what is free. Asking is the sign of life of the connection, too.
    async fn grant(&mut self, locks: &mut Locks) -> sqlx::Result<()> {
        // Whoever waited may have lost patience.
        self.wishes.retain(|wish| !wish.reply.is_closed());
        let wanted: Vec<_> = self.wishes.iter().map(|wish| (wish.account, wish.feed)).collect();
        for fence in locks.take(&wanted).await? {
            let Some(place) = self.wishes.iter().position(|wish| fence.is_for(wish.account, wish.feed.0)) else {
                continue;
            };
            let wish = self.wishes.swap_remove(place);
            let (lost, asked) = (CancellationToken::new(), Arc::new(Notify::new()));
            self.held.push(Held { fence: fence.clone(), lost: lost.clone(), asked: Arc::clone(&asked) });
            // Where nobody waits any more, dropping the lease gives it back.
            let _ = wish.reply.send(Lease { fence, lost, asked, orders: self.orders.clone() });
        }
        Ok(())
    }

    async fn give_back(&mut self, locks: &mut Locks, fence: &Fence) -> sqlx::Result<()> {
        // One that was lost with an earlier connection may be somebody else's now.
        let Some(place) = self.held.iter().position(|held| held.fence == *fence) else { return Ok(()) };
        self.held.swap_remove(place);
        locks.give_back(fence).await
    }

    fn lose(&mut self) {
        for held in self.held.drain(..) {
            held.lost.cancel();
        }
        // Where nobody else is there to show figures, the last ones stay.
        if !self.alone {
            self.leading.send_if_modified(|leads| leads.replace(false) == Some(true));
        }
    }
}
