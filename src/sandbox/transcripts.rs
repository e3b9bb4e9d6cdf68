//! What a coding agent of the company has left on somebody's machine: transcripts as Claude Code writes them.

use std::fs;
use std::io;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::json;

/// Folder of the work, and how many of ten conversations are about it.
const PROJECTS: [(&str, usize); 3] = [("web-shop", 6), ("payments", 3), ("handbook", 1)];
/// Model, and how many of ten conversations are with it.
const MODELS: [(&str, usize); 3] = [("claude-sonnet-4-5", 6), ("claude-opus-4-5", 3), ("claude-haiku-4-5", 1)];
/// On working days; the last one is still going on.
const CONVERSATIONS_A_DAY: u32 = 4;

/// Writes the transcripts of `days` days up to `now` below `folder`, always the same for one seed and time.
///
/// # Errors
///
/// The file system's.
pub fn write(folder: &Path, now: DateTime<Utc>, days: u32, seed: u64) -> io::Result<()> {
    let mut rng = Rng::with_seed(seed);
    for back in (0..days).rev() {
        for number in 0..CONVERSATIONS_A_DAY {
            // The newest of each day ends as long before now as days have passed since.
            let end = now - TimeDelta::days(back.into()) - TimeDelta::minutes((number * 100).into());
            let (project, model) = (pick(&mut rng, &PROJECTS), pick(&mut rng, &MODELS));
            let id = format!("{:016x}", rng.u64(..));
            let path = folder.join(format!("projects/-home-ada-{project}/{id}.jsonl"));
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, conversation(&mut rng, &id, project, model, end))?;
        }
    }
    Ok(())
}

fn pick(rng: &mut Rng, weighted: &[(&'static str, usize)]) -> &'static str {
    let of_ten: Vec<&str> = weighted.iter().flat_map(|(name, weight)| [*name].repeat(*weight)).collect();
    rng.choice(of_ten).unwrap_or_default()
}

/// Up to an hour, in which more and more of what was said is read from the cache.
fn conversation(rng: &mut Rng, id: &str, project: &str, model: &str, end: DateTime<Utc>) -> String {
    let calls = rng.i64(8..40);
    let (mut text, mut context) = (String::new(), 12_000);
    for number in 0..calls {
        let at = end - TimeDelta::seconds((calls - 1 - number) * 75);
        let (fresh, output) = (rng.u64(200..4_000), rng.u64(50..1_800));
        // A pause is long enough for the cache to forget from time to time.
        let (read, written) = if number > 0 && rng.u8(..20) > 0 { (context, fresh) } else { (0, context + fresh) };
        let said = json!({
            "type": "user", "timestamp": at - TimeDelta::seconds(20), "sessionId": id, "cwd": format!("/home/ada/{project}"),
            "message": { "role": "user", "content": "Please go on." },
        });
        // Each answer is written twice, first before it is whole.
        let answered = [1, output].map(|output| {
            json!({
                "type": "assistant", "timestamp": at, "sessionId": id, "version": "2.1.300",
                "cwd": format!("/home/ada/{project}"), "requestId": format!("req_{id}_{number}"),
                "message": {
                    "id": format!("msg_{id}_{number}"), "type": "message", "role": "assistant", "model": model,
                    "content": [{ "type": "text", "text": "Done." }],
                    "usage": {
                        "input_tokens": 4, "cache_creation_input_tokens": written, "cache_read_input_tokens": read,
                        "output_tokens": output,
                    },
                },
            })
        });
        let [first, whole] = &answered;
        text.push_str(&format!("{said}\n{first}\n{whole}\n"));
        context += fresh + output;
    }
    text
}
