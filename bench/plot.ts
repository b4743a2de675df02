/** Draws the results: bars in MB/s, one block for each input and direction. Legible on light and dark background. */
import { type DirectoryResult, rate } from './directory.ts';

const LEFT = 150;
const WIDTH = 720;
const BAR = 16;
const GAP = 6;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export const plot = (results: readonly DirectoryResult[]): string => {
  const blocks = [...new Set(results.map(({ input }) => input))].flatMap((input) =>
    (['backup', 'restore'] as const).map((way) => ({
      input,
      way,
      rows: results.filter((result) => result.input === input),
    })),
  );
  const fastest = Math.max(...results.flatMap((result) => [rate(result, 'backup'), rate(result, 'restore')]));
  const parts: string[] = [];
  let y = 8;
  for (const { input, way, rows } of blocks) {
    y += 24;
    parts.push(`<text class="title" x="0" y="${y}">${escaped(`${way} · ${input}`)}</text>`);
    y += 10;
    for (const row of rows) {
      const speed = rate(row, way);
      const length = Math.max(1, ((WIDTH - LEFT - 80) * speed) / fastest);
      const own = row.contestant.startsWith('Holdfast') ? 'own' : 'peer';
      parts.push(
        `<text x="${LEFT - 10}" y="${y + 12}" text-anchor="end">${escaped(row.contestant)}</text>`,
        `<rect class="${own}" x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="3"/>`,
        `<text x="${(LEFT + length + 8).toFixed(1)}" y="${y + 12}">${speed.toFixed(0)}</text>`,
      );
      y += BAR + GAP;
    }
  }
  const height = y + 28;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Backup and restore speed in megabytes of source a second">
<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #24292f }
.own { fill: #1f7a5c } .peer { fill: #b6bfc8 }
@media (prefers-color-scheme: dark) { text { fill: #9da7b1 } .title { fill: #e6edf3 } .own { fill: #3fb68b } .peer { fill: #4a535d } }
</style>
${parts.join('\n')}
<text x="${LEFT}" y="${height - 8}">MB of source a second; longer is better</text>
</svg>
`;
};
