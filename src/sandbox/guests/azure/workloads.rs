//! What the company runs on Azure, and what Azure takes for it: written down here and nowhere else.

use super::refusal::Refusal;

/// An index into the roll of subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subscription(usize);

pub(in crate::sandbox) const SUBSCRIPTIONS: [&str; 2] =
    ["5b0c0000-0000-4000-8000-00000000000a", "5b0c0000-0000-4000-8000-00000000000b"];
const SHOP: Subscription = Subscription(0);
/// Its agreement tells fewer details of costs.
pub(super) const LABS: Subscription = Subscription(1);

impl Subscription {
    pub(super) fn id(self) -> &'static str {
        SUBSCRIPTIONS.get(self.0).copied().unwrap_or_default()
    }
}

pub(super) fn subscription(id: &str) -> Result<Subscription, Refusal> {
    let found = SUBSCRIPTIONS.iter().position(|known| *known == id);
    found.map(Subscription).ok_or_else(|| Refusal::not_found(id))
}

pub(super) struct Account {
    pub(super) subscription: Subscription,
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
}

impl Account {
    /// In the case in which it was made.
    pub(super) fn id(&self) -> String {
        let Self { subscription, group, name, .. } = self;
        let subscription = subscription.id();
        format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{name}"
        )
    }
}

pub(super) fn account(subscription: Subscription, group: &str, name: &str) -> Result<&'static Account, Refusal> {
    let is_it = |account: &&Account| {
        account.subscription == subscription
            && account.group.eq_ignore_ascii_case(group)
            && account.name.eq_ignore_ascii_case(name)
    };
    ACCOUNTS.iter().find(is_it).ok_or_else(|| Refusal::not_found(name))
}

pub(super) fn account_named(name: &str) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| account.name == name)
}

const fn at(subscription: Subscription, group: &'static str, name: &'static str, kind: &'static str) -> Account {
    Account { subscription, group, name, kind }
}

pub(super) static ACCOUNTS: [Account; 4] = [
    at(SHOP, "rg-Shop", "aoai-Shop-sweden", "OpenAI"),
    at(SHOP, "rg-Shop", "speech-shop", "SpeechServices"),
    at(SHOP, "rg-Agents", "foundry-agents", "AIServices"),
    at(LABS, "rg-Labs", "foundry-labs", "AIServices"),
];

/// What is counted; caches of OpenAI's models are counted as a part of their prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Input,
    Cached,
    CacheWrite,
    Output,
    Characters,
}

pub(super) struct Deployment {
    pub(super) name: &'static str,
    pub(super) format: &'static str,
    pub(super) model: &'static str,
    pub(super) version: &'static str,
    pub(super) sku: &'static str,
}

/// How a part of a workload is billed.
pub(super) struct Line {
    pub(super) part: Part,
    /// In an average hour.
    pub(super) per_hour: u64,
    pub(super) meter: &'static str,
    /// Units of the part that Azure counts as one.
    pub(super) unit: u64,
    /// Picodollars for one of the part.
    pub(super) price: u64,
}

pub(super) struct Workload {
    pub(super) account: &'static str,
    /// `None` is a service without models.
    pub(super) deployment: Option<Deployment>,
    pub(super) sub_category: &'static str,
    /// The resource that the marketplace bills it on, where Azure does not sell it itself.
    pub(super) offer: Option<&'static str>,
    pub(super) lines: &'static [Line],
}

const fn line(part: Part, per_hour: u64, meter: &'static str, unit: u64, price: u64) -> Line {
    Line { part, per_hour, meter, unit, price }
}

const fn deployed(
    name: &'static str,
    format: &'static str,
    model: &'static str,
    version: &'static str,
    sku: &'static str,
) -> Option<Deployment> {
    Some(Deployment { name, format, model, version, sku })
}

const MILLION: u64 = 1_000_000;
const CCU: &str = "Claude Consumption Units";
const CLAUDE: &str = "claude-sonnet-5-5-7d1f0000-0000-4000-8000-0000000000cc";

/// The order is part of the seed: new workloads go to the end.
#[rustfmt::skip]
pub(super) static WORKLOADS: [Workload; 6] = {
    use Part::{CacheWrite, Cached, Characters, Input, Output};
    [
        Workload { account: "aoai-Shop-sweden", deployment: deployed("chat", "OpenAI", "gpt-5-mini", "2025-08-07", "GlobalStandard"), sub_category: "Azure OpenAI GPT5", offer: None, lines: &[
            line(Input, 900_000, "GPT 5 Mini Inpt Glbl 1M Tokens", MILLION, 250_000),
            line(Cached, 400_000, "GPT 5 Mini cchd Inpt Glbl 1M Tokens", MILLION, 25_000),
            line(Output, 210_000, "GPT 5 Mini Outp Glbl 1M Tokens", MILLION, 2_000_000),
        ] },
        Workload { account: "aoai-Shop-sweden", deployment: deployed("Summaries", "OpenAI", "gpt-4o", "2024-08-06", "DataZoneBatch"), sub_category: "Azure OpenAI", offer: None, lines: &[
            line(Input, 500_000, "gpt 4o 0806 Batch Inp Data Zone Tokens", 1_000, 1_375_000),
            line(Output, 90_000, "gpt 4o 0806 Batch Outp Data Zone Tokens", 1_000, 5_500_000),
        ] },
        Workload { account: "aoai-Shop-sweden", deployment: deployed("search-embeddings", "OpenAI", "text-embedding-3-large", "1", "DataZoneStandard"), sub_category: "Azure OpenAI Embedding", offer: None, lines: &[
            line(Input, 2_000_000, "text embedding 3 large DZ Tokens", 1_000, 143_000),
        ] },
        Workload { account: "speech-shop", deployment: None, sub_category: "Azure Speech", offer: None, lines: &[
            line(Characters, 20_000, "Neural Text To Speech Characters", MILLION, 15_000_000),
        ] },
        Workload { account: "foundry-agents", deployment: deployed("agent-core", "xAI", "grok-4.3", "1", "GlobalStandard"), sub_category: "Azure Grok Models", offer: None, lines: &[
            line(Input, 300_000, "4.3 Inp Glbl Tokens", 1_000, 1_300_000),
            line(Output, 60_000, "4.3 Outp Glbl Tokens", 1_000, 2_600_000),
        ] },
        Workload { account: "foundry-labs", deployment: deployed("claude-sonnet-5-5", "Anthropic", "claude-sonnet-5-5", "1", "GlobalStandard"), sub_category: "", offer: Some(CLAUDE), lines: &[
            line(Input, 150_000, CCU, 1, 2_000_000),
            line(Cached, 700_000, CCU, 1, 100_000),
            line(CacheWrite, 80_000, CCU, 1, 2_500_000),
            line(Output, 45_000, CCU, 1, 10_000_000),
        ] },
    ]
};
