/** The one call that we use of a library that has no types of its own. */
declare module '@lhncbc/ucum-lhc' {
  const ucum: {
    readonly UcumLhcUtils: {
      getInstance(): { validateUnitString(code: string): { readonly status: 'valid' | 'invalid' | 'error' } };
    };
  };
  export default ucum;
}
