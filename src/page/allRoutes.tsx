import type { FeedRoute } from "../admin/feedRoute.ts";
import type { Address } from "./address.ts";
import type { Moment } from "./headline.ts";
import type { Snapshot } from "./live.ts";
import { RouteCard } from "./routeCard.tsx";
import { RouteTable } from "./routeTable.tsx";
import { SEVERITIES, SEVERITY_TEXTS, type Severity } from "./severities.ts";
import { Story } from "./story.tsx";
import { matches, tableLines } from "./tableLines.ts";
import { countText } from "./text.ts";

/** Cards of one severity; further routes are rows. */
const CARDS = 20;

export interface AllRoutesProps {
  readonly snapshot: Snapshot;
  readonly address: Address;
  readonly moment: Moment;
  readonly onAddress: (address: Address) => void;
}

/** The page of all routes: those that need a person as cards, the worst first, then the healthy ones as a table. */
export function AllRoutes({ snapshot, address, moment, onAddress }: AllRoutesProps) {
  const found = [...snapshot.routes.values()].filter((route) => matches(route, address.text));
  const bySeverity = Map.groupBy(found, ({ severity }) => severity);
  const shown = SEVERITIES.filter((severity) => address.only === null || address.only === severity);
  return (
    <>
      <Search address={address} onAddress={onAddress} />
      {snapshot.header !== null && <Nothing snapshot={snapshot} found={shown.some((severity) => bySeverity.has(severity))} />}
      {shown.map((severity) => (
        <Section key={severity} severity={severity} routes={bySeverity.get(severity) ?? []} address={address} moment={moment} />
      ))}
      <section aria-labelledby="decisions-title" class="decisions">
        <h2 id="decisions-title">Latest decisions</h2>
        <Story decisions={snapshot.decisions} moment={moment} address={address} named />
      </section>
    </>
  );
}

function Search({ address, onAddress }: Pick<AllRoutesProps, "address" | "onAddress">) {
  return (
    <form class="filter" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span class="unseen">Search</span>
        <input
          type="search"
          placeholder="Search: namespace, route or backend"
          value={address.text}
          onInput={(event) => onAddress({ ...address, text: event.currentTarget.value })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={address.grouped}
          onChange={(event) => onAddress({ ...address, grouped: event.currentTarget.checked })}
        />
        <span>group by namespace</span>
      </label>
    </form>
  );
}

function Nothing({ snapshot, found }: { readonly snapshot: Snapshot; readonly found: boolean }) {
  if (found) return null;
  if (!snapshot.complete) return <p class="quiet">reading routes …</p>;
  if (snapshot.routes.size > 0) return <p class="quiet">No route matches.</p>;
  return (
    <p class="quiet">
      No route is managed yet. Label one: <code>failover.linkerd.io/controlled-by: linkerd-failover</code>
    </p>
  );
}

interface SectionProps {
  readonly severity: Severity;
  readonly routes: readonly FeedRoute[];
  readonly address: Address;
  readonly moment: Moment;
}

function Section({ severity, routes, address, moment }: SectionProps) {
  if (routes.length === 0) return null;
  const lines = tableLines(routes, severity === "healthy" ? address : { ...address, grouped: false });
  const cards = severity === "healthy" ? [] : lines.flatMap((line) => (line.kind === "route" ? [line.route] : [])).slice(0, CARDS);
  const rest = severity === "healthy" ? lines : lines.slice(CARDS);
  const { title, sign } = SEVERITY_TEXTS[severity];
  return (
    <section aria-labelledby={`${severity}-title`} class={`section is-${severity}`}>
      <h2 id={`${severity}-title`} tabIndex={-1}>
        <i aria-hidden="true">{sign}</i> {title} <small>{countText(routes.length)}</small>
      </h2>
      {cards.length > 0 && (
        <ul class="cards">
          {cards.map((route) => (
            <RouteCard key={route.key} route={route} address={address} moment={moment} />
          ))}
        </ul>
      )}
      {cards.length > 0 && rest.length > 0 && <p class="quiet">and {countText(rest.length)} more:</p>}
      {rest.length > 0 && <RouteTable lines={rest} address={address} nowMs={moment.nowMs} caption={`${title}: ${rest.length} routes`} />}
    </section>
  );
}
