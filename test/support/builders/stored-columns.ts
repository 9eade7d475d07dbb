const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Columns of the operations database that hold what a device or a person chose. The test fills each of them. */
export const FREE_COLUMNS: readonly string[] = [
  'person.name',
  'passkey.name',
  'access_token.name',
  'station.name',
  'station.attributes',
  'device.rest',
  'assigned_time.identity',
  'moved_reading.place',
  'quarantine.payload',
  'quarantine_part.place',
  'quarantine_part.detail',
  'quarantine_event.note',
  'quarantine_event.by',
  'alert.acknowledged',
  'alert_event.note',
  'alert_event.by',
  'silence.reason',
  'silence.by',
  'outbox.body',
  'command.arguments',
  'command.by',
  'command.reply',
  'device_config.config',
  'device_config.by',
];

/** Columns of text and bytes that hold nothing of that kind. */
export const CLOSED_COLUMNS: readonly string[] = [
  // names that a grammar of the registry or of MQTT client ids allows
  ...words(`station.id station.family profile.id profile.version device.id device.gateway device.external_id assignment.device assignment.station
    gateway.id gateway.kind secret.device gateway_secret.gateway claim.device device_watermark.device assigned_time.device
    persistent_connection.client ledger_message.device ledger_reading.device ledger_row.device
    quarantine.device series_change.station series_change.device series_change.property series_numbers.device series_numbers.station series_numbers.property
    series_numbers.family late_series.device late_series.station late_series.property late_series.family latest.station latest.device latest.property latest.family presence.device last_seen.device
    clock_skew.device alert.rule alert.station silence.station silence.rule command.id command.device command.name
    device_config.device outbox.channel recipient.channel outbox.recipient recipient.recipient`),
  // sign-in names, addresses, numbers of telephones and names of browsers have grammars; the trail of changes holds no free text
  ...words('person.login person.rest account_session.browser audit.actor audit.action audit.subject audit.detail'),
  // recipes stand in files of the operator
  ...words('profile.rest device.topics'),
  // topics and codecs have a grammar that the broker enforces
  ...words('quarantine.topic quarantine.codec'),
  // words, numbers and hashes of the program
  ...words(`password.hash passkey.credential passkey.public_key linked_identity.issuer linked_identity.subject account_session.hash invitation.hash invitation.purpose access_token.role access_token.hash audit.hash
    setting.name secret.hash gateway_secret.hash claim.hash cursor.reader cursor.journal intent.journal
    assigned_time.content assigned_time.times moved_reading.journal ledger_message.journal ledger_reading.journal
    ledger_row.store ledger_row.counts quarantine.journal quarantine.session quarantine.state quarantine_part.code quarantine_event.action
    series_numbers.reader series_numbers.numbers latest.timed_by latest.valid presence.state alert.severity alert.state alert.rest alert_event.kind outbox.key
    outbox.state outbox.delivery outbox.last_error recipient.last_error command.state`),
  // rows that a restart finds, and nobody reads otherwise
  ...words('intent.classified intent.registry replay.plan quality_version.parameters'),
];
