//! The company's workloads: which key calls which model, how often on a weekday, and what one request takes.

use super::company::{
    BOT, CODING, PIPELINE, PLAYGROUND, PROTOTYPE, Person, RESEARCH, SEARCH, SHOP, SUPPORT, VOICE, Vendor,
};

/// What is counted. Every meter adds up over time, over requests and over workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meter {
    Requests,
    /// Text input that came from no cache and went into none.
    Input,
    Cached,
    CacheWrite,
    /// Cache writes that live for an hour.
    CacheWriteLong,
    Output,
    AudioInput,
    AudioOutput,
    ImageOutput,
    Characters,
    Seconds,
    ToolCalls,
    /// Bytes kept for a day.
    StoredBytes,
}

impl Meter {
    pub(super) const ALL: [Self; 13] = [
        Self::Requests,
        Self::Input,
        Self::Cached,
        Self::CacheWrite,
        Self::CacheWriteLong,
        Self::Output,
        Self::AudioInput,
        Self::AudioOutput,
        Self::ImageOutput,
        Self::Characters,
        Self::Seconds,
        Self::ToolCalls,
        Self::StoredBytes,
    ];

    /// Whether it counts tokens.
    pub(super) fn is_tokens(self) -> bool {
        !matches!(self, Self::Requests | Self::Characters | Self::Seconds | Self::ToolCalls | Self::StoredBytes)
    }
}

/// The kind of service; at OpenAI also the usage endpoint that knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Completion,
    Embedding,
    Moderation,
    Speech,
    Transcription,
    /// Billed, but in no usage report.
    Image,
    VectorStore,
    CodeInterpreter,
    FileSearch,
    WebSearch,
    /// Billed, but in no usage report.
    CodeExecution,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Standard,
    Batch,
    Flex,
    Priority,
    /// Anthropic's fast mode.
    Fast,
}

pub(super) struct Stream {
    pub(super) vendor: Vendor,
    pub(super) site: Option<&'static str>,
    /// `None` is the vendor's playground.
    pub(super) key: Option<&'static str>,
    pub(super) user: Option<Person>,
    pub(super) model: Option<&'static str>,
    pub(super) work: Work,
    pub(super) lane: Lane,
    pub(super) long_context: bool,
    /// Requests on a weekday at the time of the founding.
    pub(super) load: u64,
    pub(super) per_request: &'static [(Meter, u64)],
    /// Days from the founding to the first day without traffic.
    pub(super) ends_after: Option<u32>,
}

impl Stream {
    const fn lane(mut self, lane: Lane) -> Self {
        self.lane = lane;
        self
    }

    const fn long_context(mut self) -> Self {
        self.long_context = true;
        self
    }

    const fn by(mut self, person: usize) -> Self {
        self.user = Some(Person(person));
        self
    }

    const fn for_days(mut self, days: u32) -> Self {
        self.ends_after = Some(days);
        self
    }

    const fn work(mut self, work: Work) -> Self {
        self.work = work;
        self
    }
}

type Share = &'static [(Meter, u64)];

type Name = Option<&'static str>;

const fn openai(site: &'static str, key: Name, model: Name, load: u64, per_request: Share) -> Stream {
    stream(Vendor::OpenAi, Some(site), key, model, load, per_request)
}

const fn claude(site: Name, key: Name, model: Name, load: u64, per_request: Share) -> Stream {
    stream(Vendor::Anthropic, site, key, model, load, per_request)
}

const fn stream(vendor: Vendor, site: Name, key: Name, model: Name, load: u64, per_request: Share) -> Stream {
    Stream {
        vendor,
        site,
        key,
        user: None,
        model,
        work: Work::Completion,
        lane: Lane::Standard,
        long_context: false,
        load,
        per_request,
        ends_after: None,
    }
}

const GPT: Option<&str> = Some("gpt-5.4-2026-03-05");
const GPT_MINI: Option<&str> = Some("gpt-5.4-mini-2026-03-17");
const SOL: Option<&str> = Some("gpt-5.6-sol");
const LUNA: Option<&str> = Some("gpt-5.6-luna");
const OPUS: Option<&str> = Some("claude-opus-5-5");
const OPUS_OLD: Option<&str> = Some("claude-opus-4-8");
const SONNET: Option<&str> = Some("claude-sonnet-5-5");
const SONNET_OLD: Option<&str> = Some("claude-sonnet-4-6");
const HAIKU: Option<&str> = Some("claude-haiku-4-5-20251001");

/// The order is part of the seed: new workloads go to the end.
#[rustfmt::skip]
pub(super) static STREAMS: [Stream; 36] = {
    use Meter::{AudioInput, AudioOutput, CacheWrite, CacheWriteLong, Cached, Characters, ImageOutput, Input, Output, Seconds, StoredBytes, ToolCalls};
    [
        openai(SHOP, Some("key_SbShopProd"), GPT, 4_000, &[(Input, 1_800), (Cached, 1_200), (Output, 350)]),
        openai(SHOP, Some("key_SbShopDev"), GPT_MINI, 1_500, &[(Input, 1_500), (Cached, 500), (Output, 300)]).by(0),
        openai(SHOP, Some("key_SbShopProd"), Some("omni-moderation-latest"), 8_000, &[(Input, 300)]).work(Work::Moderation),
        openai(SHOP, Some("key_SbShopProd"), Some("tts-1-hd"), 300, &[(Characters, 600)]).work(Work::Speech),
        openai(SHOP, Some("key_SbShopProd"), Some("gpt-image-2.5-flare"), 150, &[(Input, 90), (ImageOutput, 1_500)]).work(Work::Image),
        openai(SUPPORT, Some("key_SbSupportProd"), GPT_MINI, 6_000, &[(Input, 2_500), (Cached, 4_000), (Output, 400)]),
        openai(SUPPORT, Some("key_SbSupportProd"), SOL, 300, &[(Input, 6_000), (Cached, 8_000), (CacheWrite, 1_000), (Output, 700)]).lane(Lane::Priority),
        openai(SUPPORT, Some("key_SbSupportDesk"), GPT_MINI, 500, &[(Input, 2_200), (Cached, 900), (Output, 420)]).by(1),
        openai(SUPPORT, Some("key_SbSupportDesk"), Some("whisper-1"), 200, &[(Seconds, 240)]).by(1).work(Work::Transcription),
        openai(SUPPORT, Some("key_SbSupportProd"), None, 2_500, &[(ToolCalls, 1)]).work(Work::FileSearch),
        openai(SUPPORT, None, None, 40, &[(StoredBytes, 1_073_741_824)]).work(Work::VectorStore),
        openai(SEARCH, Some("key_SbSearchProd"), LUNA, 20_000, &[(Input, 900), (Output, 120)]),
        openai(SEARCH, Some("key_SbSearchProd"), SOL, 500, &[(Input, 5_000), (Output, 500)]),
        openai(SEARCH, Some("key_SbSearchProd"), SOL, 600, &[(ToolCalls, 1)]).work(Work::WebSearch),
        openai(SEARCH, Some("key_SbIndexer"), Some("text-embedding-3-small"), 40_000, &[(Input, 700)]).work(Work::Embedding),
        openai(PIPELINE, Some("key_SbNightly"), Some("gpt-4o-mini-2024-07-18"), 30_000, &[(Input, 1_200), (Output, 200)]).lane(Lane::Batch),
        openai(PIPELINE, Some("key_SbNightly"), GPT, 20, &[(Input, 300_000), (Output, 2_000)]).lane(Lane::Flex).long_context(),
        openai(PIPELINE, Some("key_SbNotebook"), GPT, 2_000, &[(Input, 3_000), (Output, 500)]).by(2).lane(Lane::Batch),
        openai(PIPELINE, Some("key_SbNotebook"), None, 60, &[(ToolCalls, 1)]).by(2).work(Work::CodeInterpreter),
        openai(VOICE, Some("key_SbVoice"), Some("gpt-audio-mini-2025-12-15"), 400, &[(Input, 500), (Output, 100), (AudioInput, 2_000), (AudioOutput, 800)]).by(3).for_days(60),
        openai(PLAYGROUND, None, GPT, 40, &[(Input, 1_100), (Output, 600)]).by(7),

        claude(None, Some("apikey_01SbDefault"), SONNET_OLD, 800, &[(Input, 2_000), (CacheWrite, 500), (Cached, 4_000), (Output, 500)]),
        claude(None, None, SONNET, 30, &[(Input, 1_400), (Output, 700)]).by(8),
        claude(Some(BOT), Some("apikey_01SbBot"), SONNET, 1_500, &[(Input, 3_000), (CacheWrite, 800), (Cached, 6_000), (Output, 600)]),
        claude(Some(BOT), Some("apikey_01SbTriage"), HAIKU, 9_000, &[(Input, 700), (CacheWrite, 100), (Cached, 2_000), (Output, 90)]),
        claude(Some(BOT), Some("apikey_01SbBot"), SONNET, 200, &[(Input, 3_000), (Cached, 6_000), (Output, 600)]).lane(Lane::Priority),
        claude(Some(RESEARCH), Some("apikey_01SbAnalysis"), OPUS, 400, &[(Input, 9_000), (Output, 2_500)]).lane(Lane::Batch),
        claude(Some(RESEARCH), Some("apikey_01SbAnalysis"), SONNET_OLD, 12, &[(Input, 350_000), (Output, 3_000)]).long_context(),
        claude(Some(RESEARCH), Some("apikey_01SbDossier"), OPUS_OLD, 150, &[(Input, 4_000), (CacheWriteLong, 20_000), (Cached, 60_000), (Output, 1_500)]),
        claude(Some(RESEARCH), Some("apikey_01SbDossier"), OPUS_OLD, 300, &[(ToolCalls, 1)]).work(Work::WebSearch),
        claude(Some(RESEARCH), Some("apikey_01SbAnalysis"), None, 25, &[(Seconds, 1_200)]).work(Work::CodeExecution),
        claude(Some(CODING), Some("apikey_01SbClaudeCode"), OPUS, 1_500, &[(Input, 300), (CacheWrite, 3_000), (Cached, 60_000), (Output, 900)]),
        claude(Some(CODING), Some("apikey_01SbClaudeCode"), SONNET, 1_500, &[(Input, 300), (CacheWrite, 2_500), (Cached, 50_000), (Output, 800)]),
        claude(Some(CODING), Some("apikey_01SbClaudeCode"), OPUS, 60, &[(Input, 300), (CacheWrite, 2_000), (Cached, 30_000), (Output, 900)]).lane(Lane::Fast),
        claude(Some(PROTOTYPE), Some("apikey_01SbPrototype"), SONNET_OLD, 500, &[(Input, 2_500), (Output, 700)]).for_days(45),
        claude(Some(RESEARCH), Some("apikey_01SbAnalysis"), OPUS, 90, &[(Input, 6_000), (CacheWrite, 1_000), (Cached, 9_000), (Output, 1_800)]),
    ]
};
