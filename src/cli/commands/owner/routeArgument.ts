import { CODECS } from "../../../routes/codecs.ts";
import type { RouteCodec } from "../../../routes/route.ts";

/** The kind and name of a route; its namespace is another setting. */
export interface RouteArgument {
  readonly codec: RouteCodec;
  readonly name: string;
}

/** What is wrong with words that should name routes. */
export interface Misnamed {
  readonly wrong: string;
}

const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const SHORT_NAMES: Readonly<Record<string, string>> = { ts: "trafficsplit" };
const KIND_NAME = "a route is KIND/NAME, such as trafficsplit/web or httproute/web";
const KINDS = "the kind must be trafficsplit (ts), httproute, httproute.policy.linkerd.io or grpcroute";

/**
 * Reads a route at the beginning of these words, as kubectl does: `KIND/NAME` or `KIND NAME`, the kind singular, plural or short,
 * with or without its group. `rest` are the words after it.
 */
export function readRoute(words: readonly string[]): { readonly argument: RouteArgument; readonly rest: readonly string[] } | Misnamed {
  const [first = "", second] = words;
  if (first.includes("/")) {
    const argument = readSlashed(first);
    return "wrong" in argument ? argument : { argument, rest: words.slice(1) };
  }
  const codec = codecNamed(first);
  if (codec === null) return { wrong: OBJECT_NAME.test(first) && second === undefined ? `${KIND_NAME}, not ${first}` : unknownKind(first) };
  if (second === undefined) return { wrong: `${first} needs a name: ${KIND_NAME}` };
  return OBJECT_NAME.test(second) ? { argument: { codec, name: second }, rest: words.slice(2) } : { wrong: notAName(second) };
}

/** The routes that are wanted: all of a kind, or one by name. */
export interface WantedRoute {
  readonly codec: RouteCodec;
  /** Null: all of the kind. */
  readonly name: string | null;
}

/** Reads `KIND/NAME KIND/NAME …`, `KIND NAME NAME …` or `KIND`; kinds may be a list, as in `ts,httproute`. */
export function readWanted(words: readonly string[]): readonly WantedRoute[] | Misnamed {
  const [first = ""] = words;
  if (words.length === 0) return [];
  if (words.some((word) => word.includes("/"))) {
    const read = words.map(readSlashed);
    return read.find((one) => "wrong" in one) ?? (read as readonly RouteArgument[]);
  }
  const codecs: RouteCodec[] = [];
  for (const kind of first.split(",")) {
    const codec = codecNamed(kind);
    if (codec === null) return { wrong: unknownKind(kind) };
    codecs.push(codec);
  }
  const names = words.slice(1);
  const bad = names.find((name) => !OBJECT_NAME.test(name));
  if (bad !== undefined) return { wrong: notAName(bad) };
  return codecs.flatMap((codec) => (names.length === 0 ? [null] : names).map((name) => ({ codec, name })));
}

function readSlashed(word: string): RouteArgument | Misnamed {
  const slash = word.indexOf("/");
  const [kind, name] = [word.slice(0, slash), word.slice(slash + 1)];
  if (slash < 0) return { wrong: `${KIND_NAME}, not ${word}` };
  const codec = codecNamed(kind);
  if (codec === null) return { wrong: unknownKind(kind) };
  return OBJECT_NAME.test(name) ? { codec, name } : { wrong: notAName(name) };
}

/** The kind of route that this word names; null: none. */
export function codecNamed(word: string): RouteCodec | null {
  const kind = word.toLowerCase();
  return CODECS.find((codec) => namesOf(codec).includes(SHORT_NAMES[kind] ?? kind)) ?? null;
}

function namesOf({ kind, resource }: RouteCodec): readonly string[] {
  const [singular = ""] = kind.toLowerCase().split(".");
  const grouped = [singular, resource.plural].map((name) => `${name}.${resource.group}`);
  // Two groups have HTTPRoutes. The kind that carries its group needs it here, too.
  return kind.includes(".") ? grouped : [singular, resource.plural, ...grouped];
}

function unknownKind(kind: string): string {
  return `${JSON.stringify(kind)} is no kind of route: ${KINDS}`;
}

function notAName(name: string): string {
  return `${JSON.stringify(name)} is not the name of a route: ${KIND_NAME}`;
}
