//! What one task rings when another has something to do.

use std::sync::Arc;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::sync::Notify;

use crate::providers::feed::FeedKind;
use crate::sync::run::{Job, Watch};

/// Wakes the ledger and the page. A bell that rings twice before it is heard is heard once.
#[derive(Debug, Clone, Default)]
pub(super) struct Bells {
    /// Facts have changed.
    pub ledger: Arc<Notify>,
    /// The ledger, a feed's state or the day has changed.
    pub page: Arc<Notify>,
}

impl Bells {
    pub(super) fn ring(&self) {
        self.ledger.notify_one();
        self.page.notify_one();
    }
}

/// What a feed's runs ring, with a bar where somebody watches.
pub(super) struct FeedWatch {
    bells: Bells,
    bar: Option<ProgressBar>,
}

impl FeedWatch {
    #[must_use]
    pub(super) fn new(bells: &Bells) -> Self {
        Self { bells: bells.clone(), bar: None }
    }

    /// With a bar among `bars`, which hides itself where there is no terminal.
    #[must_use]
    pub(super) fn with_bar(bells: &Bells, bars: &MultiProgress, job: &Job) -> Self {
        // A template that cannot be read would show indicatif's own.
        let unit = if matches!(job.feed.kind, FeedKind::Calls(..)) { "MiB" } else { "windows" };
        let style = ProgressStyle::with_template(&format!("{{prefix:32}} {{bar:32}} {{pos}}/{{len}} {unit} {{msg}}"))
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = bars.add(ProgressBar::new(1)).with_style(style);
        bar.set_prefix(format!("{} {}", job.account, job.name()));
        Self { bells: bells.clone(), bar: Some(bar) }
    }
}

impl Watch for FeedWatch {
    fn window(&self, done: usize, total: usize, changed: bool) {
        if changed {
            self.bells.ledger.notify_one();
        }
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    }

    fn ended(&self) {
        self.bells.page.notify_one();
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }
}
