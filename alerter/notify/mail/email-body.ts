import type { Notice } from '#alerter/notify/notice.ts';
import type { MessageLanguage, Wording } from '#alerter/notify/texts.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** The plain text of a mail. */
export const emailText = ({ subject, remark, lines, look }: Wording, { link }: Notice): string =>
  [
    subject,
    ...(remark === undefined ? [] : ['', remark]),
    '',
    ...lines.map(([label, text]) => `${label}: ${text}`),
    '',
    `${look}: ${link}`,
    '',
  ].join('\n');

const COLOURS = { minor: '#5b6770', moderate: '#b58100', severe: '#c4570a', extreme: '#b3141b' } as const;
const OVER = '#2e7d4f';
const UNKNOWN = '#5b6770';

/** The same as HTML: one table, without anything that is loaded from elsewhere. */
export const emailHtml = (
  { subject, remark, lines, look }: Wording,
  { alert, link }: Notice,
  language: MessageLanguage,
): string => {
  const colour = alert.state === 'resolved' ? OVER : alert.state === 'closed' ? UNKNOWN : COLOURS[alert.severity];
  const cell = 'style="padding:4px 12px 4px 0;vertical-align:top"';
  const rows = lines.map(
    ([label, text]) => `<tr><td ${cell}>${escape(label)}</td><td ${cell}><b>${escape(text)}</b></td></tr>`,
  );
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${escape(subject)}</title></head>
<body style="font-family:sans-serif;color:#1c2226">
<h1 style="font-size:18px;border-left:6px solid ${colour};padding-left:10px">${escape(subject)}</h1>
${remark === undefined ? '' : `<p><b>${escape(remark)}</b></p>\n`}<table>
${rows.join('\n')}
</table>
<p><a href="${escape(link)}">${escape(look)}</a></p>
</body></html>
`;
};
