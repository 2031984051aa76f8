import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Command, CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { METRIC_PREFIX, METRICS } from "../../src/admin/metricsTable.ts";
import { allBelow } from "../../src/cli/output/commandDocs.ts";
import { createProgram } from "../../src/cli/program.ts";
import { CODECS } from "../../src/routes/codecs.ts";
import { readMemory } from "../../src/routes/memory.ts";
import { parseRules } from "../../src/rules/parseRules.ts";
import { VARIABLES } from "../real/harness/existingCluster.ts";
import { sourcesIn } from "../tidy.ts";
import { allPages, anchorsOf, blocksOf, codeSpansOf, type Page } from "./pages.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGES = allPages();
const SOURCES = sourcesIn(ROOT, "src");

describe.each(PAGES)("$path", (page) => {
  it("shows YAML that is valid, rules that are taken and routes that are managed", () => {
    expect(blocksOf(page, "yaml").flatMap((yaml) => yamlProblems(yaml, page.path))).toEqual([]);
  });

  it("shows JSON that is valid, and state that we could read back", () => {
    const objects = blocksOf(page, "json").map((json) => [json, JSON.parse(json)] as const);
    expect(objects.filter(([json, value]) => "writer" in value && readMemory(json) === null)).toEqual([]);
  });

  it("calls commands as they can be called", () => {
    expect(commandsOf(page).flatMap(commandProblems)).toEqual([]);
  });

  it("links to what is there", () => {
    expect(linksOf(page).filter((target) => !leadsSomewhere(page, target))).toEqual([]);
  });

  it("names metrics, labels and settings that exist", () => {
    const named = [...page.text.matchAll(/linkerd_failover_[a-z_]+[a-z]|failover\.linkerd\.io\/[a-z-]+|LINKERD_FAILOVER_[A-Z_]+/g)];
    expect([...new Set(named.map(([name]) => name))].filter((name) => !KNOWN.has(name))).toEqual([]);
  });

  it("names no setting that nothing has", () => {
    const named = codeSpansOf(page).flatMap((code) => [...code.matchAll(/^(--[a-z][a-z-]+)/g)].map(([, flag = ""]) => flag));
    expect(named.filter((flag) => !SETTINGS.has(flag) && !OTHERS_SETTINGS.has(flag))).toEqual([]);
  });

  it("quotes the program as it speaks", () => {
    const quotes = [...blocksOf(page, "log"), ...codeSpansOf(page).filter((code) => /[a-z] .*…|… .*[a-z]/.test(code))];
    const fragments = quotes.flatMap((quote) => quote.split(/…|\n/)).map((text) => text.trim());
    const said = fragments.filter((text) => /[a-z]{3}/.test(text));
    expect(said.filter((text) => !SPOKEN.some((source) => source.includes(text)))).toEqual([]);
  });
});

/** Where its sentences are written down: in its code, and, put together, in its stories. */
const SPOKEN: readonly string[] = [
  ...SOURCES.map(({ text }) => text),
  ...readdirSync(join(ROOT, "test/transcripts")).map((name) => readFileSync(join(ROOT, "test/transcripts", name), "utf8")),
];

/** All that the pages may name: metrics with what Prometheus makes of histograms, labels and annotations, variables. */
const KNOWN: ReadonlySet<string> = new Set([
  ...METRICS.flatMap(({ name, type }) => {
    const suffixes = type === "histogram" ? ["", "_bucket", "_sum", "_count"] : [""];
    return suffixes.map((suffix) => METRIC_PREFIX + name + suffix);
  }),
  ...SOURCES.filter(({ path }) => path.startsWith("src/routes/") || path === "src/observer/managed.ts").flatMap(({ text }) =>
    [...text.matchAll(/failover\.linkerd\.io\/[a-z-]+/g)].map(([name]) => name),
  ),
  ...createProgram().commands.flatMap(({ options }) => options.flatMap(({ envVar }) => (envVar === undefined ? [] : [envVar]))),
  ...Object.values(VARIABLES),
]);

const SETTINGS: ReadonlySet<string | undefined> = new Set(
  allBelow(createProgram()).flatMap(({ options }) => options.map(({ long }) => long)),
);
/** kubectl's and helm's. */
const OTHERS_SETTINGS: ReadonlySet<string> = new Set(["--server-side", "--force-conflicts", "--set"]);

function yamlProblems(yaml: string, path: string): readonly string[] {
  const documents = parseAllDocuments(yaml);
  const errors = documents.flatMap((document) => document.errors.map(String));
  if (errors.length > 0) return errors;
  return documents.flatMap((document) => {
    const value = document.toJS() as Readonly<Record<string, unknown>>;
    if (value["version"] === 1 && "rules" in value) {
      const parsed = parseRules(yaml, path);
      return parsed.ok ? [] : parsed.problems.map(({ sentence }) => sentence);
    }
    return routeProblems(value);
  });
}

/** What our own readers say of a route. Anything else they do not know. */
function routeProblems(object: Readonly<Record<string, unknown>>): readonly string[] {
  const [group] = String(object["apiVersion"]).split("/");
  const codec = CODECS.find(({ kind, resource }) => resource.group === group && kind.split(".")[0] === object["kind"]);
  if (codec === undefined) return [];
  const metadata = { ...(object["metadata"] as object), resourceVersion: "1", uid: "u" };
  return codec.read({ ...object, metadata }).problems.map(({ text }) => text);
}

/** Our commands in shell blocks and in the running text, there also without the program's name. */
function commandsOf(page: Page): readonly string[] {
  const names = createProgram().commands.map((command) => command.name());
  const shell = blocksOf(page, "sh").flatMap((block) => block.replaceAll("\\\n", " ").split("\n"));
  const full = [...shell, ...codeSpansOf(page)].flatMap((line) => {
    const [, command] = /^\s*(?:linkerd[- ]failover|node dist\/linkerd-failover\.js) (.*)/.exec(line) ?? [];
    return command === undefined ? [] : [command];
  });
  const short = codeSpansOf(page).filter((code) => names.includes(code.split(" ", 1)[0] ?? "") && code.includes(" "));
  return [...full, ...short].filter((command) => /^[a-z]/.test(command));
}

function commandProblems(text: string): readonly string[] {
  const words = text
    .replace(/\s#.*/, "")
    .replaceAll(/KIND\/(NAME|ROUTE)/g, "httproute/web")
    .replaceAll("NAMESPACE", "shop")
    .split(/\s+/)
    .map((word) => word.replaceAll(/^'|'$/g, ""))
    .filter((word) => word !== "" && word !== "…");
  return variantsOf(words).flatMap(callProblems);
}

/** `a|b` stands for either. */
function variantsOf(words: readonly string[]): readonly (readonly string[])[] {
  const at = words.findIndex((word) => word.includes("|"));
  if (at < 0) return [words];
  const choices = words[at]?.split("|") ?? [];
  return choices.flatMap((choice) => variantsOf(words.with(at, choice)));
}

function callProblems(words: readonly string[]): readonly string[] {
  if (isName(words)) return [];
  try {
    withoutActions(createProgram()).parse(words, { from: "user" });
    return [];
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? [] : [`${words.join(" ")}: ${error.message}`];
  }
}

/** A command that is spoken of, not called. */
function isName(words: readonly string[]): boolean {
  let command: Command | undefined = createProgram();
  for (const word of words) command = command?.commands.find((below) => below.name() === word);
  return command !== undefined;
}

/** The same commands, which do nothing. */
function withoutActions(command: Command): Command {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const below of command.commands) withoutActions(below);
  return command.commands.length > 0 ? command : command.action(() => {});
}

function linksOf({ text }: Page): readonly string[] {
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target).filter((target) => !/^https?:/.test(target));
}

function leadsSomewhere(page: Page, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const there = path === "" ? page.path : relative(ROOT, join(ROOT, dirname(page.path), path));
  if (!existsSync(join(ROOT, there))) return false;
  const other = PAGES.find((one) => one.path === there);
  return anchor === undefined || (other !== undefined && anchorsOf(other).includes(anchor));
}

it("lists every page of docs/ in its index", () => {
  const index = PAGES.find(({ path }) => path === "docs/README.md");
  const linked = index === undefined ? [] : linksOf(index).map((target) => relative(ROOT, join(ROOT, "docs", target)));
  const missing = PAGES.filter(({ path }) => path.startsWith("docs/") && path !== "docs/README.md" && !linked.includes(path));
  expect(missing.map(({ path }) => path)).toEqual([]);
});
