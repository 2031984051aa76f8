import { Argument, InvalidArgumentError } from "commander";
import { type RouteArgument, readRouteArgument } from "../owner/routeArgument.ts";

/** A file that `explain --export` has written. */
export interface RecordFile {
  readonly file: string;
}

const SUFFIX = ".json";

/** The argument of `replay`: a route, or a file. */
export function routeOrFileArgument(): Argument {
  const text = `trafficsplit (ts), httproute, httproute.policy.linkerd.io or grpcroute; or a ${SUFFIX} file of explain --export`;
  return new Argument("<kind/name|file>", text).argParser(readRouteOrFile);
}

export function isRecordFile(argument: RouteArgument | RecordFile): argument is RecordFile {
  return "file" in argument;
}

/** A route may be called `web.json`, too: `ts/web.json` is that route, `./ts/web.json` is a file. */
function readRouteOrFile(text: string): RouteArgument | RecordFile {
  try {
    return readRouteArgument(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError && text.endsWith(SUFFIX)) return { file: text };
    throw error;
  }
}
