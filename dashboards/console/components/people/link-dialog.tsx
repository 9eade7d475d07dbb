import { useEffect, useState } from 'preact/hooks';
import type { OneTimeLink } from '#dashboards/console/api/types.ts';
import { Dialog } from '#dashboards/console/components/forms/dialog.tsx';
import { formatTime } from '#dashboards/console/text/format.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';

interface LinkDialogProps {
  readonly name: string;
  readonly link: OneTimeLink;
  readonly onClose: () => void;
}

/** The QR code of an address as the address of an image. The library is loaded here, because few people need it. */
const useQrCode = (address: string): string | undefined => {
  const [image, setImage] = useState<string>();
  useEffect(() => {
    const draw = async (): Promise<void> => {
      const { renderSVG } = await import('uqr');
      setImage(`data:image/svg+xml,${encodeURIComponent(renderSVG(address, { ecc: 'M' }))}`);
    };
    void draw().catch(() => undefined); // the link itself is shown
  }, [address]);
  return image;
};

/** Shows a one-time link with its QR code, this one time. */
export const LinkDialog = ({ name, link, onClose }: LinkDialogProps) => {
  const { locale, people } = useTexts();
  const [isCopied, setCopied] = useState(false);
  const address = new URL(link.path, location.origin).href;
  const image = useQrCode(address);
  const copy = (): void => void navigator.clipboard.writeText(address).then(() => setCopied(true));
  return (
    <Dialog title={people.linkTitle(name)} onClose={onClose}>
      <div class="stack">
        <label>
          {people.link}
          <input readOnly value={address} data-link onFocus={(event) => event.currentTarget.select()} />
        </label>
        {image !== undefined && <img src={image} alt={people.qrCode} width="200" height="200" />}
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
