//! Following page cursors to their end, and no further.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use crate::providers::feed::FetchError;

/// At the page sizes that feeds ask for, no honest answer is longer.
const MAX_PAGES: usize = 2000;

/// A page of a longer answer.
pub trait Page: DeserializeOwned {
    type Item;

    fn into_parts(self) -> PageParts<Self::Item>;
}

/// What a page holds, and how to get on: `next_page` or `last_id`, as the vendor has it.
#[derive(Debug)]
pub struct PageParts<Item> {
    pub items: Vec<Item>,
    pub has_more: bool,
    pub cursor: Option<String>,
}

/// The cursors that an answer has led to so far.
#[derive(Debug)]
pub struct Cursors {
    path: String,
    seen: HashSet<String>,
}

impl Cursors {
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self { path: path.to_owned(), seen: HashSet::new() }
    }

    /// The cursor of the next page; `None` after the last one.
    ///
    /// # Errors
    ///
    /// `Malformed` where the cursor is missing or leads in a circle, or where there is no end.
    pub fn follow(&mut self, has_more: bool, cursor: Option<String>) -> Result<Option<String>, FetchError> {
        if !has_more {
            return Ok(None);
        }
        let fail = |what: &str| Err(FetchError::Malformed(format!("{} {what}", self.path)));
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
            return fail("says that there is more and gives no page cursor");
        };
        if self.seen.len() + 1 >= MAX_PAGES {
            return fail("does not come to an end of its pages");
        }
        if !self.seen.insert(cursor.clone()) {
            return fail("repeated its page cursor");
        }
        Ok(Some(cursor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(cursors: &mut Cursors, cursor: &str) -> Result<Option<String>, String> {
        cursors.follow(true, Some(cursor.to_owned())).map_err(|error| error.to_string())
    }

    #[test]
    fn a_circle_is_noticed_however_long() {
        let mut cursors = Cursors::new("v1/costs");
        assert_eq!(follow(&mut cursors, "a"), Ok(Some("a".to_owned())));
        assert_eq!(follow(&mut cursors, "b"), Ok(Some("b".to_owned())));
        assert_eq!(follow(&mut cursors, "a"), Err("v1/costs repeated its page cursor".to_owned()));
    }

    #[test]
    fn pages_without_end_are_left() {
        let mut cursors = Cursors::new("v1/costs");
        let ended = (0..=MAX_PAGES).find_map(|page| follow(&mut cursors, &page.to_string()).err());
        assert_eq!(ended.as_deref(), Some("v1/costs does not come to an end of its pages"));
    }

    #[test]
    fn more_without_a_cursor_is_no_end() {
        assert!(Cursors::new("p").follow(true, None).is_err());
        assert!(matches!(Cursors::new("p").follow(false, Some("x".to_owned())), Ok(None)));
    }
}
