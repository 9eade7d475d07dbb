import { useState } from 'preact/hooks';
import { renderSVG } from 'uqr';
import type { OneTimeLink } from '#dashboards/console/api/types.ts';
import { Dialog } from '#dashboards/console/components/forms/dialog.tsx';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

interface LinkDialogProps {
  readonly name: string;
  readonly link: OneTimeLink;
  readonly onClose: () => void;
}

/** Shows a one-time link with its QR code, this one time. */
export const LinkDialog = ({ name, link, onClose }: LinkDialogProps) => {
  const { locale, people } = useTexts();
  const [isCopied, setCopied] = useState(false);
  const address = new URL(link.path, location.origin).href;
  const image = `data:image/svg+xml,${encodeURIComponent(renderSVG(address, { ecc: 'M' }))}`;
  const copy = (): void => void navigator.clipboard.writeText(address).then(() => setCopied(true));
  return (
    <Dialog title={people.linkTitle(name)} onClose={onClose}>
      <div class="stack">
        <label>
          {people.link}
          <input readOnly value={address} data-link onFocus={(event) => event.currentTarget.select()} />
        </label>
        <img src={image} alt={people.qrCode} width="200" height="200" />
        <p>{people.linkText(formatTime(locale, link.valid_until))}</p>
        <div class="actions">
          <button type="button" class="primary" onClick={copy}>
            {people.copy}
          </button>
        </div>
        <p role="status">{isCopied && people.copied}</p>
      </div>
    </Dialog>
  );
};
