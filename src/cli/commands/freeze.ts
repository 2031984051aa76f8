import type { Command } from "commander";
import { FREEZE_ANNOTATION, FREEZE_UNTIL_ANNOTATION } from "../../routes/annotations.ts";
import type { Intent } from "./owner/annotateRoute.ts";
import { forOption, untilOf } from "./owner/forOption.ts";
import { annotate, type RouteSettings, routeAction, routeCommand } from "./owner/routeCommand.ts";

interface FreezeSettings extends RouteSettings {
  /** Milliseconds. */
  readonly for?: number;
}

const EXAMPLES = `
Examples:
  linkerd-failover freeze -n shop httproute/web
  linkerd-failover freeze -n shop httproute/web --for 1h

The weights stay as they are until \`thaw\`, or until the time is over, even
during an outage. The controller still evaluates the route and reports.
`;

/** `freeze KIND/NAME [--for 1h]`: evaluate and report, never write. */
export function freezeCommand(): Command {
  const command = routeCommand("freeze")
    .description("keep a route's weights as they are")
    .addOption(forOption("thaw"))
    .addHelpText("after", EXAMPLES);
  return routeAction<FreezeSettings>(command, [], async (argument, _, settings) => {
    const untilMs = settings.for === undefined ? null : Date.now() + settings.for;
    await annotate(argument, settings, () => frozenUntil(untilMs));
  });
}

/** The annotations of a freeze. A freeze without an end removes the end of an earlier one. */
function frozenUntil(untilMs: number | null): Intent {
  const until = untilOf(untilMs);
  return {
    changes: { [FREEZE_ANNOTATION]: "true", [FREEZE_UNTIL_ANNOTATION]: until },
    outcome: `is frozen${until === null ? "" : ` until ${until}`}: its weights stay as they are`,
    remarks: [],
  };
}
