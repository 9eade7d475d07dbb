import { useEffect, useState } from 'preact/hooks';
import { setConfig } from '#dashboards/console/api/device-control.ts';
import type { ConfigContent, DeviceConfig } from '#dashboards/console/api/types.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { limitsOf, LimitsField, ValuesField, valuesOf } from '#dashboards/console/components/forms/entries-field.tsx';
import { TextField } from '#dashboards/console/components/forms/fields.tsx';
import { FormDialog } from '#dashboards/console/components/forms/form-dialog.tsx';
import type { Field } from '#dashboards/console/components/forms/field.ts';
import { Review } from '#dashboards/console/components/forms/review.tsx';
import { RULES } from '#dashboards/console/components/forms/rules.ts';
import { useChange } from '#dashboards/console/components/forms/use-change.tsx';

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
  const changing = useChange(() => {
    onClose();
    onDone();
  });
  useEffect(() => {
    if (changing.failed !== undefined) setReviewed(false);
  }, [changing.failed]);
  const submit = (field: Field): void => {
    if (isReviewed && wanted !== undefined) return changing.ask(() => setConfig(known.device, wanted));
    setWanted(contentOf(field));
    return setReviewed(true);
  };
  return (
    <FormDialog
      title={deviceControl.editTitle(known.device)}
      action={isReviewed ? deviceControl.set : deviceControl.review}
      onSubmit={submit}
      onClose={onClose}
      rules={RULES.config}
      failed={changing.failed}
      member={changing.member}
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

/** The content of the fields; what is empty is left out. */
const contentOf = (field: Field): ConfigContent => {
  const [interval, limits, settings] = [field('interval'), limitsOf(field, 'limits'), valuesOf(field, 'settings')];
  return {
    ...(interval === '' ? {} : { interval }),
    ...(isEmpty(limits) ? {} : { limits }),
    ...(isEmpty(settings) ? {} : { settings }),
  };
};

/** A config as people read it; undefined where nothing is set. */
export const contentText = (config: ConfigContent): string | undefined =>
  isEmpty(config) ? undefined : JSON.stringify(config, undefined, 2);

const Fields = ({ config: { interval = '', limits = {}, settings = {} } }: { readonly config: ConfigContent }) => {
  const { deviceControl } = useTexts();
  return (
    <>
      <TextField
        name="interval"
        label={deviceControl.interval}
        help={deviceControl.intervalHelp}
        placeholder="30s"
        value={interval}
      />
      <LimitsField name="limits" label={deviceControl.limits} value={limits} />
      <ValuesField name="settings" label={deviceControl.settings} value={settings} />
    </>
  );
};
