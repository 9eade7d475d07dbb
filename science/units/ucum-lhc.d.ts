/** The calls that we use of a library that has no types of its own. */
declare module '@lhncbc/ucum-lhc' {
  const ucum: {
    readonly UcumLhcUtils: {
      getInstance(): {
        validateUnitString(code: string): {
          readonly status: 'valid' | 'invalid' | 'error';
          readonly ucumCode: string | null;
        };
        convertUnitTo(
          from: string,
          value: number,
          to: string,
        ): { readonly status: 'succeeded' | 'failed' | 'error'; readonly toVal: number | null };
      };
    };
  };
  export default ucum;
}
