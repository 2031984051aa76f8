import { type Command, InvalidArgumentError, Option } from "commander";
import { PIN_ANNOTATION, PIN_UNTIL_ANNOTATION } from "../../routes/annotations.ts";
import { writeTime } from "../../routes/rfc3339.ts";
import { type ProblemName, type Route, routeKey } from "../../routes/route.ts";
import type { Remark } from "../output/answer.ts";
import { readDuration } from "../wiring/readDuration.ts";
import type { Intent } from "./owner/annotateRoute.ts";
import type { RouteArgument } from "./owner/routeArgument.ts";
import { annotate, type RouteSettings, routeCommand } from "./owner/routeCommand.ts";

interface PinSettings extends RouteSettings {
  /** Milliseconds. */
  readonly for?: number;
}

const LONGEST_MS = 365 * 24 * 3_600_000;

/** With these problems no weight of a route is moved, whatever its owner says. */
const LEFT_ALONE: readonly ProblemName[] = ["nothing-to-split", "not-accepted"];

const EXAMPLES = `
Examples:
  linkerd-failover pin -n shop httproute/web web-east --for 1h
  linkerd-failover pin -n shop ts/web web

Traffic moves at the controller's next look, ready or not. When the time is
over, or after \`unpin\`, health decides again, at once.
`;

/** `pin KIND/NAME BACKEND [--for 1h]`: all traffic to this backend. */
export function pinCommand(): Command {
  return routeCommand("pin")
    .description("send all traffic of a route to one of its backends, whatever its health")
    .argument("<backend>", "a backend of the route: a Service, or NAME.NAMESPACE")
    .addOption(new Option("--for <duration>", "how long, as 30m or 1h (default: until unpin)").argParser(readFor))
    .addHelpText("after", EXAMPLES)
    .action(async (argument: RouteArgument, backend: string, settings: PinSettings) => {
      const untilMs = settings.for === undefined ? null : Date.now() + settings.for;
      await annotate(argument, settings, (route) => pinTo(route, backend, untilMs));
    });
}

/** The annotations of a pin. Without an end, one that is there from an earlier pin must go. */
export function pinTo(route: Route, named: string, untilMs: number | null): Intent | Remark {
  const backends = [...new Set(route.splits.flatMap((split) => split.backends.map((b) => b.backend)))];
  const own = `.${route.namespace}`;
  const backend = named.endsWith(own) ? named.slice(0, -own.length) : named;
  if (!backends.includes(backend)) {
    const [problem] = route.problems;
    const none = problem === undefined ? "it has no backends to choose from" : `it has none that can be read: ${problem.text}`;
    return {
      message: `${routeKey(route)}: ${JSON.stringify(named)} is not a backend`,
      hint: backends.length === 0 ? none : `its backends are ${backends.join(", ")}`,
    };
  }
  const until = untilMs === null ? null : writeTime(Math.ceil(untilMs / 1_000) * 1_000).replace(".000Z", "Z");
  const leftAlone = route.problems.filter(({ problem }) => LEFT_ALONE.includes(problem));
  const frozen = { message: `${routeKey(route)} is frozen: nothing is moved before it is thawed`, hint: "`thaw` takes the freeze away" };
  return {
    changes: { [PIN_ANNOTATION]: backend, [PIN_UNTIL_ANNOTATION]: until },
    outcome: `is pinned to ${backend} ${until === null ? "without an end" : `until ${until}`}`,
    remarks: [
      ...leftAlone.map(({ problem, text }) => ({
        message: `${routeKey(route)} is left alone: the pin has no effect before that is mended`,
        hint: `${problem}: ${text}`,
      })),
      ...(route.frozen ? [frozen] : []),
    ],
  };
}

function readFor(text: string): number {
  const forMs = readDuration(text);
  if (forMs <= 0 || forMs > LONGEST_MS) throw new InvalidArgumentError("It must be more than nothing and at most a year.");
  return forMs;
}
