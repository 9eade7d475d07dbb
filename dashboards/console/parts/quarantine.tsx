import { useState } from 'preact/hooks';
import type { QuarantinedDetail, QuarantinedPacket } from '#dashboards/console/api/types.ts';
import { formatNumber, formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { seconds } from '#dashboards/console/time/clock.ts';
import { Failure } from './failure.tsx';
import { useDocument } from './use-document.ts';

const REFRESH = seconds(30);
const SHOWN = 50;

/** Refused packets, newest first, each with its reasons and its bytes. */
export const Quarantine = () => {
  const texts = useTexts();
  const { data, error, again } = useDocument<{ packets: QuarantinedPacket[] }>(
    `/v1/quarantine?limit=${SHOWN}`,
    REFRESH,
  );
  return (
    <section aria-labelledby="quarantine">
      <h2 id="quarantine">{texts.pipeline.quarantine}</h2>
      {error !== undefined && <Failure error={error} again={again} />}
      {data?.packets.length === 0 && <p class="note">{texts.pipeline.quarantineEmpty}</p>}
      <ul class="plain packets">
        {data?.packets.map((packet) => (
          <Packet key={packet.id} packet={packet} />
        ))}
      </ul>
    </section>
  );
};

const Packet = ({ packet }: { readonly packet: QuarantinedPacket }) => {
  const texts = useTexts();
  const [isOpen, setOpen] = useState(false);
  return (
    <li class="card packet" data-packet={packet.id}>
      <p>
        <strong>{packet.device}</strong> <span class="badge unknown">{texts.pipeline.states[packet.state]}</span>{' '}
        <span class="about">
          {formatTime(texts.locale, packet.received_at)} ·{' '}
          {texts.pipeline.bytes(formatNumber(texts.locale, packet.bytes))}
        </span>
      </p>
      <ul class="plain faults">
        {packet.parts.map((part) => (
          <li key={part.place}>
            <code>{part.code}</code> <code>{part.place === '' ? texts.pipeline.wholePacket : part.place}</code>
            <br />
            {part.detail}
          </li>
        ))}
      </ul>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{texts.pipeline.more}</summary>
        {isOpen && <Payload id={packet.id} />}
      </details>
    </li>
  );
};

const Payload = ({ id }: { readonly id: number }) => {
  const texts = useTexts();
  const { data, error, again } = useDocument<QuarantinedDetail>(`/v1/quarantine/${id}`);
  if (error !== undefined) return <Failure error={error} again={again} />;
  if (data === undefined) return <p>{texts.loading}</p>;
  return (
    <>
      <p class="about">
        {texts.pipeline.topic} <code>{data.topic}</code>
      </p>
      <pre tabIndex={0} aria-label={texts.pipeline.payload}>
        {data.text ?? data.hex}
      </pre>
    </>
  );
};
