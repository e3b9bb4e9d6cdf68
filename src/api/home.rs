//! The landing page, for people who open the address in a browser.

use axum::response::Html;

const PAGE: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>llmtally</title>\n",
    "<style>body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:40rem;padding:0 1rem;",
    "color-scheme:light dark}code{font-size:.95em}</style>\n",
    "<h1>llmtally</h1>\n",
    "<p>What your teams spend on LLMs. Version ",
    env!("CARGO_PKG_VERSION"),
    ".</p>\n<ul>\n",
    "<li><a href=\"/metrics\">/metrics</a>: gauges for Prometheus\n",
    "<li><a href=\"/api/v1/spend?group_by=provider,model\">/api/v1/spend</a>: spend of this month, ",
    "by <code>group_by</code>, <code>from</code> and <code>to</code>\n",
    "<li><a href=\"/api/v1/sync\">/api/v1/sync</a>: how up to date each feed is\n",
    "<li><a href=\"/-/ready\">/-/ready</a> and <a href=\"/-/healthy\">/-/healthy</a>\n",
    "</ul>\n</html>\n"
);

pub(super) async fn page() -> Html<&'static str> {
    Html(PAGE)
}
