import { useState } from 'preact/hooks';
import { setConfig } from '#dashboards/console/api/device-control.ts';
import type { ConfigContent, DeviceConfig } from '#dashboards/console/api/types.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import { type Field, objectOf } from '#dashboards/console/components/forms/form.ts';
import { Review } from '#dashboards/console/components/forms/review.tsx';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';

const NO_LIMITS: NonNullable<ConfigContent['limits']> = {};
const NO_SETTINGS: NonNullable<ConfigContent['settings']> = {};

interface ConfigDialogProps {
  readonly known: DeviceConfig;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Changes the configuration of a device; the whole is shown once more before it is set. */
export const ConfigDialog = ({ known, onDone, onClose }: ConfigDialogProps) => {
  const { deviceControl } = useTexts();
  const [wanted, setWanted] = useState<ConfigContent>();
  const [isReviewed, setReviewed] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  const submit = (field: Field): void => {
    if (isReviewed && wanted !== undefined) return changing.ask(() => setConfig(known.device, wanted));
    const limits = objectOf(field('limits'), NO_LIMITS);
    const settings = objectOf(field('settings'), NO_SETTINGS);
    if (limits === undefined || settings === undefined) {
      return setWrong(deviceControl.notJson(limits === undefined ? deviceControl.limits : deviceControl.settings));
    }
    setWrong(undefined);
    setWanted(contentOf(field('interval'), limits, settings));
    return setReviewed(true);
  };
  return (
    <FormDialog
      title={deviceControl.editTitle(known.device)}
      action={isReviewed ? deviceControl.set : deviceControl.review}
      onSubmit={submit}
      onClose={onClose}
      failed={wrong ?? changing.failed}
      above={changing.dialog}
    >
      {isReviewed && wanted !== undefined ? (
        <Review
          question={known.revision === 0 ? deviceControl.first : deviceControl.replaces(known.revision)}
          onBack={() => setReviewed(false)}
        >
          <pre aria-label={deviceControl.config}>{contentText(wanted) ?? deviceControl.empty}</pre>
        </Review>
      ) : (
        <Fields config={wanted ?? known.config} />
      )}
    </FormDialog>
  );
};

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

const contentOf = (interval: string, limits: typeof NO_LIMITS, settings: typeof NO_SETTINGS): ConfigContent => ({
  ...(interval === '' ? {} : { interval }),
  ...(isEmpty(limits) ? {} : { limits }),
  ...(isEmpty(settings) ? {} : { settings }),
});

/** A config as people read it; undefined where nothing is set. */
export const contentText = (config: ConfigContent): string | undefined =>
  isEmpty(config) ? undefined : JSON.stringify(config, undefined, 2);

const jsonOf = (object: object | undefined): string => (object === undefined ? '' : JSON.stringify(object));

interface JsonFieldProps {
  readonly name: 'limits' | 'settings';
  readonly rows: number;
  readonly placeholder: string;
  readonly value: object | undefined;
}

const JsonField = ({ name, rows, placeholder, value }: JsonFieldProps) => {
  const { deviceControl } = useTexts();
  return (
    <label>
      {deviceControl[name]} <small>({deviceControl.json})</small>
      <textarea name={name} rows={rows} placeholder={placeholder} spellcheck={false} defaultValue={jsonOf(value)} />
    </label>
  );
};

const Fields = ({ config }: { readonly config: ConfigContent }) => {
  const { alert, deviceControl } = useTexts();
  return (
    <>
      <label>
        {deviceControl.interval} <small>({alert.optional})</small>
        <input
          name="interval"
          pattern="\d+(\.\d+)?(s|m|min|h|d)"
          title={deviceControl.intervalHelp}
          placeholder="30s"
          defaultValue={config.interval ?? ''}
          autocomplete="off"
        />
        <small>{deviceControl.intervalHelp}</small>
      </label>
      <JsonField name="limits" rows={3} placeholder='{"pm2_5": {"max": 55}}' value={config.limits} />
      <JsonField name="settings" rows={2} placeholder='{"gain": 2}' value={config.settings} />
    </>
  );
};
