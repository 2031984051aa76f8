import { Component, createRef } from "preact";
import type { DecisionJson } from "../admin/decisionJson.ts";
import { pointAt, seriesIn } from "./chartData.ts";
import { bottom, FIRST_WIDTH_PX, type Frame, HEIGHT_PX, LEFT_PX, REQUESTS, rightOf, WEIGHTS, x } from "./chartFrame.ts";
import { Decisions, Legend, Patterns, TimeAxis, Unknown } from "./chartMarks.tsx";
import { Requests, Success, type Thresholds, Weights } from "./chartPanes.tsx";
import { colourOrder } from "./colours.ts";
import type { Moment } from "./headline.ts";
import type { RouteHistory } from "./routeHistory.ts";
import { clock, percent, rateText } from "./text.ts";

export interface ChartProps {
  readonly history: RouteHistory;
  readonly primary: string;
  readonly thresholds: Thresholds | null;
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
