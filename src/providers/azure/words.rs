//! The words of meters. Azure writes the same thing in a dozen ways.

use crate::domain::usage::Meter;

/// What a word of a meter's name says; what says nothing of these belongs to the model's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Input,
    Output,
    Cached,
    Write,
    Audio,
    Image,
    Text,
    Tier(&'static str),
    Region(&'static str),
    LongContext,
    /// What is counted anyway, or says nothing.
    Noise,
    /// The meter counts something else than tokens of a model as it is sold: hours of capacity, training, hosting.
    Foreign,
}

impl Word {
    /// What a word in lower case means.
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "inp" | "inpt" | "input" | "in" => Self::Input,
            "opt" | "outp" | "outpt" | "out" | "output" => Self::Output,
            "cchd" | "cd" | "cached" | "cach" | "cache" | "ch" => Self::Cached,
            "wr" | "write" => Self::Write,
            "aud" | "audio" => Self::Audio,
            "img" | "image" => Self::Image,
            "txt" => Self::Text,
            "batch" => Self::Tier("batch"),
            "pp" | "priority" => Self::Tier("priority"),
            "dz" | "dzone" | "datazone" => Self::Region("data_zone"),
            "gl" | "glb" | "glbl" | "global" => Self::Region("global"),
            "rgnl" | "regnl" | "regional" => Self::Region("regional"),
            "longco" => Self::LongContext,
            "shortco" | "token" | "tokens" | "1m" | "1k" | "unit" | "units" => Self::Noise,
            "provisioned" | "ptu" | "ft" | "finetuned" | "tuned" | "hosting" | "training" | "grader" => Self::Foreign,
            _ => return None,
        })
    }
}

/// What a meter counts, word by word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    input: bool,
    output: bool,
    cached: bool,
    write: bool,
    audio: bool,
    image: bool,
}

impl Counted {
    pub(super) fn add(&mut self, word: Word) {
        match word {
            Word::Input => self.input = true,
            Word::Output => self.output = true,
            Word::Cached => self.cached = true,
            Word::Write => self.write = true,
            Word::Audio => self.audio = true,
            Word::Image => self.image = true,
            _ => {}
        }
    }

    /// `None` where the words contradict each other or name no direction.
    pub(super) fn meter(self) -> Option<Meter> {
        let of = |text, audio, image| match (self.audio, self.image) {
            (false, false) => Some(text),
            (true, false) => audio,
            (false, true) => image,
            (true, true) => None,
        };
        match (self.input, self.output, self.cached, self.write) {
            (true, false, false, false) => of(Meter::Input, Some(Meter::InputAudio), Some(Meter::InputImage)),
            (false, true, false, false) => of(Meter::Output, Some(Meter::OutputAudio), Some(Meter::OutputImage)),
            (_, false, true, false) => of(Meter::CacheRead, Some(Meter::CacheReadAudio), Some(Meter::CacheReadImage)),
            (_, false, true, true) => of(Meter::CacheWrite, None, None),
            _ => None,
        }
    }
}
