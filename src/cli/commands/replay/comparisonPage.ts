import { routeKey } from "../../../routes/route.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { brief, type Comparison, differentMs, outcomeOf, type Side, ticksFrom } from "./compareReplays.ts";
import { writeSeconds } from "./replayPast.ts";

const WIDTH = 960;
const LANE = 64;
const GAP = 28;

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5c6670;--paper:#fff;--line:#d5dae0;--primary:#1f6feb;--diff:#f2c94c55}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa4af;--paper:#14171b;--line:#343a42;--primary:#6ea8ff;--diff:#f2c94c33}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:2rem auto;max-width:64rem;padding:0 1rem}
svg{width:100%;height:auto}text{fill:var(--soft);font-size:12px}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}tr.differs{background:var(--diff)}
td.time{white-space:nowrap;font-variant-numeric:tabular-nums}.scroll{overflow-x:auto}`;

/** The comparison as a page that needs no other file and no network. */
export function comparisonPage(comparison: Comparison): string {
  const { sides, rows, differences } = comparison;
  const { route, fromMs, untilMs } = sides[0].past;
  const title = `${routeKey(route)}: ${sides[0].file} or ${sides[1].file}`;
  const cells = (own: readonly string[]) => `<td>${own.length === 0 ? "–" : own.map(escaped).join("<br>")}</td>`;
  const body = rows.map(({ atMs, decisions, isSame }) => {
    const [one, other] = decisions;
    return `<tr${isSame ? "" : ' class="differs"'}><td class="time">${writeSeconds(atMs)}</td>${cells(one.map(brief))}${cells(other.map(brief))}</tr>`;
  });
  const difference =
    differences.length === 0
      ? "Both would have done the same."
      : `They differ for ${formatDuration(differentMs(differences))}; that time is marked.`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(routeKey(route))}</h1>
<p>${writeSeconds(fromMs)} to ${writeSeconds(untilMs)}. ${difference}</p>
${chart(comparison)}
<ul>${sides.map((side) => `<li><b>${escaped(side.file)}</b>, rule ${escaped(side.past.rule.name)}: ${escaped(outcomeOf(side))}</li>`).join("")}</ul>
<div class="scroll"><table><thead><tr><th>time</th>${sides.map(({ file }) => `<th>${escaped(file)}</th>`).join("")}</tr></thead>
<tbody>${body.join("\n")}</tbody></table></div>
</body></html>
`;
}

/** The primary's share of the traffic over time, a lane for each side. */
function chart({ sides, differences }: Comparison): string {
  const { fromMs, untilMs, route } = sides[0].past;
  const x = (ms: number) => (((Math.max(ms, fromMs) - fromMs) / Math.max(1, untilMs - fromMs)) * WIDTH).toFixed(1);
  const height = sides.length * (LANE + GAP) + GAP;
  const marks = differences.map(
    ({ fromMs: from, untilMs: until }) =>
      `<rect x="${x(from)}" y="0" width="${Math.max(1, Number(x(until)) - Number(x(from)))}" height="${height - GAP}" fill="var(--diff)"/>`,
  );
  const lanes = sides.map((side, i) => lane(side, i * (LANE + GAP) + GAP, x));
  const label = `share of the primary ${route.primary} over time, for each rules file`;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(label)}">${marks.join("")}${lanes.join("")}
<text x="0" y="${height - 8}">${writeSeconds(fromMs)}</text><text x="${WIDTH}" y="${height - 8}" text-anchor="end">${writeSeconds(untilMs)}</text></svg>`;
}

function lane({ file, past, replayed }: Side, top: number, x: (ms: number) => string): string {
  const y = (share: number) => (top + (1 - share) * LANE).toFixed(1);
  const steps: string[] = [];
  const ticks = ticksFrom(replayed, past.fromMs);
  const start = ticks[0]?.primaryShare ?? 1;
  let last = start;
  for (const { atMs, primaryShare } of ticks) {
    if (primaryShare !== last) steps.push(`H${x(atMs)}V${y(primaryShare)}`);
    last = primaryShare;
  }
  const path = `M0,${y(start)}${steps.join("")}H${WIDTH}`;
  return `<text x="0" y="${top - 6}">${escaped(file)}: share of ${escaped(past.route.primary)}</text>
<line x1="0" x2="${WIDTH}" y1="${y(0)}" y2="${y(0)}" stroke="var(--line)"/><path d="${path}" fill="none" stroke="var(--primary)" stroke-width="2"/>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
