import type { Command } from "commander";
import { PIN_ANNOTATION, PIN_UNTIL_ANNOTATION } from "../../routes/annotations.ts";
import type { Intent } from "./owner/annotateRoute.ts";
import { annotate, type RouteSettings, routeAction, routeCommand } from "./owner/routeCommand.ts";

const EXAMPLES = `
Example:
  linkerd-failover unpin -n shop httproute/web
`;

const UNPINNED: Intent = {
  changes: { [PIN_ANNOTATION]: null, [PIN_UNTIL_ANNOTATION]: null },
  outcome: "is not pinned: health decides",
  remarks: [],
};

/** `unpin KIND/NAME`: health decides again. */
export function unpinCommand(): Command {
  const command = routeCommand("unpin").description("end a pin: health decides again at once").addHelpText("after", EXAMPLES);
  return routeAction<RouteSettings>(command, [], async (argument, _, settings) => annotate(argument, settings, () => UNPINNED));
}
