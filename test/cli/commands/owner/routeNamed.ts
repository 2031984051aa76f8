import { type RouteArgument, readRoute } from "../../../../src/cli/commands/owner/routeArgument.ts";

/** The route that these words name. Throws where they name none. */
export function routeNamed(...words: string[]): RouteArgument {
  const read = readRoute(words);
  if ("wrong" in read) throw new Error(read.wrong);
  return read.argument;
}
