import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useTexts } from '#dashboards/console/text/texts.ts';

interface ReviewProps {
  readonly question: string;
  readonly onBack: () => void;
  readonly children: ComponentChildren;
}

/** A summary of a change before it is made. It takes the focus, so that screen readers read it. */
export const Review = ({ question, onBack, children }: ReviewProps) => {
  const { deviceControl } = useTexts();
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => group.current?.focus(), []);
  return (
    <div ref={group} class="stack review" role="group" aria-label={question} tabIndex={-1}>
      <p>
        <strong>{question}</strong>
      </p>
      {children}
      <p>
        <button type="button" onClick={onBack}>
          {deviceControl.change}
        </button>
      </p>
    </div>
  );
};
