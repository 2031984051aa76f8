import type { FeedRoute } from "../admin/feedRoute.ts";
import { backendsOf } from "./headline.ts";
import { partsOf } from "./text.ts";

/** A command for the owner of a route. */
export interface OwnersCommand {
  readonly label: string;
  readonly text: string;
}

/** Only such names are put into a command line. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;

/** The commands that do something useful in the present state of a route. The page itself changes nothing. */
export function commandsOf(route: FeedRoute): readonly OwnersCommand[] {
  const { kind, namespace, name } = partsOf(route.key);
  if (![kind, namespace, name].every((part) => PLAIN_NAME.test(part))) return [];
  const of = (command: string, more = "") => `linkerd-failover ${command} -n ${namespace} ${kind.toLowerCase()}/${name}${more}`;
  const explain = { label: "everything that is known, in a terminal", text: of("explain") };
  const freeze = { label: "leave the weights as they are for an hour", text: of("freeze", " --for 1h") };
  const pins = othersOf(route).map((backend) => ({
    label: `send all traffic to ${backend} for an hour, well or not`,
    text: of("pin", ` ${backend} --for 1h`),
  }));
  if (route.frozen) return [{ label: "let health decide again", text: of("thaw") }, ...pins, explain];
  if (route.pinned !== null) return [{ label: "end the pin: health decides again, at once", text: of("unpin") }, freeze, explain];
  if (route.severity === "shifted" || route.severity === "returning") {
    return [...pins, freeze, { label: "put the owner's weights back and let go of the route", text: of("restore") }, explain];
  }
  return [...pins, freeze, explain];
}

/** The backends that do not carry everything now. */
function othersOf(route: FeedRoute): readonly string[] {
  const backends = backendsOf(route);
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  return backends.filter(({ backend, weight }) => weight < total && PLAIN_NAME.test(backend)).map(({ backend }) => backend);
}
