//! What Grafana does to a query before PostgreSQL sees it.

use std::collections::BTreeMap;

/// Values of the dashboard's variables as they stand in SQL, such as `'openai','anthropic'`, and the time range.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) variables: BTreeMap<&'static str, String>,
    pub(crate) from: String,
    pub(crate) to: String,
}

impl Context {
    /// "All" everywhere: Grafana puts the variable's `allValue` in, as it is.
    pub(crate) fn all(from: &str, to: &str) -> Self {
        let mut variables: BTreeMap<&str, String> =
            ["provider", "account", "project", "model"].map(|name| (name, name.to_owned())).into();
        variables.insert("group_by", "provider".to_owned());
        Self { variables, from: from.to_owned(), to: to.to_owned() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.insert(name, value.to_owned());
        self
    }

    /// Variables are replaced in the browser, then macros on the server.
    pub(crate) fn expand(&self, sql: &str) -> String {
        let mut expanded = sql.to_owned();
        for (name, value) in &self.variables {
            // The format for patterns, of which "All" is any.
            expanded = expanded.replace(&format!("${{{name}:regex}}"), ".*");
            expanded = expanded.replace(&format!("${name}"), value);
        }
        let expanded = self.macros(&expanded);
        assert!(!expanded.contains('$'), "a variable or macro that Grafana does not know:\n{expanded}");
        expanded
    }

    /// A macro's arguments end at the first closing bracket, whatever is in between.
    fn macros(&self, sql: &str) -> String {
        let mut out = String::new();
        let mut rest = sql;
        while let Some(start) = rest.find("$__") {
            out.push_str(&rest[..start]);
            let call = &rest[start..];
            let open = call.find('(').expect("a macro has arguments");
            let close = call.find(')').expect("a macro's arguments end");
            let argument = &call[open + 1..close];
            assert!(!argument.contains('('), "macros cannot hold brackets: {call}");
            match &call[..open] {
                "$__timeFilter" => {
                    out.push_str(&format!("{argument} BETWEEN '{}' AND '{}'", self.from, self.to));
                }
                "$__timeFrom" => out.push_str(&format!("'{}'", self.from)),
                "$__timeTo" => out.push_str(&format!("'{}'", self.to)),
                unknown => panic!("unknown macro {unknown}"),
            }
            rest = &call[close + 1..];
        }
        out + rest
    }
}
