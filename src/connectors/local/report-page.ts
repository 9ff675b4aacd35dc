import type { WeeklyReport } from '../../domain/lesson.ts';
import { reportContent } from '../report-content.ts';
import { PAGE_WORDS } from './commands.ts';

/** What corrections changed, as a page without scripts: `GET /reports`. */
export function reportPage(reports: readonly WeeklyReport[]): string {
  const sections = reports.map((report) => {
    const { title, languages } = reportContent(report, PAGE_WORDS);
    const lists = languages.map(({ lines }) => `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`);
    return `<section><h2>${escaped(report.day)}: ${escaped(title)}</h2>${lists.join('')}</section>`;
  });
  const body = sections.length === 0 ? `<p>${escaped(PAGE_WORDS.say('report.none'))}</p>` : sections.join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Evenkeel: what corrections changed</title>
<link rel="stylesheet" href="/base.css">
</head>
<body>
<main>
<h1>What corrections changed</h1>
${body}
<p><a href="/">Back to the chat</a></p>
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
