import type { Command } from "commander";
import { FREEZE_ANNOTATION } from "../../routes/annotations.ts";
import type { Intent } from "./owner/annotateRoute.ts";
import type { RouteArgument } from "./owner/routeArgument.ts";
import { annotate, type RouteSettings, routeCommand } from "./owner/routeCommand.ts";

const EXAMPLES = `
Example:
  linkerd-failover freeze -n shop httproute/web

The weights stay as they are until \`thaw\`, even during an outage. The
controller still evaluates the route and reports.
`;

const FROZEN: Intent = { changes: { [FREEZE_ANNOTATION]: "true" }, outcome: "is frozen: its weights stay as they are", remarks: [] };

/** `freeze KIND/NAME`: evaluate and report, never write. */
export function freezeCommand(): Command {
  return routeCommand("freeze")
    .description("keep a route's weights as they are")
    .addHelpText("after", EXAMPLES)
    .action(async (argument: RouteArgument, settings: RouteSettings) => annotate(argument, settings, () => FROZEN));
}
