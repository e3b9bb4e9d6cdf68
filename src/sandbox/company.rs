//! Who works at the made-up company, and how the two vendors know them: people, projects and keys.

/// Whose service it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vendor {
    OpenAi,
    Anthropic,
}

impl Vendor {
    pub const ALL: [Self; 2] = [Self::OpenAi, Self::Anthropic];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }
}

/// A project at OpenAI, a workspace at Anthropic.
pub(super) struct Site {
    pub(super) vendor: Vendor,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Days from the founding to the day on which it was archived.
    pub(super) archived_after: Option<u32>,
}

pub(super) struct Key {
    pub(super) vendor: Vendor,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// `None` is the default workspace, which Anthropic gives no id.
    pub(super) site: Option<&'static str>,
    /// `None` is a service account.
    pub(super) owner: Option<Person>,
}

/// An index into the roll of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person(pub(super) usize);

impl Person {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..PEOPLE.len()).map(Self)
    }

    pub(super) fn name(self) -> &'static str {
        PEOPLE.get(self.0).copied().unwrap_or("Nobody")
    }

    pub(super) fn email(self) -> String {
        format!("{}@example.com", self.name().to_lowercase().replace(' ', "."))
    }

    pub(super) fn id(self, vendor: Vendor) -> String {
        match vendor {
            Vendor::OpenAi => format!("user-Sb{:02}", self.0),
            Vendor::Anthropic => format!("user_01Sb{:02}", self.0),
        }
    }
}

pub(super) const ORGANIZATION_NAME: &str = "Example Ltd";
pub(super) const OPENAI_ORGANIZATION: &str = "org-SbExample";
pub(super) const ANTHROPIC_ORGANIZATION: &str = "00000000-0000-4000-8000-000000000000";

pub(super) const SHOP: &str = "proj_SbWebShop";
pub(super) const SUPPORT: &str = "proj_SbSupport";
pub(super) const SEARCH: &str = "proj_SbSearch";
pub(super) const PIPELINE: &str = "proj_SbPipeline";
pub(super) const PLAYGROUND: &str = "proj_SbDefault";
pub(super) const VOICE: &str = "proj_SbVoice";

pub(super) const BOT: &str = "wrkspc_01SbSupport";
pub(super) const RESEARCH: &str = "wrkspc_01SbResearch";
pub(super) const CODING: &str = "wrkspc_01SbClaudeCode";
pub(super) const PROTOTYPE: &str = "wrkspc_01SbPrototype";

const fn site(vendor: Vendor, id: &'static str, name: &'static str, archived_after: Option<u32>) -> Site {
    Site { vendor, id, name, archived_after }
}

pub(super) static SITES: [Site; 10] = [
    site(Vendor::OpenAi, PLAYGROUND, "Default project", None),
    site(Vendor::OpenAi, SHOP, "web-shop", None),
    site(Vendor::OpenAi, SUPPORT, "support", None),
    site(Vendor::OpenAi, SEARCH, "search", None),
    site(Vendor::OpenAi, PIPELINE, "data-pipeline", None),
    site(Vendor::OpenAi, VOICE, "voice-pilot", Some(60)),
    site(Vendor::Anthropic, BOT, "support", None),
    site(Vendor::Anthropic, RESEARCH, "research", None),
    site(Vendor::Anthropic, CODING, "Claude Code", None),
    site(Vendor::Anthropic, PROTOTYPE, "summer-prototype", Some(45)),
];

const fn key(
    vendor: Vendor,
    site: Option<&'static str>,
    id: &'static str,
    name: &'static str,
    owner: Option<Person>,
) -> Key {
    Key { vendor, id, name, site, owner }
}

pub(super) static KEYS: [Key; 16] = [
    key(Vendor::OpenAi, Some(SHOP), "key_SbShopProd", "shop-prod", None),
    key(Vendor::OpenAi, Some(SHOP), "key_SbShopDev", "shop-dev", Some(Person(0))),
    key(Vendor::OpenAi, Some(SUPPORT), "key_SbSupportProd", "support-prod", None),
    key(Vendor::OpenAi, Some(SUPPORT), "key_SbSupportDesk", "support-desk", Some(Person(1))),
    key(Vendor::OpenAi, Some(SEARCH), "key_SbSearchProd", "search-prod", None),
    key(Vendor::OpenAi, Some(SEARCH), "key_SbIndexer", "indexer", None),
    key(Vendor::OpenAi, Some(PIPELINE), "key_SbNightly", "nightly", None),
    key(Vendor::OpenAi, Some(PIPELINE), "key_SbNotebook", "notebook", Some(Person(2))),
    key(Vendor::OpenAi, Some(VOICE), "key_SbVoice", "voice-pilot", Some(Person(3))),
    key(Vendor::Anthropic, None, "apikey_01SbDefault", "first-key", Some(Person(0))),
    key(Vendor::Anthropic, Some(BOT), "apikey_01SbBot", "support-bot", Some(Person(1))),
    key(Vendor::Anthropic, Some(BOT), "apikey_01SbTriage", "triage", Some(Person(4))),
    key(Vendor::Anthropic, Some(RESEARCH), "apikey_01SbAnalysis", "analysis", Some(Person(2))),
    key(Vendor::Anthropic, Some(RESEARCH), "apikey_01SbDossier", "dossier", Some(Person(5))),
    key(Vendor::Anthropic, Some(CODING), "apikey_01SbClaudeCode", "claude_code_key", Some(Person(6))),
    key(Vendor::Anthropic, Some(PROTOTYPE), "apikey_01SbPrototype", "prototype", Some(Person(3))),
];

/// More than one page of them, at the vendors' default page size.
const PEOPLE: [&str; 26] = [
    "Anna Lind",
    "Bilal Aydin",
    "Carla Romano",
    "David Okoro",
    "Elif Kaya",
    "Farah Haddad",
    "Goran Petrovic",
    "Hana Sato",
    "Ines Duarte",
    "Jonas Weber",
    "Katya Orlova",
    "Liam Byrne",
    "Mei Chen",
    "Nils Berg",
    "Olga Nowak",
    "Pablo Ruiz",
    "Quinn Harper",
    "Rosa Alvarez",
    "Sanjay Rao",
    "Tara Singh",
    "Umut Demir",
    "Vera Horvat",
    "Wanda Kowal",
    "Ximena Soto",
    "Yara Nasser",
    "Zoe Martin",
];
