import type { RouteDetail, Sight } from "./live.ts";
import { Marks, Splits } from "./routeCard.tsx";
import { ago, clock } from "./text.ts";
import { Timeline } from "./timeline.tsx";

type DetailBackend = RouteDetail["splits"][number]["backends"][number];

/** The page of one route: its weights, each backend's evidence and waits, and its decisions. */
export function OneRoute({ sight, route: key }: { readonly sight: Sight; readonly route: string }) {
  const { overview, detail } = sight;
  const route = overview?.routes.find((one) => one.key === key);
  return (
    <section aria-labelledby="route-title">
      <p>
        <a href="#/">← all routes</a>
      </p>
      <h2 id="route-title" tabIndex={-1}>
        {key} {route !== undefined && <Marks route={route} />}
      </h2>
      {overview !== null && route === undefined && <p>No managed route is called that; it may have been deleted, or lost its label.</p>}
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
      <p>{detail.rule === null ? "No rule judges it." : `Judged by rule ${detail.rule}; its primary is ${detail.primary}.`}</p>
      <h3>Why</h3>
      {[...backends.values()].map((backend) => (
        <Evidence key={backend.backend} backend={backend} now={now} />
      ))}
      <h3>Decisions</h3>
      <Timeline decisions={detail.decisions} now={now} named={false} />
    </>
  );
}

function Evidence({ backend, now }: { readonly backend: DetailBackend; readonly now: string }) {
  const since = backend.since === null ? "" : ` since ${clock(backend.since)} (${ago(backend.since, now)})`;
  return (
    <div class="evidence">
      <h4>{backend.backend}</h4>
      <p>{backend.phase === null ? "not judged" : `${backend.phase}${since}, looks ${backend.verdict}`}</p>
      <ul>
        {backend.reasons.map(({ text }) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </div>
  );
}

/** What a visitor may want to do about it: the page itself changes nothing. */
function Commands({ route }: { readonly route: string }) {
  const [kind = "", namespace = "", name = ""] = route.split("/");
  const commands = ["explain", "freeze", "thaw", "restore"].map((command) => `linkerd-failover ${command} ${kind}/${name} -n ${namespace}`);
  return (
    <>
      <h3>By hand</h3>
      <pre tabIndex={0} aria-label="commands">
        {commands.join("\n")}
      </pre>
    </>
  );
}
