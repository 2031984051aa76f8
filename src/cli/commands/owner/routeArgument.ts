import { InvalidArgumentError } from "commander";
import { CODECS } from "../../../routes/codecs.ts";
import type { RouteCodec } from "../../../routes/route.ts";

/** The kind and name of a route; its namespace is another setting. */
export interface RouteArgument {
  readonly codec: RouteCodec;
  readonly name: string;
}

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const SHORT_NAMES: Readonly<Record<string, string>> = { ts: "trafficsplit" };

/** Reads KIND/NAME, the kind as in kubectl: singular, plural or short name, with or without its group. */
export function readRouteArgument(text: string): RouteArgument {
  const slash = text.indexOf("/");
  const [kind, name] = [text.slice(0, slash).toLowerCase(), text.slice(slash + 1)];
  if (slash < 0 || !OBJECT_NAME.test(name))
    throw new InvalidArgumentError("It must be KIND/NAME, such as trafficsplit/web or httproute/web.");
  const codec = CODECS.find((c) => namesOf(c).includes(SHORT_NAMES[kind] ?? kind));
  if (codec !== undefined) return { codec, name };
  throw new InvalidArgumentError("The kind must be trafficsplit (ts), httproute, httproute.policy.linkerd.io or grpcroute.");
}

function namesOf({ kind, resource }: RouteCodec): readonly string[] {
  const [singular = ""] = kind.toLowerCase().split(".");
  const grouped = [singular, resource.plural].map((name) => `${name}.${resource.group}`);
  // Two groups have HTTPRoutes. The kind that carries its group needs it here, too.
  return kind.includes(".") ? grouped : [singular, resource.plural, ...grouped];
}
