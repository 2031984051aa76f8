import type { ComponentChildren } from "preact";
import { type Address, hrefOf } from "./address.ts";
import { CopyLine } from "./copyLine.tsx";
import type { Snapshot } from "./live.ts";
import { SEVERITIES, SEVERITY_TEXTS } from "./severities.ts";
import { ago, clock, countText } from "./text.ts";

export interface HeaderProps {
  readonly snapshot: Snapshot;
  readonly address: Address;
  readonly nowMs: number;
}

type FeedHeader = NonNullable<Snapshot["header"]>;

/** Who leads, what the controller sees, and how many routes of each severity there are. */
export function Header({ snapshot, address, nowMs }: HeaderProps) {
  const { header, error } = snapshot;
  const warnings = [...(error === null ? [] : [errorText(header, error, address)]), ...(header?.warnings ?? [])];
  return (
    <header>
      <div class="facts">
        <h1>
          <a href={hrefOf({ ...address, route: null })}>linkerd-failover</a>
        </h1>
        {header === null ? <p class="quiet">reading from the controller …</p> : <Facts header={header} address={address} nowMs={nowMs} />}
        <a
          class="zone"
          href={hrefOf({ ...address, zone: address.zone === "utc" ? "local" : "utc" })}
          title={`Times are ${address.zone === "utc" ? "in UTC" : "in your browser's time zone"}`}
        >
          {address.zone === "utc" ? "UTC" : "local time"}
        </a>
      </div>
      {header !== null && header.role !== "leads" && <NotTheLeader header={header} />}
      <div role="alert">
        {warnings.length > 0 && (
          <ul class="warnings">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        )}
      </div>
      {header !== null && <Tiles header={header} address={address} />}
    </header>
  );
}

function Facts({ header, address, nowMs }: { readonly header: FeedHeader; readonly address: Address; readonly nowMs: number }) {
  const { role, replica, leader, prometheus, rules, gateways, version, lastTick } = header;
  const dead = gateways.filter(({ gateway }) => gateway === "dead").length;
  const tickMs = lastTick === null ? null : Date.parse(lastTick);
  const isLate = tickMs === null || nowMs - tickMs > 3 * header.intervalMs;
  return (
    <ul class="facts" aria-label="the controller">
      {role === "leads" && <Fact good>this replica leads: {replica}</Fact>}
      {role === "stands by" && <Fact good={leader !== null}>{leader === null ? "no leader known" : `leader: ${leader}`}</Fact>}
      {role === "dry run" && <Fact good={false}>dry run: nothing is written</Fact>}
      <Fact good={!isLate}>{tickMs === null ? "no tick yet" : `tick ${ago(tickMs, nowMs)}`}</Fact>
      <Fact good={prometheus === "up" ? true : prometheus === "down" ? false : null}>
        Prometheus {prometheus === "up" ? "answers" : prometheus === "down" ? "does not answer" : "not asked"}
      </Fact>
      <Fact good={rules.ok}>
        <span title={rules.names.join(", ")}>
          {rules.names.length === 1 ? "1 rule" : `${rules.names.length} rules`} since {clock(Date.parse(rules.since), address.zone, nowMs)}
        </span>
      </Fact>
      {gateways.length > 0 && (
        <Fact good={dead === 0}>
          {dead === 0
            ? `${gateways.length} linked ${gateways.length === 1 ? "cluster" : "clusters"}`
            : `${dead} of ${gateways.length} gateways dead`}
        </Fact>
      )}
      <li>{version}</li>
    </ul>
  );
}

/** `good` null: neither good nor bad. A sign says what the colour says. */
function Fact({ good, children }: { readonly good: boolean | null; readonly children: ComponentChildren }) {
  const sign = good === null ? "○" : good ? "●" : "▲";
  return (
    <li class={good === null ? "" : good ? "is-good" : "is-bad"}>
      <i aria-hidden="true">{sign}</i> {children}
    </li>
  );
}

function NotTheLeader({ header }: { readonly header: FeedHeader }) {
  const { role, leader, namespace, replica } = header;
  if (role === "dry run") {
    return (
      <p class="note">This is a dry run: it decides as if it wrote, and writes nothing. What it would do is in the decisions below.</p>
    );
  }
  return (
    <div class="note">
      <p>
        You see {replica}, which stands by: it watches and evaluates the same, and writes nothing. Decisions of the leader are read from
        Events on the routes, so they are up to a minute late.
      </p>
      {leader !== null && <CopyLine text={`kubectl -n ${namespace} port-forward pod/${leader} 8080`} label="the leader's own page" />}
    </div>
  );
}

function Tiles({ header, address }: { readonly header: FeedHeader; readonly address: Address }) {
  return (
    <nav aria-label="routes by severity">
      <ul class="tiles">
        {SEVERITIES.map((severity) => {
          const count = header.counts[severity];
          const { label, sign } = SEVERITY_TEXTS[severity];
          const isOnly = address.only === severity && address.route === null;
          return (
            <li key={severity}>
              <a
                class={`tile is-${severity} ${count > 0 ? "is-some" : ""}`}
                href={hrefOf({ ...address, route: null, only: isOnly ? null : severity })}
                aria-current={isOnly ? "true" : undefined}
              >
                <b>{countText(count)}</b>
                <span>
                  <i aria-hidden="true">{sign}</i> {label}
                </span>
              </a>
            </li>
          );
        })}
      </ul>
      <p class="unseen" role="status">
        {SEVERITIES.map((severity) => `${header.counts[severity]} ${SEVERITY_TEXTS[severity].label}`).join(", ")}
      </p>
    </nav>
  );
}

function errorText(header: FeedHeader | null, why: string, { zone }: Address): string {
  if (header === null) return `the controller does not answer (${why})`;
  const atMs = Date.parse(header.now);
  return `the controller does not answer (${why}); this page shows the state at ${clock(atMs, zone, atMs)}`;
}
