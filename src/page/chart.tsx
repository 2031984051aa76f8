import { Component, createRef } from "preact";
import type { DecisionJson } from "../admin/decisionJson.ts";
import { type ChartRange, type Layer, niceTop, pointAt, type Series, seriesIn, stack, successFloor, ticksOf } from "./chartData.ts";
import { colourOf, colourOrder } from "./colours.ts";
import type { Moment } from "./headline.ts";
import type { RouteHistory } from "./routeHistory.ts";
import { plain } from "./say.ts";
import { deedOf } from "./storyOf.ts";
import { clock, percent, rateText, shortClock, type Zone } from "./text.ts";

const LEFT_PX = 44;
const RIGHT_PX = 12;
/** In a wide chart the names of the thresholds stand to the right of it. */
const RIGHT_WIDE_PX = 112;
const WIDE_FROM_PX = 520;
const WEIGHTS = { top: 22, height: 104 };
const SUCCESS = { top: 156, height: 92 };
const REQUESTS = { top: 278, height: 56 };
const AXIS_PX = 352;
const HEIGHT_PX = 360;
const FIRST_WIDTH_PX = 720;
/** Room for one label of the axis of time. */
const LABEL_PX = 72;

export interface ChartProps {
  readonly history: RouteHistory;
  readonly primary: string;
  readonly thresholds: { readonly failBelow: number; readonly recoverAbove: number } | null;
  readonly decisions: readonly DecisionJson[];
  readonly rangeMin: number;
  readonly moment: Moment;
}

interface ChartState {
  readonly width: number;
  /** The time that is read out; null: the newest. */
  readonly readMs: number | null;
}

/** Weights, success rates and request rates of a route over time, with its decisions. */
export class Chart extends Component<ChartProps, ChartState> {
  override state: ChartState = { width: FIRST_WIDTH_PX, readMs: null };
  readonly #box = createRef<HTMLDivElement>();
  readonly #watch = new ResizeObserver(() => {
    const width = Math.max(240, Math.round(this.#box.current?.clientWidth ?? FIRST_WIDTH_PX));
    if (width !== this.state.width) this.setState({ width });
  });

  override componentDidMount(): void {
    if (this.#box.current !== null) this.#watch.observe(this.#box.current);
  }

  override componentWillUnmount(): void {
    this.#watch.disconnect();
  }

  override render() {
    const { history, primary, rangeMin, moment, decisions } = this.props;
    const { width, readMs } = this.state;
    const range = { fromMs: moment.nowMs - rangeMin * 60_000, toMs: moment.nowMs };
    const names = colourOrder(primary, Object.keys(history));
    const series = seriesIn(history, names, range);
    const frame: Frame = { range, width, names, series, zone: moment.zone, nowMs: moment.nowMs };
    const atMs = Math.min(range.toMs, Math.max(range.fromMs, readMs ?? range.toMs));
    return (
      <div class="chart" ref={this.#box}>
        <Legend names={names} />
        <svg
          width={width}
          height={HEIGHT_PX}
          viewBox={`0 0 ${width} ${HEIGHT_PX}`}
          role="img"
          aria-label={`Weights, success rates and requests per second over the last ${rangeMin} minutes. The line below reads them out.`}
          onPointerMove={(event) => this.#point(event, frame)}
          onPointerLeave={() => this.setState({ readMs: null })}
        >
          <Patterns />
          <Weights frame={frame} />
          <Success frame={frame} thresholds={this.props.thresholds} />
          <Requests frame={frame} />
          <Unknown frame={frame} />
          <Decisions frame={frame} decisions={decisions} />
          <TimeAxis frame={frame} />
          {readMs !== null && <line class="reading" x1={x(frame, atMs)} x2={x(frame, atMs)} y1={WEIGHTS.top} y2={bottom(REQUESTS)} />}
        </svg>
        <label class="scrub">
          <span class="unseen">time in the chart</span>
          <input
            type="range"
            style={{ marginLeft: `${LEFT_PX - 8}px`, width: `${rightOf(frame) - LEFT_PX + 16}px` }}
            min={range.fromMs}
            max={range.toMs}
            step={5_000}
            value={atMs}
            aria-valuetext={readout(frame, atMs)}
            onInput={(event) => this.setState({ readMs: Number(event.currentTarget.value) })}
          />
        </label>
        <p class="readout">{readout(frame, atMs)}</p>
      </div>
    );
  }

  #point(event: PointerEvent, frame: Frame): void {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const part = (event.clientX - box.left - LEFT_PX) / (rightOf(frame) - LEFT_PX);
    const { fromMs, toMs } = frame.range;
    this.setState({ readMs: Math.round(fromMs + Math.min(1, Math.max(0, part)) * (toMs - fromMs)) });
  }
}

interface Frame {
  readonly range: ChartRange;
  readonly width: number;
  readonly names: readonly string[];
  readonly series: readonly Series[];
  readonly zone: Zone;
  readonly nowMs: number;
}

type Pane = typeof WEIGHTS;

/** The right end of the panes. */
function rightOf({ width }: Pick<Frame, "width">): number {
  return width - (width >= WIDE_FROM_PX ? RIGHT_WIDE_PX : RIGHT_PX);
}

function bottom({ top, height }: Pane): number {
  return top + height;
}

function x({ range, width }: Frame, ms: number): number {
  const part = (ms - range.fromMs) / (range.toMs - range.fromMs);
  return Math.round((LEFT_PX + part * (rightOf({ width }) - LEFT_PX)) * 10) / 10;
}

/** `part` is 0 at the bottom of the pane and 1 at its top. */
function y({ top, height }: Pane, part: number): number {
  return Math.round((top + (1 - Math.min(1, Math.max(0, part))) * height) * 10) / 10;
}

/** What the chart shows at a time, in words. */
function readout({ series, zone, nowMs }: Frame, ms: number): string {
  const parts = series.map((own) => {
    const point = pointAt(own, ms);
    if (point === undefined) return `${own.backend} not known`;
    const weight = `${own.backend} ${percent(point.share)} of the weight`;
    if (point.success !== null) return `${weight}, ${percent(point.success)} of ${rateText(point.perSecond ?? 0)}/s good`;
    const none = point.seen === "unknown" ? "requests not known" : point.seen === "off" ? "requests not measured" : "no requests";
    return `${weight}, ${none}`;
  });
  return `${clock(ms, zone, nowMs)}: ${parts.length === 0 ? "nothing known yet" : parts.join("; ")}`;
}

function Legend({ names }: { readonly names: readonly string[] }) {
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

function Patterns() {
  return (
    <defs>
      <pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line class="hatch" x1="0" y1="0" x2="0" y2="6" />
      </pattern>
    </defs>
  );
}

function PaneTitle({ pane, text }: { readonly pane: Pane; readonly text: string }) {
  return (
    <text class="title" x={LEFT_PX} y={pane.top - 8}>
      {text}
    </text>
  );
}

function Scale({
  pane,
  frame,
  marks,
}: {
  readonly pane: Pane;
  readonly frame: Frame;
  readonly marks: readonly (readonly [number, string])[];
}) {
  return (
    <>
      {marks.map(([part, text]) => (
        <g key={text}>
          <line class="grid" x1={LEFT_PX} x2={rightOf(frame)} y1={y(pane, part)} y2={y(pane, part)} />
          <text class="scale" x={LEFT_PX - 6} y={y(pane, part) + 4}>
            {text}
          </text>
        </g>
      ))}
    </>
  );
}

function Weights({ frame }: { readonly frame: Frame }) {
  const layers = stack(frame.series, frame.range);
  return (
    <>
      <PaneTitle pane={WEIGHTS} text="weights, share of the traffic" />
      <Scale
        pane={WEIGHTS}
        frame={frame}
        marks={[
          [0, "0"],
          [0.5, "50 %"],
          [1, "100 %"],
        ]}
      />
      {layers.map((layer) => (
        <path key={layer.backend} class={`layer area-${colourOf(frame.names, layer.backend)}`} d={areaOf(frame, layer)} />
      ))}
    </>
  );
}

function areaOf(frame: Frame, { steps }: Layer): string {
  if (steps.length === 0) return "";
  const upper = steps.flatMap(({ fromMs, toMs, high }) => [
    `${x(frame, fromMs)} ${y(WEIGHTS, high)}`,
    `${x(frame, toMs)} ${y(WEIGHTS, high)}`,
  ]);
  const lower = steps.flatMap(({ fromMs, toMs, low }) => [
    `${x(frame, fromMs)} ${y(WEIGHTS, low)}`,
    `${x(frame, toMs)} ${y(WEIGHTS, low)}`,
  ]);
  return `M${[...upper, ...lower.toReversed()].join(" L")} Z`;
}

function Success({ frame, thresholds }: { readonly frame: Frame; readonly thresholds: ChartProps["thresholds"] }) {
  const floor = successFloor(frame.series, thresholds?.failBelow ?? null);
  const partOf = (share: number) => (share - floor) / (1 - floor);
  return (
    <>
      <PaneTitle pane={SUCCESS} text="success rate" />
      <Scale
        pane={SUCCESS}
        frame={frame}
        marks={[
          [0, percent(floor)],
          [1, "100 %"],
        ]}
      />
      {thresholds !== null && (
        <>
          <Threshold
            frame={frame}
            part={partOf(thresholds.recoverAbove)}
            text={`fit from ${percent(thresholds.recoverAbove)}`}
            kind="recover"
          />
          <Threshold frame={frame} part={partOf(thresholds.failBelow)} text={`unfit below ${percent(thresholds.failBelow)}`} kind="fail" />
        </>
      )}
      {frame.series.map(({ backend, points }) => (
        <path
          key={backend}
          class={`line-${colourOf(frame.names, backend)}`}
          d={lineOf(
            frame,
            SUCCESS,
            points.map((point) => ({ ...point, part: point.success === null ? null : partOf(point.success) })),
          )}
        />
      ))}
    </>
  );
}

interface ThresholdProps {
  readonly frame: Frame;
  readonly part: number;
  readonly text: string;
  readonly kind: "fail" | "recover";
}

function Threshold({ frame, part, text, kind }: ThresholdProps) {
  if (part < 0) return null;
  const at = y(SUCCESS, part);
  return (
    <>
      <line class={`threshold is-${kind}`} x1={LEFT_PX} x2={rightOf(frame)} y1={at} y2={at} />
      <text class={`threshold is-${kind}`} x={frame.width} y={kind === "fail" ? at + 10 : at}>
        {text}
      </text>
    </>
  );
}

function Requests({ frame }: { readonly frame: Frame }) {
  const highest = Math.max(0, ...frame.series.flatMap(({ points }) => points.map(({ perSecond }) => perSecond ?? 0)));
  const top = niceTop(highest);
  return (
    <>
      <PaneTitle pane={REQUESTS} text="requests per second" />
      <Scale
        pane={REQUESTS}
        frame={frame}
        marks={[
          [0, "0"],
          [1, rateText(top)],
        ]}
      />
      {frame.series.map(({ backend, points }) => (
        <path
          key={backend}
          class={`line-${colourOf(frame.names, backend)}`}
          d={lineOf(
            frame,
            REQUESTS,
            points.map((point) => ({ ...point, part: point.perSecond === null ? null : point.perSecond / top })),
          )}
        />
      ))}
    </>
  );
}

/** A line that holds each value until the next; null breaks it. */
function lineOf(
  frame: Frame,
  pane: Pane,
  points: readonly { readonly fromMs: number; readonly toMs: number; readonly part: number | null }[],
): string {
  let isOpen = false;
  return points
    .map(({ fromMs, toMs, part }) => {
      if (part === null) {
        isOpen = false;
        return "";
      }
      const start = `${isOpen ? "L" : "M"}${x(frame, fromMs)} ${y(pane, part)}`;
      isOpen = true;
      return `${start} L${x(frame, toMs)} ${y(pane, part)}`;
    })
    .join(" ");
}

/** Where nothing is known: before this replica started, and where a backend with load has no readings. */
function Unknown({ frame }: { readonly frame: Frame }) {
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

function Decisions({ frame, decisions }: { readonly frame: Frame; readonly decisions: readonly DecisionJson[] }) {
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

function TimeAxis({ frame }: { readonly frame: Frame }) {
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
