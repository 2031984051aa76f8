import type { OverviewRoute } from "../admin/overview.ts";
import { BackendLine } from "./backendLine.tsx";
import { phaseText } from "./phaseText.ts";

/** The state of a route as short labels. */
export function Marks({ route }: { readonly route: OverviewRoute }) {
  return (
    <span class="marks">
      <span class={route.shifted ? "mark-shifted" : "mark-rest"}>{route.shifted ? "shifted" : "at its baseline"}</span>
      {route.frozen && <span class="mark-hand">frozen</span>}
      {route.pinned !== null && <span class="mark-hand">pinned to {route.pinned}</span>}
      {route.problems.length > 0 && <span class="mark-problem">{route.problems.length === 1 ? "a problem" : "problems"}</span>}
    </span>
  );
}

/** The backends of every split of a route. */
export function Splits({ route }: { readonly route: OverviewRoute }) {
  return (
    <>
      {route.splits.map(({ name, backends }) => (
        <div class="split" key={name}>
          {route.splits.length > 1 && <p class="split-name">rule {name}</p>}
          <ul class="backends" aria-label={route.splits.length > 1 ? `backends of rule ${name}` : "backends"}>
            {backends.map((backend) => (
              <BackendLine
                key={backend.backend}
                backend={backend}
                phase={phaseText(backend, route.splits)}
                total={backends.reduce((sum, b) => sum + b.weight, 0)}
                baselineTotal={backends.reduce((sum, b) => sum + b.baseline, 0)}
              />
            ))}
          </ul>
        </div>
      ))}
    </>
  );
}

/** Why a route is not at its baseline, and what it waits for. */
export function Why({ route }: { readonly route: OverviewRoute }) {
  const lines = [...route.problems, ...route.why];
  if (lines.length === 0) return null;
  return (
    <ul class="why" aria-label="why, and what it waits for">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}
