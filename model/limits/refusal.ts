import { z } from 'zod';
import { InstantMember } from '#model/base/document.ts';
import type { Text } from '#model/readings/family.ts';

/** Causes for which a connection, a packet or a post of a device is refused, with the advice for a technician. */
export const REFUSAL_CAUSES = {
  unregistered: {
    id: 'Nama pengguna ini tidak terdaftar, atau telah dicabut: periksa nama pengguna MQTT',
    en: 'No device has this name, or it is revoked: check the MQTT user name',
  },
  secret: {
    id: 'Kata sandi salah: masukkan rahasia perangkat ini, atau buat yang baru',
    en: 'The password is wrong: enter the secret of this device, or make a new one',
  },
  'certificate-missing': {
    id: 'Perangkat ini memerlukan sertifikat klien; rahasia saja tidak cukup',
    en: 'This device needs a client certificate; a secret is not enough',
  },
  'client-id': {
    id: 'ID klien tidak sesuai: pakai ID perangkat, atau ID perangkat dengan titik dan akhiran',
    en: 'The client id is wrong: use the device id, or the device id with a dot and a suffix',
  },
  topic: {
    id: 'Topik ini tidak boleh dipakai untuk mengirim: pakai v1/<perangkat>/readings',
    en: 'It may not publish to this topic: use v1/<device>/readings',
  },
  sparkplug: {
    id: 'Sparkplug B tidak dibaca: kirim JSON ke v1/<perangkat>/readings (pada gateway, pilih penerbit MQTT biasa)',
    en: 'Sparkplug B is not read: send JSON to v1/<device>/readings (choose the plain MQTT publisher of the gateway)',
  },
  filter: {
    id: 'Topik ini tidak boleh dilanggan oleh perangkat',
    en: 'It may not subscribe to this topic',
  },
  will: {
    id: 'Pesan wasiat (will) hanya boleh memakai v1/<perangkat>/status',
    en: 'The will may use v1/<device>/status only',
  },
  'mqtt-version': {
    id: 'Versi MQTT tidak didukung: pilih MQTT 3.1.1',
    en: 'This version of MQTT is not supported: choose MQTT 3.1.1',
  },
  'tls-on-plain-port': {
    id: 'Klien memakai TLS pada port tanpa TLS: pakai port TLS, atau matikan TLS',
    en: 'The client uses TLS on the port without TLS: use the TLS port, or switch TLS off',
  },
  tls: {
    id: 'Sambungan TLS gagal: periksa sertifikat, jam perangkat, dan apakah klien memakai TLS',
    en: 'The TLS handshake failed: check the certificate, the clock of the device, and that the client uses TLS',
  },
  'web-origin': {
    id: 'Halaman web dari situs lain mencoba menyambung: tambahkan asalnya ke broker.webOrigins jika dipercaya',
    en: 'A web page of another site tried to connect: add its origin to broker.webOrigins if it is trusted',
  },
  'taken-over': {
    id: 'Sambungan lain memakai ID klien yang sama, sehingga sambungan ini diputus',
    en: 'Another connection used the same client id, so this connection was closed',
  },
  'too-large': {
    id: 'Paket terlalu besar: kirim lebih sedikit pembacaan dalam satu paket',
    en: 'The packet is too large: send fewer readings in one packet',
  },
  rate: {
    id: 'Terlalu banyak pesan atau sambungan dalam waktu singkat: kirim lebih jarang',
    en: 'Too many messages or connections in a short time: send less often',
  },
  'too-many': {
    id: 'Terlalu banyak sambungan atau langganan pada waktu yang sama',
    en: 'Too many connections or subscriptions at one time',
  },
  malformed: {
    id: 'Yang dikirim bukan MQTT 3.1.1 yang benar',
    en: 'The bytes that came are not valid MQTT 3.1.1',
  },
  unfinished: {
    id: 'Paket tidak lengkap dalam batas waktu: periksa sinyal',
    en: 'A packet was not complete in time: check the signal',
  },
  revoked: {
    id: 'Rahasia atau sertifikat dicabut, sehingga sambungan diputus',
    en: 'The secret or the certificate was revoked, so the connection was closed',
  },
  'not-kept': {
    id: 'Layanan tidak dapat menyimpan pesan ini; perangkat mengirimnya lagi',
    en: 'The service could not keep the message; the device sends it again',
  },
  post: {
    id: 'Isi kiriman HTTP kosong, atau jenisnya tidak dikenal',
    en: 'The body of the HTTP post is empty, or its type is not known',
  },
} as const satisfies Readonly<Record<string, Text>>;
export type RefusalCause = keyof typeof REFUSAL_CAUSES;

const isCause = (text: string): text is RefusalCause => Object.hasOwn(REFUSAL_CAUSES, text);

const RefusalCauseName = z.enum(Object.keys(REFUSAL_CAUSES).filter(isCause));

/** The same refusal of one sender and one address, counted together. */
export const RecentRefusal = z.object({
  cause: RefusalCauseName,
  name: z.string().optional().meta({
    description:
      'User name or, without one, client id, as the client gave it. It may not be registered. Null when none came.',
  }),
  registered: z.boolean().meta({ description: 'Whether the name was registered at that time.' }),
  client: z.string().optional().meta({ description: 'Client id.' }),
  address: z.string().optional().meta({ description: 'Address that it came from.' }),
  detail: z.string().optional().meta({ description: 'Facts about the newest one, such as the topic.' }),
  firstAt: InstantMember.meta({ description: 'Time of the first one.' }),
  at: InstantMember.meta({ description: 'Time of the newest one.' }),
  count: z.int().positive().meta({ description: 'Number of them.' }),
});
export type RecentRefusal = Readonly<z.infer<typeof RecentRefusal>>;
