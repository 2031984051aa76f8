import type { FeedBackend, FeedSplit } from "../admin/feedRoute.ts";
import { colourOf } from "./colours.ts";
import { percent, weightText } from "./text.ts";

/** The live weights of one split as a bar with its legend below. The primary comes first. */
export function WeightBar({ split, primary, named }: { readonly split: FeedSplit; readonly primary: string; readonly named: boolean }) {
  const backends = split.backends.toSorted((a, b) => Number(b.backend === primary) - Number(a.backend === primary));
  const names = backends.map(({ backend }) => backend);
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  return (
    <div class="weights">
      {named && <p class="small">rule {split.name}</p>}
      <div class="bar" aria-hidden="true">
        {backends.map(({ backend, weight, verdict }) => (
          <i
            key={backend}
            class={`area-${colourOf(names, backend)} ${verdict === "unfit" ? "is-unfit" : ""}`}
            style={{ width: `${total > 0 ? (weight / total) * 100 : 0}%` }}
          />
        ))}
      </div>
      <ul class="legend" aria-label="weights">
        {backends.map((backend) => (
          <li key={backend.backend}>
            <i class={`swatch area-${colourOf(names, backend.backend)}`} aria-hidden="true" />
            <span>
              {backend.backend} <b>{weightText(backend.weight)}</b>
              {backend.weight !== backend.baseline && ` instead of ${weightText(backend.baseline)}`}
              {healthText(backend) !== "" && `, ${healthText(backend)}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** No requests and not known are different things. */
function healthText({ success, seen, verdict, phase, weight, ready }: FeedBackend): string {
  if (weight > 0 && success !== null) return `${percent(success)} good`;
  if (weight > 0 && seen === "unknown") return "requests not known";
  if (weight === 0 && phase === "out") return "out";
  if (verdict === "unfit") return ready === 0 ? "no ready endpoint" : "unfit";
  return weight === 0 && verdict === "fit" ? "fit" : "";
}
