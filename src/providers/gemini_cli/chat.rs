//! Chats → calls. A message is written down again when there is more of it, under the same id.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, Tokens};
use crate::domain::call_log::Call;
use crate::domain::usage::Dimensions;
use crate::providers::call_logs::{Findings, Format, text, time};

/// The folder of a project's chats; below it, subagents have folders of their own.
const CHATS: &str = "chats";
/// Beside the chats: the folder that the project is in.
const PROJECT_ROOT: &str = ".project_root";

pub(super) struct Chats {
    /// What lines that matter hold.
    words: [Finder<'static>; 2],
}

impl Default for Chats {
    fn default() -> Self {
        Self { words: ["\"tokens\"", "\"sessionId\""].map(Finder::new) }
    }
}

/// What holds for all messages of a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Chat {
    session: Option<String>,
    project: Option<String>,
}

impl Format for Chats {
    type State = Chat;

    fn folders(&self, root: &Path) -> Vec<PathBuf> {
        let projects = root.join("tmp");
        vec![if projects.is_dir() { projects } else { root.to_owned() }]
    }

    fn holds(&self, path: &Path) -> bool {
        let is_main = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("session-"));
        let is_below_chats = || path.ancestors().skip(2).any(|folder| folder.file_name() == Some(OsStr::new(CHATS)));
        let is_chat = path.extension().is_some_and(|extension| extension == "json" || extension == "jsonl");
        is_chat && (is_main || is_below_chats())
    }

    /// Older versions write the whole chat anew, as one document.
    fn is_document(&self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == "json")
    }

    fn start(&self, path: &Path) -> Chat {
        let mut folders = path.ancestors().skip(1);
        let project = folders.find(|folder| folder.file_name() == Some(OsStr::new(CHATS))).and_then(Path::parent);
        let root = project.and_then(|project| fs::read_to_string(project.join(PROJECT_ROOT)).ok());
        let name = || Some(project?.file_name()?.to_string_lossy().into_owned());
        Chat {
            // Until the first line tells better.
            session: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
            project: text(root.map(|root| root.trim().to_owned())).or_else(name),
        }
    }

    fn read(&self, line: &[u8], chat: &mut Chat, found: &mut Findings) {
        // Most bytes of a chat are in what people and tools said.
        if !self.words.iter().any(|word| word.find(line).is_some()) {
            found.broken += usize::from(line.last() != Some(&b'}'));
            return;
        }
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) => chat.take(entry, found),
            Err(_) => found.broken += 1,
        }
    }
}

impl Chat {
    fn take(&mut self, mut entry: Entry<'_>, found: &mut Findings) {
        self.session = text(entry.session_id.take()).or(self.session.take());
        let listed = entry.messages.take().into_iter().flatten().chain(entry.set.take().map(|set| *set));
        for entry in listed {
            self.take(entry, found);
        }
        if let Some(tokens) = entry.tokens {
            match self.call(entry, tokens) {
                Some(call) => found.calls.push(call),
                None => found.broken += 1,
            }
        }
    }

    /// `None` without a time, or without anything to know it by.
    fn call(&self, message: Entry<'_>, tokens: Tokens) -> Option<Call> {
        let dims = Dimensions {
            project: self.project.clone(),
            model: text(message.model),
            prompt_over: u32::try_from(tokens.prompt()).unwrap_or(u32::MAX),
            ..Dimensions::default()
        };
        let session = self.session.clone();
        // Ids are only known to be unique within a chat.
        let key = format!("{}/{}", session.as_deref().unwrap_or_default(), text(message.id)?);
        Some(Call { key, at: time(message.timestamp)?, session, dims, meters: tokens.meters() })
    }
}
