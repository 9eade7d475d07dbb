import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

/** The one data source of every board; `provisioning/datasources/klawing.yaml` makes it under this uid. */
export const DATA_SOURCE = { type: 'influxdb', uid: 'klawing-influxdb' } as const satisfies DataSourceRef;
