#!/bin/bash
# Runs once, after InfluxDB has set itself up: the account that Grafana reads with. It may read the one bucket and
# nothing else, and works on the InfluxQL side (/query) by Basic auth only.
set -eu
influx v1 auth create \
  --org "$DOCKER_INFLUXDB_INIT_ORG" \
  --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
  --username grafana \
  --password "$GRAFANA_INFLUX_PASSWORD" \
  --description 'Grafana, reading'
