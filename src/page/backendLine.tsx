import type { OverviewBackend } from "../admin/overview.ts";
import { Sparkline } from "./sparkline.tsx";
import { percent, weightText } from "./text.ts";

export interface BackendLineProps {
  readonly backend: OverviewBackend;
  /** As `phaseText` gives it. */
  readonly phase: string;
  /** The sum of all weights of the split, live and in the baseline. */
  readonly total: number;
  readonly baselineTotal: number;
}

/** One backend: its phase, its share of the traffic as a bar with a mark at its baseline, and its success rate. */
export function BackendLine({ backend: b, phase, total, baselineTotal }: BackendLineProps) {
  const share = total > 0 ? b.weight / total : 0;
  const baseline = baselineTotal > 0 ? b.baseline / baselineTotal : 0;
  return (
    <li class="backend">
      <span class="name">{b.backend}</span>
      <span class={`phase ${b.phase ?? "unjudged"}`}>{phase}</span>
      <span class="bar" aria-hidden="true">
        <span class={`fill ${b.phase ?? "unjudged"}`} style={{ width: `${share * 100}%` }} />
        <span class="mark" style={{ left: `${baseline * 100}%` }} />
      </span>
      <span class="weight">
        <b>{weightText(b.weight)}</b> <span class="quiet">of baseline {weightText(b.baseline)}</span>
      </span>
      <Sparkline rates={b.rates} />
      <span class="rate">
        {b.successRate !== null && percent(b.successRate)} <span class="quiet">{b.successRate === null ? "no requests" : "succeed"}</span>
      </span>
    </li>
  );
}
