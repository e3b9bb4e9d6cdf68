# The two commands that everything starts with are `make demo` and `make test`.

.PHONY: demo test fmt lint sqlx dashboards bench

# A made-up company on 127.0.0.1:9847: no keys, no network.
demo:
	scripts/install-packages postgresql
	cargo run --release --locked -- demo

# Everything that has to hold before a change lands.
test:
	scripts/install-packages postgresql prometheus prometheus-alertmanager python3-venv
	scripts/with-postgres scripts/test

fmt:
	cargo fmt

lint:
	scripts/with-postgres cargo clippy --all-targets --locked -- -D warnings

# Writes what the query macros learned from a real database to .sqlx, so that a build needs none.
sqlx:
	scripts/with-postgres scripts/sqlx-prepare .sqlx

# Writes grafana/dashboards and the rules from their sources.
dashboards:
	SQLX_OFFLINE=true cargo run --locked --example dashboards

# Ratios against yardsticks of the same run, then start, memory and rest of the demo; see docs/performance.md.
bench:
	scripts/install-packages postgresql
	cargo build --release --locked
	scripts/with-postgres cargo bench --locked --quiet
	scripts/footprint 120 -- target/release/llmtally demo
