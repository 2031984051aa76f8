import { sameSharesOf } from "../../../evaluator/model/sameShares.ts";
import { formatDuration } from "../../../rules/duration.ts";
import { formatShare } from "../../../rules/share.ts";
import { isStandby } from "../../output/standby.ts";
import { renderTable } from "../../output/table.ts";
import type { Colour, TextStyle } from "../../output/textStyle.ts";
import type { RouteStatus } from "./routeStatus.ts";

/** A table with one line per route. */
export function renderStatus(routes: readonly RouteStatus[], nowMs: number, style: TextStyle): string {
  const rows = routes.map((route) => [
    route.namespace,
    `${route.kind.replace(/^\w+/, (word) => word.toLowerCase())}/${route.name}`,
    { text: route.status, colour: colourOf(route) },
    trafficOf(route),
    notesOn(route, nowMs).join(", "),
  ]);
  return renderTable(["NAMESPACE", "ROUTE", "STATUS", "TRAFFIC", "NOTES"], rows, style);
}

function colourOf({ problems, shifted }: RouteStatus): Colour {
  if (problems.length > 0) return "bad";
  return shifted ? "warning" : "good";
}

/** `web 5%, web-east 95%`; per split where the splits differ. */
function trafficOf({ splits }: RouteStatus): string {
  const [first] = splits;
  if (first === undefined) return "–";
  const texts = splits.map(({ name, weights }) => ({ name, text: sharesOf(weights) }));
  if (splits.every(({ weights }) => sameSharesOf(weights, first.weights))) return texts[0]?.text ?? "–";
  return texts.map(({ name, text }) => `${name}: ${text}`).join("; ");
}

function sharesOf(weights: Readonly<Record<string, number>>): string {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  const shares = Object.entries(weights).filter(([, weight]) => weight > 0);
  return shares.length === 0 ? "–" : shares.map(([backend, weight]) => `${backend} ${formatShare(weight / sum, 1)}`).join(", ");
}

/** The most important first: a long list is cut. */
function notesOn(route: RouteStatus, nowMs: number): readonly string[] {
  const { problems, frozen, pinned, backends, shifted } = route;
  const notes = [
    ...problems.map(({ problem }) => problem),
    ...(frozen ? ["frozen"] : []),
    ...(pinned === null ? [] : [`pinned to ${pinned.backend}${pinned.until === null ? "" : ` until ${pinned.until}`}`]),
    ...backends.filter(({ phase }) => phase !== "serving").map((backend) => phaseOf(backend, nowMs)),
  ];
  // The standbys of a healthy route are no news.
  return shifted || notes.length > 0 ? [...notes, ...standbysOf(route).map((backend) => `${backend} standby`)] : [];
}

function standbysOf({ backends, splits, problems }: RouteStatus): readonly string[] {
  // A route that Linkerd does not accept is left alone, so its backends are not judged.
  if (problems.some(({ problem }) => problem === "not-accepted")) return [];
  const weightsOf = (backend: string) =>
    splits
      .filter(({ weights }) => Object.hasOwn(weights, backend))
      .map(({ weights, baseline }) => ({ weight: weights[backend] ?? 0, baseline: baseline[backend] ?? 0 }));
  return backends.filter(({ backend, phase }) => isStandby(phase, weightsOf(backend))).map(({ backend }) => backend);
}

function phaseOf({ backend, phase, since, cause }: RouteStatus["backends"][number], nowMs: number): string {
  const forMs = since === null ? null : Math.max(0, nowMs - Date.parse(since));
  const time = forMs === null ? "" : ` for ${formatDuration(Math.round(forMs / 1_000) * 1_000)}`;
  return `${backend} ${phase}${time}${cause === null ? "" : ` (${cause})`}`;
}
