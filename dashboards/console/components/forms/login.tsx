import { useState } from 'preact/hooks';
import { enter } from '#dashboards/console/state/live.ts';
import { errorText } from '#dashboards/console/text/error-text.ts';
import { useTexts } from '#dashboards/console/text/texts.ts';
import { fieldsOf } from './form.ts';

/** Asks for the token that reading needs from elsewhere. */
export const Login = () => {
  const texts = useTexts();
  const [problem, setProblem] = useState<string>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    const token = fieldsOf(event)('token');
    try {
      if (!(await enter(token))) setProblem(texts.loginForm.wrong);
    } catch (error) {
      setProblem(errorText(error, texts));
    }
  };
  return (
    <form class="card login stack" onSubmit={(event) => void submit(event)}>
      <h1>{texts.loginForm.title}</h1>
      <p>{texts.loginForm.text}</p>
      <label>
        {texts.loginForm.label}
        <input name="token" type="password" autocomplete="current-password" required />
      </label>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <button type="submit" class="primary">
        {texts.loginForm.open}
      </button>
    </form>
  );
};
