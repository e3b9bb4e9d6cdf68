//! Writes the dashboards to `grafana/dashboards/`: `cargo run --example dashboards`.

use std::path::Path;

use llmtally::domain::money::Currency;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grafana/dashboards");
    std::fs::create_dir_all(&folder)?;
    for dashboard in llmtally::dashboards::all() {
        std::fs::write(folder.join(format!("{}.json", dashboard.uid())), dashboard.to_file(Currency::USD))?;
    }
    Ok(())
}
