/** Names of stations, in topics, tags and addresses. */
export const STATION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Names of devices: MQTT user names. `alerts` is a topic, `operator` a user. */
export const DEVICE_ID = /^(?!(?:alerts|operator)$)[a-z0-9][a-z0-9-]{0,62}$/;
