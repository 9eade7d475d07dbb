/** The fields of a form that is sent, as texts without blanks around them; it is not sent by the browser. */
export const fieldsOf = (event: SubmitEvent): ((name: string) => string) => {
  event.preventDefault();
  const form = event.currentTarget instanceof HTMLFormElement ? new FormData(event.currentTarget) : new FormData();
  return (name) => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
};
