//! What a sandbox says that it charges, and what it shall charge otherwise from now on.

use rust_decimal::{Decimal, RoundingStrategy};

use super::books;
use super::company::Vendor;
use super::faults::Target;
use super::server::Sandbox;
use super::weather::{self, Restatement};
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};

impl Sandbox {
    /// What the vendor charges for the day as of now, in US dollars; `None` before the founding and after today.
    #[must_use]
    pub fn bill(&self, vendor: Vendor, day: Day) -> Option<Decimal> {
        self.bill_of(vendor.into(), day)
    }

    /// The same of a vendor or a guest, in its currency; a guest that does not tell by days has none.
    #[must_use]
    pub fn bill_of(&self, target: Target, day: Day) -> Option<Decimal> {
        books::owed(&self.state, target, day)
    }

    /// In what the vendor or guest bills.
    #[must_use]
    pub fn currency_of(&self, target: Target) -> Currency {
        books::currency(target)
    }

    /// The vendors that the company uses, without those that do not tell their bill by days.
    #[must_use]
    pub fn billed_by(&self) -> Vec<Target> {
        books::billed_by(&self.state)
    }

    /// Whether the day's bill no longer moves, unless the vendor restates it.
    #[must_use]
    pub fn is_settled(&self, day: Day) -> bool {
        weather::is_settled(day, self.state.now())
    }

    /// From now on the vendor bills the day anew: OpenAI 3.6 % higher, Anthropic 3.8 % lower.
    pub fn restate(&self, vendor: Vendor, day: Day) {
        self.state.weather.restate(Restatement { vendor, day, at: self.state.now() });
    }

    /// A monthly budget in whole tens of US dollars, of which this month's bills of `targets` so far are about `percent`.
    #[must_use]
    pub fn budget_spent_to(&self, percent: u32, targets: &[Target]) -> Decimal {
        let today = Day::of(self.state.now());
        let month = Window::new(today.month_start(), today.next());
        let days = month.into_iter().flat_map(Window::days);
        let bill = |target: &Target, day| books::dollars(&self.state, *target, day).unwrap_or_default();
        let spent: Decimal = days.flat_map(|day| targets.iter().map(move |target| bill(target, day))).sum();
        let tens = spent * Decimal::TEN / Decimal::from(percent.max(1));
        tens.round_dp_with_strategy(0, RoundingStrategy::ToZero).max(Decimal::ONE) * Decimal::TEN
    }
}
