//! What is wrong with a configuration, in lines that a person can act on.

use std::fmt;

/// One thing that has to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, such as `sync.schedule`.
    pub key: String,
    /// The file or environment variable that says so; empty where something is missing.
    pub source: String,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.is_empty() {
            write!(f, "{}: {}", self.key, self.message)
        } else {
            write!(f, "{} ({}): {}", self.key, self.source, self.message)
        }
    }
}

/// All problems of a configuration; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
