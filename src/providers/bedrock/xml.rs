//! The few elements that are wanted of Amazon's XML, which has no attributes where they stand.

/// The text of the first element called `name`.
pub(super) fn text(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(unescaped(text))
}

/// What stands within each element called `name`, with its markup; such elements do not hold one another.
pub(super) fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once(&start)?;
        let (element, after) = from.split_once(&end)?;
        rest = after;
        Some(element)
    })
}

fn unescaped(text: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.trim().to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_found_wherever_it_stands() {
        let xml = "<?xml version=\"1.0\"?><A xmlns=\"x\"><B>\n 1 &lt; 2 &amp;amp; </B><B>3</B></A>";
        assert_eq!(text(xml, "B").as_deref(), Some("1 < 2 &amp;"));
        assert_eq!(text(xml, "C"), None);
        assert_eq!(text("<B>1", "B"), None);
        assert!(elements(xml, "B").eq(["\n 1 &lt; 2 &amp;amp; ", "3"]));
        assert_eq!(elements("<B>1", "B").count(), 0);
    }
}
