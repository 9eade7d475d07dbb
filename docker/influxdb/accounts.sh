#!/bin/bash
# Runs once, after InfluxDB has set itself up. It makes the accounts of Klawing, which may write and read the one bucket, and of
# Grafana, which may read it. Neither may do anything else. Both sign in at /write and /query by Basic auth.
set -eu
influx v1 auth create \
  --org "$DOCKER_INFLUXDB_INIT_ORG" \
  --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
  --write-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
  --username klawing \
  --password "$KLAWING_INFLUX_PASSWORD" \
  --description 'Klawing, writing and reading'
influx v1 auth create \
  --org "$DOCKER_INFLUXDB_INIT_ORG" \
  --read-bucket "$DOCKER_INFLUXDB_INIT_BUCKET_ID" \
  --username grafana \
  --password "$GRAFANA_INFLUX_PASSWORD" \
  --description 'Grafana, reading'
