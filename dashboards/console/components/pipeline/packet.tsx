import { useState } from 'preact/hooks';
import type { QuarantinedDetail, QuarantinedPacket } from '#dashboards/console/api/types.ts';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { Failure } from '#dashboards/console/components/common/failure.tsx';
import { useDocument } from '#dashboards/console/components/common/use-document.ts';

/** The reasons of one refused packet, and its payload on request. */
export const PacketParts = ({ packet }: { readonly packet: QuarantinedPacket }) => {
  const texts = useTexts();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ul class="plain faults">
        {packet.parts.map((part) => (
          <li key={part.place}>
            <code>{part.code}</code> <code>{part.place === '' ? texts.pipeline.wholePacket : part.place}</code>
            <br />
            {part.detail}
            {part.further > 0 && ` (${texts.quarantine.further(part.further)})`}
          </li>
        ))}
      </ul>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{texts.pipeline.more}</summary>
        {isOpen && <Payload id={packet.id} />}
      </details>
    </>
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
        {texts.pipeline.topic} <code>{data.topic}</code> · {texts.quarantine.codec(data.codec, data.codec_version)}
      </p>
      {data.text !== null && (
        <pre tabIndex={0} aria-label={texts.pipeline.payload}>
          {data.text}
        </pre>
      )}
      <pre tabIndex={0} aria-label={`${texts.pipeline.payload}, hex`} class="hex">
        {data.hex.replaceAll(/(.{64})/g, '$1\n')}
      </pre>
      {data.history.length > 0 && (
        <>
          <h3>{texts.quarantine.history}</h3>
          <ul class="plain history">
            {data.history.map(({ at, action, by, note }) => (
              <li key={`${at} ${action}`}>
                {formatTime(texts.locale, at)} {texts.quarantine.actions[action]}
                {by !== null && ` ${texts.quarantine.by(by)}`}
                {note !== '' && `: ${note}`}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
};
