/** The value of a JSON text; undefined where it is none: what another program answered is no bug of ours. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
