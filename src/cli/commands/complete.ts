import { Command, type Option } from "commander";
import { createKubeApi } from "../../kube/createKubeApi.ts";
import type { KubeApi } from "../../kube/kubeApi.ts";
import { loadKubeConfig } from "../../kube/kubeConfig.ts";
import { isManaged } from "../../observer/managed.ts";
import { CODECS } from "../../routes/codecs.ts";
import { printableLine } from "../output/printable.ts";
import type { ClusterSettings } from "../wiring/clusterSettings.ts";
import { listAll } from "../wiring/listAll.ts";
import { listRoutes } from "../wiring/listRoutes.ts";
import { codecNamed, readRoute } from "./owner/routeArgument.ts";

/** A shell waits for it, so it is never long; what has not come by then is not offered. */
const TIME_LIMIT_MS = 2_000;
const NAMESPACE_FLAGS = ["namespace", "controller-namespace", "watch-namespaces"];

/** `__complete -- WORD…`: what can follow on this command line, from the cluster, one a line. Says nothing where it knows nothing. */
export function completeCommand(program: () => Command): Command {
  return new Command("__complete")
    .argument("[words...]")
    .allowUnknownOption(true)
    .action(async (words: readonly string[]) => {
      const signal = AbortSignal.timeout(TIME_LIMIT_MS);
      const late = new Promise<readonly string[]>((resolve) => signal.addEventListener("abort", () => resolve([]), { once: true }));
      const found = await Promise.race([candidates(program(), words, signal).catch(() => []), late]);
      process.stdout.write(found.map((word) => `${printableLine(word)}\n`).join(""));
    });
}

/** The last word is the one that is being written. */
async function candidates(program: Command, words: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const line = readLine(
    program,
    words.filter((word) => word !== "="),
  );
  if (line === null) return [];
  const { settings, positional, flag } = line;
  const loaded = loadKubeConfig(settings);
  if (!loaded.ok) return [];
  if (flag === "context") return loaded.contexts;
  const kube = createKubeApi(loaded.kubeConfig, loaded.impersonation);
  if (flag !== null) return NAMESPACE_FLAGS.includes(flag) ? namespaces(kube, signal) : [];
  const all = line.allNamespaces;
  return positionals(kube, positional, { ...line, namespace: all ? null : (settings.namespace ?? loaded.namespace ?? "default") }, signal);
}

interface Line {
  readonly command: Command;
  readonly settings: ClusterSettings & { readonly namespace?: string };
  readonly allNamespaces: boolean;
  /** The arguments before the word. */
  readonly positional: readonly string[];
  /** The long name of the flag whose value the word is; null: it is an argument. */
  readonly flag: string | null;
}

/** The flags and arguments before the word that is being written; null: there is no command yet. */
function readLine(program: Command, words: readonly string[]): Line | null {
  const command = program.commands.find((own) => own.name() === words[0]);
  if (command === undefined) return null;
  const values = new Map<string, string>();
  const positional: string[] = [];
  let pending: Option | null = null;
  for (const word of words.slice(1, -1)) {
    const [name = "", value] = word.split(/=(.*)/s);
    if (pending !== null) {
      values.set(longOf(pending), word);
      pending = null;
      continue;
    }
    const option = command.options.find(({ long, short }) => name === long || name === short);
    if (option === undefined) positional.push(word);
    else if (value !== undefined || !option.required) values.set(longOf(option), value ?? "");
    else pending = option;
  }
  const text = (name: string) => (values.has(name) ? { [name]: values.get(name) } : {});
  return {
    ...{ command, positional, flag: pending === null ? null : longOf(pending), allNamespaces: values.has("all-namespaces") },
    settings: { ...text("kubeconfig"), ...text("context"), ...text("as"), ...text("namespace") },
  };
}

function longOf(option: Option): string {
  return option.name();
}

async function namespaces(kube: KubeApi, signal: AbortSignal): Promise<readonly string[]> {
  const listed = await listAll(kube, { group: "", version: "v1", plural: "namespaces" }, [], { timeLimitMs: TIME_LIMIT_MS, signal });
  return listed.ok ? listed.value.flatMap(({ metadata }) => metadata?.name ?? []) : [];
}

/** Routes as KIND/NAME, names after a KIND, and backends after the route of `pin`. */
async function positionals(
  kube: KubeApi,
  before: readonly string[],
  { command, namespace }: Pick<Line, "command"> & { readonly namespace: string | null },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const takesRoute = command.registeredArguments[0]?.name() === "kind/name";
  if (!takesRoute) return [];
  const { variadic } = command.registeredArguments[0] ?? { variadic: false };
  const route = readRoute(before);
  const isNamed = !("wrong" in route) && !variadic;
  if (isNamed && (command.registeredArguments.length < 2 || route.rest.length > 0)) return [];
  const found = await managedRoutes(kube, namespace, signal);
  if (isNamed) {
    const { codec, name } = route.argument;
    const splits = found.find((own) => own.kind === codec.kind && own.name === name)?.splits ?? [];
    return [...new Set(splits.flatMap(({ backends }) => backends.map(({ backend }) => backend)))];
  }
  const kind = codecNamed(before[0] ?? "")?.kind;
  if (kind !== undefined) return found.filter((own) => own.kind === kind).map(({ name }) => name);
  return found.map((own) => `${own.kind.replace(/^\w+/, (word) => word.toLowerCase())}/${own.name}`);
}

async function managedRoutes(kube: KubeApi, namespace: string | null, signal: AbortSignal) {
  const limits = { timeLimitMs: TIME_LIMIT_MS, signal };
  const kinds = await Promise.all(CODECS.map((codec) => listRoutes(kube, codec, namespace === null ? [] : [namespace], limits)));
  return kinds
    .flatMap(({ found }) => found)
    .filter(({ object }) => isManaged(object.metadata?.labels, null))
    .map(({ route }) => route);
}
