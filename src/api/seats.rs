//! Who holds how many connections: nobody may have all of them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The last half of an address of IPv6 is its owner's to choose.
const OWN_BITS: u32 = 64;

/// Connections by address. Those of IPv6 count by their network.
#[derive(Debug)]
pub(super) struct Seats {
    most: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection of an address, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    of: IpAddr,
}

impl Seats {
    /// At most so many for each address.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// One more for this address, unless it has all that it may have.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let of = owner(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(of).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Seat { seats: Arc::clone(self), of })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

fn owner(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> OWN_BITS << OWN_BITS).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_seats_and_gives_them_back() {
        let seats = Seats::new(2);
        let take = |address: &str| seats.take(address.parse().unwrap());
        let first = take("192.0.2.7");
        let _second = take("::ffff:192.0.2.7").unwrap();
        assert!(first.is_some() && take("192.0.2.7").is_none());
        let _other = take("192.0.2.8").unwrap();
        drop(first);
        assert!(take("192.0.2.7").is_some());
        assert_eq!(seats.taken.lock().unwrap().len(), 2, "who is gone is not remembered");

        let _one = take("2001:db8:1:2::1").unwrap();
        let _two = take("2001:db8:1:2:ffff::9").unwrap();
        assert!(take("2001:db8:1:2:3::4").is_none() && take("2001:db8:1:3::1").is_some());
    }
}
