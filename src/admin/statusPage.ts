import type { Report } from "../controller/report.ts";
import { isTelling } from "../evaluator/explain.ts";
import { reasonText } from "../evaluator/reasonText.ts";
import { type RouteState, reasonsOf } from "../evaluator/state.ts";
import { routeKey } from "../routes/route.ts";
import { notAlive, notReady } from "./probes.ts";
import { rfc3339 } from "./rfc3339.ts";

const REFRESH_S = 5;
/** Routes on the page; all of them are in the API. */
const ROUTES_SHOWN = 500;

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.2rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-top:1px solid #ddd}
.shifted{color:#a04000}.quiet{color:#666}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}th,td{border-color:#444}.shifted{color:#f0a060}.quiet{color:#999}}`;

/** A page for people: a line per route, with what it does and what it waits for. */
export function statusPage(report: Report): string {
  // Shifted routes first: whoever opens the page in a hurry looks for those.
  const routes = [...report.state.routes.values()].sort((a, b) => Number(b.shifted) - Number(a.shifted));
  const shown = routes.slice(0, ROUTES_SHOWN);
  const more = routes.length > shown.length ? `<p class="quiet">and ${routes.length - shown.length} more: /api/routes</p>` : "";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="${REFRESH_S}"><title>linkerd-failover</title><style>${STYLE}</style></head>
<body><h1>linkerd-failover</h1>
<p>${escapeHtml(summary(report, routes))}</p>
<table><thead><tr><th>route</th><th>now</th><th>why, and what it waits for</th></tr></thead>
<tbody>${shown.map(row).join("\n")}</tbody></table>
${more}<p class="quiet">version ${escapeHtml(report.version)}, ${rfc3339(report.nowMs)}</p>
</body></html>
`;
}

function summary(report: Report, routes: readonly RouteState[]): string {
  const { prometheusUp, leftOut } = report.observer;
  const parts = [
    `${routes.length} routes, ${routes.filter(({ shifted }) => shifted).length} shifted`,
    report.leader ? "this replica writes" : "this replica watches and writes nothing",
  ];
  for (const [namespace, count] of leftOut) parts.push(`${count} routes of ${namespace} are too many and left alone`);
  if (prometheusUp === false) parts.push("Prometheus does not answer, so metrics move nothing");
  if (!report.reload.ok) parts.push("the rules file is invalid, older rules stay in force");
  return [...parts, notReady(report), notAlive(report)].filter((part) => part !== null).join("; ");
}

function row(route: RouteState): string {
  const marks = [
    route.shifted ? "shifted" : "at its baseline",
    ...(route.frozen ? ["frozen"] : []),
    ...(route.pinned === null ? [] : [`pinned to ${route.pinned}`]),
  ];
  const doing = route.splits.map((split) => {
    const weights = Object.entries(split.live).map(([backend, weight]) => `${backend} ${weight}${phaseOf(route, backend)}`);
    return route.splits.length > 1 ? `${split.name}: ${weights.join(", ")}` : weights.join(", ");
  });
  const why = [
    ...route.problems.map(({ problem, text }) => `${problem}: ${text}`),
    ...reasonsOf(route)
      .filter(({ reason }) => isTelling(reason))
      .map(({ backend, reason }) => (backend === null ? reasonText(reason) : `${backend}: ${reasonText(reason)}`)),
  ];
  return `<tr><td>${escapeHtml(routeKey(route.ref))}</td><td${route.shifted ? ' class="shifted"' : ""}>${lines([marks.join(", "), ...doing])}</td><td>${lines(why)}</td></tr>`;
}

function phaseOf(route: RouteState, backend: string): string {
  const phase = route.backends.get(backend)?.state.phase;
  return phase === undefined || phase === "serving" ? "" : ` (${phase})`;
}

function lines(texts: readonly string[]): string {
  return texts.map(escapeHtml).join("<br>");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
