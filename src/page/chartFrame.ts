import type { ChartRange, Series } from "./chartData.ts";
import type { Zone } from "./text.ts";

export const LEFT_PX = 44;
const RIGHT_PX = 12;
/** In a wide chart the names of the thresholds stand to the right of it. */
const RIGHT_WIDE_PX = 112;
const WIDE_FROM_PX = 520;
export const WEIGHTS = { top: 22, height: 104 };
export const SUCCESS = { top: 156, height: 92 };
export const REQUESTS = { top: 278, height: 56 };
export const AXIS_PX = 352;
export const HEIGHT_PX = 360;
export const FIRST_WIDTH_PX = 720;
/** Room for one label of the axis of time. */
export const LABEL_PX = 72;

/** The range of a chart, its size, and what is in it. */
export interface Frame {
  readonly range: ChartRange;
  readonly width: number;
  readonly names: readonly string[];
  readonly series: readonly Series[];
  readonly zone: Zone;
  readonly nowMs: number;
}

/** One of the pictures above each other. */
export type Pane = typeof WEIGHTS;

/** The right end of the panes. */
export function rightOf({ width }: Pick<Frame, "width">): number {
  return width - (width >= WIDE_FROM_PX ? RIGHT_WIDE_PX : RIGHT_PX);
}

/** The lower end of a pane. */
export function bottom({ top, height }: Pane): number {
  return top + height;
}

/** Where a time is. */
export function x({ range, width }: Frame, ms: number): number {
  const part = (ms - range.fromMs) / (range.toMs - range.fromMs);
  return Math.round((LEFT_PX + part * (rightOf({ width }) - LEFT_PX)) * 10) / 10;
}

/** `part` is 0 at the bottom of the pane and 1 at its top. */
export function y({ top, height }: Pane, part: number): number {
  return Math.round((top + (1 - Math.min(1, Math.max(0, part))) * height) * 10) / 10;
}
