import type { Moment } from "./headline.ts";
import type { RouteDetail } from "./live.ts";
import { phaseText } from "./phaseText.ts";
import { ago, clock } from "./text.ts";

type DetailBackend = RouteDetail["splits"][number]["backends"][number];

/** What is seen of each backend now, and what would change its weight. */
export function Backends({ detail, moment }: { readonly detail: RouteDetail; readonly moment: Moment }) {
  const backends = new Map(detail.splits.flatMap((split) => split.backends.map((own) => [own.backend, own] as const)));
  return (
    <div class="backends">
      {[...backends.values()].map((backend) => (
        <Backend key={backend.backend} backend={backend} detail={detail} moment={moment} />
      ))}
    </div>
  );
}

interface BackendProps {
  readonly backend: DetailBackend;
  readonly detail: RouteDetail;
  readonly moment: Moment;
}

function Backend({ backend, detail, moment: { nowMs, zone } }: BackendProps) {
  const phase = phaseText(backend, detail.splits);
  // `since` is the time of the phase: a standby may have served with weight before.
  const sinceMs = backend.since === null || phase === "standby" ? null : Date.parse(backend.since);
  const since = sinceMs === null ? "" : ` since ${clock(sinceMs, zone, nowMs)} (${ago(sinceMs, nowMs)})`;
  return (
    <div class="backend">
      <h4>
        {backend.backend}{" "}
        <small class={`is-${backend.verdict}`}>
          {[`${phase}${since}`, ...(backend.phase === null ? [] : [backend.verdict])].join(", ")}
        </small>
      </h4>
      <ul>
        {backend.reasons.map(({ text }) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <ul class="outlook" aria-label={`what would change the weight of ${backend.backend}`}>
        {(detail.outlook[backend.backend] ?? []).map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </div>
  );
}
