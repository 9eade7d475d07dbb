interface PageNoteProps {
  /** The heading of the page. */
  readonly title: string;
  readonly text: string;
}

/** A page that has nothing to show but the reason for it. */
export const PageNote = ({ title, text }: PageNoteProps) => (
  <>
    <h1>{title}</h1>
    <p class="note">{text}</p>
  </>
);
