import type { Command } from "commander";
import { PIN_ANNOTATION, PIN_UNTIL_ANNOTATION } from "../../routes/annotations.ts";
import { isFrozen } from "../../routes/isFrozen.ts";
import { type ProblemName, type Route, routeKey } from "../../routes/route.ts";
import type { Remark } from "../output/answer.ts";
import type { Intent } from "./owner/annotateRoute.ts";
import { forOption, untilOf } from "./owner/forOption.ts";
import { annotate, type RouteSettings, routeAction, routeCommand } from "./owner/routeCommand.ts";

interface PinSettings extends RouteSettings {
  /** Milliseconds. */
  readonly for?: number;
}

/** The controller does not change the weights of a route with one of these problems, pinned or not. */
const LEFT_ALONE: readonly ProblemName[] = ["nothing-to-split", "not-accepted"];

const EXAMPLES = `
Examples:
  linkerd-failover pin -n shop httproute/web web-east --for 1h
  linkerd-failover pin -n shop ts/web web

Traffic moves at the controller's next tick, even if the backend is not ready.
When the time is over, or after \`unpin\`, health decides again at once.
`;

/** `pin KIND/NAME BACKEND [--for 1h]`: all traffic to this backend. */
export function pinCommand(): Command {
  const command = routeCommand("pin")
    .description("send all traffic of a route to one backend, regardless of health")
    .argument("<backend>", "a backend of the route: the name of a Service, or NAME.NAMESPACE")
    .addOption(forOption("unpin"))
    .addHelpText("after", EXAMPLES);
  return routeAction<PinSettings>(command, ["backend"], async (argument, [backend = ""], settings) => {
    const untilMs = settings.for === undefined ? null : Date.now() + settings.for;
    await annotate(argument, settings, (route) => pinTo(route, backend, untilMs));
  });
}

/** The annotations of a pin. A pin without an end removes the end of an earlier one. */
export function pinTo(route: Route, named: string, untilMs: number | null): Intent | Remark {
  const backends = [...new Set(route.splits.flatMap((split) => split.backends.map((b) => b.backend)))];
  const own = `.${route.namespace}`;
  const backend = named.endsWith(own) ? named.slice(0, -own.length) : named;
  if (!backends.includes(backend)) {
    const [problem] = route.problems;
    const none = problem === undefined ? "it has no backends" : `its backends cannot be read: ${problem.text}`;
    return {
      message: `${routeKey(route)}: ${JSON.stringify(named)} is not a backend`,
      hint: backends.length === 0 ? none : `its backends are ${backends.join(", ")}`,
    };
  }
  const until = untilOf(untilMs);
  const leftAlone = route.problems.filter(({ problem }) => LEFT_ALONE.includes(problem));
  const frozen = { message: `${routeKey(route)} is frozen: the pin has no effect until the freeze ends`, hint: "`thaw` ends the freeze" };
  return {
    changes: { [PIN_ANNOTATION]: backend, [PIN_UNTIL_ANNOTATION]: until },
    outcome: `is pinned to ${backend} ${until === null ? "without an end" : `until ${until}`}`,
    remarks: [
      ...leftAlone.map(({ problem, text }) => ({
        message: `${routeKey(route)} is left alone: the pin has no effect until this problem is fixed`,
        hint: `${problem}: ${text}`,
      })),
      ...(isFrozen(route, Date.now()) ? [frozen] : []),
    ],
  };
}
