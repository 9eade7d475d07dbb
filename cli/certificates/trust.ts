import type { TlsFolder } from './files.ts';

/** Ports and the name that the instructions show. */
export interface TrustPlace {
  readonly files: TlsFolder;
  /** Name or address by which others reach this machine. */
  readonly name: string;
  readonly httpsPort: number;
  readonly mqttPort: number;
}

/** Settings that make the service use the certificate. */
export const settingsText = ({ files }: TrustPlace): string => `Use it: set these two, then start Klawing again
  KLAWING_TLS_CERT=${files.server}
  KLAWING_TLS_KEY=${files.serverKey}
or in klawing.yaml
  broker: { tls: { cert: ${files.server}, key: ${files.serverKey} } }`;

const addressOf = (name: string): string => (name.includes(':') ? `[${name}]` : name);

/** The steps for each kind of device, in a few lines; docs/tls.md explains them in full. */
export const trustText = ({
  files,
  name,
  httpsPort,
  mqttPort,
}: TrustPlace): string => `Trust it: give each device ${files.authority}, and nothing else from this folder.

  mosquitto_pub   mosquitto_pub -h ${name} -p ${mqttPort} --cafile ca.pem -i <device> -u <device> -P <secret> -t v1/<device>/readings -m '{"pm2_5": 38.5}'
  curl            curl --cacert ca.pem https://${addressOf(name)}:${httpsPort}/healthz
  ESP32           Arduino: WiFiClientSecure client; client.setCACert(ca), with the text of ca.pem in ca. ESP-IDF: broker.verification.certificate.
                  ESPHome (esp-idf): mqtt: certificate_authority, with the text of ca.pem.
                  Set the clock (SNTP) before the first connection: a certificate is not valid in 1970.
  Windows         certutil -addstore -f Root ca.pem, as administrator. Edge and Chrome use it; Firefox after a restart.
  Android         Settings > Security > Encryption & credentials > Install a certificate > CA certificate. Chrome uses it; other apps may not.
  iOS, iPadOS     Open ca.pem by mail or AirDrop, install the profile, then Settings > General > About > Certificate Trust Settings: switch it on.
  macOS           sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.pem
  Debian          cp ca.pem /usr/local/share/ca-certificates/klawing.crt && update-ca-certificates
  Browser         https://${addressOf(name)}:${httpsPort}`;
