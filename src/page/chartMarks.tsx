import type { DecisionJson } from "../admin/decisionJson.ts";
import { ticksOf } from "./chartData.ts";
import { AXIS_PX, bottom, type Frame, LABEL_PX, LEFT_PX, REQUESTS, SUCCESS, WEIGHTS, x } from "./chartFrame.ts";
import { colourOf } from "./colours.ts";
import { plain } from "./say.ts";
import { deedOf } from "./storyOf.ts";
import { clock, shortClock } from "./text.ts";

/** The backends of a chart, and what hatching means. */
export function Legend({ names }: { readonly names: readonly string[] }) {
  return (
    <ul class="legend" aria-label="backends in the chart">
      {names.map((name) => (
        <li key={name}>
          <i class={`swatch area-${colourOf(names, name)}`} aria-hidden="true" />
          <svg width="22" height="8" aria-hidden="true">
            <line class={`line-${colourOf(names, name)}`} x1="0" x2="22" y1="4" y2="4" />
          </svg>
          <span>{name}</span>
        </li>
      ))}
      <li>
        <i class="swatch unknown" aria-hidden="true" />
        <span>not known</span>
      </li>
    </ul>
  );
}

/** What hatched areas are filled with. */
export function Patterns() {
  return (
    <defs>
      <pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch" x1="0" y1="0" x2="0" y2="6" />
      </pattern>
    </defs>
  );
}

/** Where nothing is known: before this replica started, and where a backend with load has no readings. */
export function Unknown({ frame }: { readonly frame: Frame }) {
  const { series, range } = frame;
  const beginMs = series.reduce((first, { points }) => Math.min(first, points[0]?.fromMs ?? range.toMs), range.toMs);
  const gaps = series.flatMap(({ points }) => points.filter(({ seen, share }) => seen === "unknown" && share > 0));
  return (
    <>
      {beginMs > range.fromMs && <Hatch frame={frame} fromMs={range.fromMs} toMs={beginMs} top={WEIGHTS.top} />}
      {gaps.map(({ fromMs, toMs }) => (
        <Hatch key={fromMs} frame={frame} fromMs={fromMs} toMs={toMs} top={SUCCESS.top} />
      ))}
    </>
  );
}

function Hatch({
  frame,
  fromMs,
  toMs,
  top,
}: {
  readonly frame: Frame;
  readonly fromMs: number;
  readonly toMs: number;
  readonly top: number;
}) {
  const left = x(frame, fromMs);
  return (
    <rect
      class="unknown"
      x={left}
      y={top}
      width={Math.max(0, x(frame, toMs) - left)}
      height={bottom(REQUESTS) - top}
      fill="url(#unknown)"
    />
  );
}

/** Decisions by their direction. */
const SIGNS: Readonly<Record<string, string>> = { failover: "▼", return: "▲", restore: "■", pin: "◆" };

/** Decisions as marks over all panes. */
export function Decisions({ frame, decisions }: { readonly frame: Frame; readonly decisions: readonly DecisionJson[] }) {
  const shown = decisions.filter(({ at }) => Date.parse(at) >= frame.range.fromMs && Date.parse(at) <= frame.range.toMs);
  return (
    <>
      {shown.map((decision) => {
        const at = x(frame, Date.parse(decision.at));
        return (
          <g key={`${decision.at}${decision.split}`} class={`decision is-${decision.direction}`}>
            <title>{`${clock(Date.parse(decision.at), frame.zone, frame.nowMs)}: ${plain(deedOf(decision))}`}</title>
            <line x1={at} x2={at} y1={WEIGHTS.top} y2={bottom(REQUESTS)} />
            <text x={at} y={WEIGHTS.top - 3}>
              {SIGNS[decision.direction] ?? "■"}
            </text>
          </g>
        );
      })}
    </>
  );
}

/** The axis of time. */
export function TimeAxis({ frame }: { readonly frame: Frame }) {
  const { range, width, zone } = frame;
  const offsetMs = zone === "utc" ? 0 : -new Date(range.toMs).getTimezoneOffset() * 60_000;
  const most = Math.max(2, Math.floor((width - LEFT_PX) / LABEL_PX));
  return (
    <>
      {ticksOf(range, most, offsetMs)
        .filter((ms) => x(frame, ms) < width - LABEL_PX / 4)
        .map((ms) => (
          <text key={ms} class="axis" x={x(frame, ms)} y={AXIS_PX}>
            {shortClock(ms, zone)}
          </text>
        ))}
    </>
  );
}
