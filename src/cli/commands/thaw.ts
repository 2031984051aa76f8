import type { Command } from "commander";
import { FREEZE_ANNOTATION, FREEZE_UNTIL_ANNOTATION } from "../../routes/annotations.ts";
import type { Intent } from "./owner/annotateRoute.ts";
import { annotate, type RouteSettings, routeAction, routeCommand } from "./owner/routeCommand.ts";

const EXAMPLES = `
Example:
  linkerd-failover thaw -n shop httproute/web
`;

const THAWED: Intent = {
  changes: { [FREEZE_ANNOTATION]: null, [FREEZE_UNTIL_ANNOTATION]: null },
  outcome: "is not frozen",
  remarks: [],
};

/** `thaw KIND/NAME`: the controller may write again. */
export function thawCommand(): Command {
  const command = routeCommand("thaw")
    .description("end a freeze: the controller may change the route's weights again")
    .addHelpText("after", EXAMPLES);
  return routeAction<RouteSettings>(command, [], async (argument, _, settings) => annotate(argument, settings, () => THAWED));
}
