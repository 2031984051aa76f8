import type { DecisionJson } from "../admin/decisionJson.ts";
import { type Address, hrefOf } from "./address.ts";
import type { Departure } from "./departures.ts";
import type { Moment } from "./headline.ts";
import { Sentences } from "./sentences.tsx";
import { storyOf } from "./storyOf.ts";
import { ago, clock, partsOf } from "./text.ts";

export interface StoryProps {
  readonly decisions: readonly DecisionJson[];
  /** What happened to backends without any change of weights. */
  readonly departures?: readonly Departure[];
  readonly moment: Moment;
  readonly address: Address;
  /** Whether each decision names its route. */
  readonly named: boolean;
}

/** Decisions in sentences, the last one first, each with what was seen then. */
export function Story({ decisions, departures = [], moment, address, named }: StoryProps) {
  if (decisions.length === 0 && departures.length === 0)
    return <p class="quiet">None since this replica started, and none in the Events of the last hour.</p>;
  const severalSplits = new Set(decisions.map(({ split }) => split)).size > 1;
  return (
    <ol class="story">
      {departures.map(({ at, sentences }) => (
        <li key={at}>
          <Time at={at} moment={moment} />
          <p>
            <Sentences of={sentences} />
          </p>
        </li>
      ))}
      {decisions.map((decision) => (
        <li key={keyOf(decision)} class={`is-${decision.direction} ${decision.outcome === "written" ? "" : "not-written"}`}>
          <Time at={decision.at} moment={moment} />
          <div>
            <p>
              {named && <RouteLink decision={decision} address={address} />}
              {severalSplits && !named && <span class="quiet">rule {decision.split}: </span>}
              <Sentences of={storyOf(decision)} />
            </p>
            <Reasons decision={decision} />
          </div>
        </li>
      ))}
    </ol>
  );
}

function Time({ at, moment: { nowMs, zone } }: { readonly at: string; readonly moment: Moment }) {
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={`${at}, ${ago(ms, nowMs)}`}>
      {clock(ms, zone, nowMs)}
    </time>
  );
}

function RouteLink({ decision, address }: { readonly decision: DecisionJson; readonly address: Address }) {
  const key = `${decision.kind}/${decision.namespace}/${decision.name}`;
  const { namespace, name } = partsOf(key);
  return (
    <>
      <a href={hrefOf({ ...address, route: key })}>
        {namespace}/{name}
      </a>{" "}
    </>
  );
}

/** Everything that was seen at the time of the decision. */
function Reasons({ decision: { reasons, direction, cause } }: { readonly decision: DecisionJson }) {
  if (reasons.length === 0) return null;
  return (
    <details>
      <summary>what was seen then</summary>
      <ul>
        <li>
          {direction}, cause {cause}
        </li>
        {reasons.map(({ backend, text }) => (
          <li key={`${backend}${text}`}>{backend === null ? text : `${backend}: ${text}`}</li>
        ))}
      </ul>
    </details>
  );
}

function keyOf({ at, kind, namespace, name, split }: DecisionJson): string {
  return [at, kind, namespace, name, split].join(" ");
}
