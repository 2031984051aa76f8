import type { RouteDetail, Snapshot } from "./live.ts";
import { phaseText } from "./phaseText.ts";
import { Marks, Splits } from "./routeCard.tsx";
import { ago, clock } from "./text.ts";
import { Timeline } from "./timeline.tsx";

type DetailBackend = RouteDetail["splits"][number]["backends"][number];

/** The page of one route: its weights, the evidence and waits of each backend, and its decisions. */
export function OneRoute({ snapshot, route: key }: { readonly snapshot: Snapshot; readonly route: string }) {
  const { overview, detail } = snapshot;
  const route = overview?.routes.find((one) => one.key === key);
  return (
    <section aria-labelledby="route-title">
      <p>
        <a href="#/">← all routes</a>
      </p>
      <h2 id="route-title" tabIndex={-1}>
        {key} {route !== undefined && <Marks route={route} />}
      </h2>
      {overview !== null && route === undefined && (
        <p>There is no managed route with this name. It may have been deleted, or it has lost its label.</p>
      )}
      {route !== undefined && <Splits route={route} />}
      {route?.problems.map((problem) => (
        <p class="problem" key={problem}>
          {problem}
        </p>
      ))}
      {detail !== null && overview !== null && <Detail detail={detail} now={overview.now} />}
      {route !== undefined && <Commands route={key} />}
    </section>
  );
}

function Detail({ detail, now }: { readonly detail: RouteDetail; readonly now: string }) {
  const backends = new Map(detail.splits.flatMap((split) => split.backends.map((b) => [b.backend, b] as const)));
  return (
    <>
      <p>{detail.rule === null ? "No rule applies." : `Judged by rule ${detail.rule}; its primary is ${detail.primary}.`}</p>
      <h3>Why</h3>
      {[...backends.values()].map((backend) => (
        <Evidence key={backend.backend} backend={backend} splits={detail.splits} now={now} />
      ))}
      <h3>Decisions</h3>
      <Timeline decisions={detail.decisions} now={now} named={false} />
    </>
  );
}

interface EvidenceProps {
  readonly backend: DetailBackend;
  readonly splits: RouteDetail["splits"];
  readonly now: string;
}

function Evidence({ backend, splits, now }: EvidenceProps) {
  const phase = phaseText(backend, splits);
  // `since` is the time of the phase: a standby may have served with weight before.
  const since = backend.since === null || phase === "standby" ? "" : ` since ${clock(backend.since)} (${ago(backend.since, now)})`;
  return (
    <div class="evidence">
      <h4>{backend.backend}</h4>
      <p>{[`${phase}${since}`, ...(backend.phase === null ? [] : [backend.verdict])].join(", ")}</p>
      <ul>
        {backend.reasons.map(({ text }) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </div>
  );
}

/** Commands for this route. The page itself changes nothing. */
function Commands({ route }: { readonly route: string }) {
  const [kind = "", namespace = "", name = ""] = route.split("/");
  const commands = ["explain", "freeze", "thaw", "restore"].map((command) => `linkerd-failover ${command} ${kind}/${name} -n ${namespace}`);
  return (
    <>
      <h3>Commands</h3>
      <pre tabIndex={0} aria-label="commands">
        {commands.join("\n")}
      </pre>
    </>
  );
}
