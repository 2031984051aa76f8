import { type Layer, niceTop, stack, successFloor } from "./chartData.ts";
import { type Frame, LEFT_PX, type Pane, REQUESTS, rightOf, SUCCESS, WEIGHTS, x, y } from "./chartFrame.ts";
import { colourOf } from "./colours.ts";
import { percent, rateText } from "./text.ts";

/** The thresholds of the success rate. */
export interface Thresholds {
  readonly failBelow: number;
  readonly recoverAbove: number;
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

/** The weights as areas. */
export function Weights({ frame }: { readonly frame: Frame }) {
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

/** The success rates as lines, with the thresholds of the rule. */
export function Success({ frame, thresholds }: { readonly frame: Frame; readonly thresholds: Thresholds | null }) {
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

/** The request rates as lines. */
export function Requests({ frame }: { readonly frame: Frame }) {
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
