import type { Command } from "commander";
import { FREEZE_ANNOTATION } from "../../routes/annotations.ts";
import type { Intent } from "./owner/annotateRoute.ts";
import type { RouteArgument } from "./owner/routeArgument.ts";
import { annotate, type RouteSettings, routeCommand } from "./owner/routeCommand.ts";

const EXAMPLES = `
Example:
  linkerd-failover thaw -n shop httproute/web
`;

const THAWED: Intent = { changes: { [FREEZE_ANNOTATION]: null }, outcome: "is not frozen", remarks: [] };

/** `thaw KIND/NAME`: the controller may write again. */
export function thawCommand(): Command {
  return routeCommand("thaw")
    .description("end a freeze: the controller may change the route's weights again")
    .addHelpText("after", EXAMPLES)
    .action(async (argument: RouteArgument, settings: RouteSettings) => annotate(argument, settings, () => THAWED));
}
