import type { Argument, Command, Option } from "commander";
import { ROUTE_KINDS } from "../../../routes/route.ts";

/** A position on the command line, and the words that can follow. */
export interface Place {
  /** The commands so far: none, `status`, `rules validate`. */
  readonly path: readonly string[];
  readonly description: string;
  /** Subcommands and argument values. */
  readonly words: readonly string[];
  /** Whether the cluster is asked for arguments, such as routes; `words` are offered where it does not answer. */
  readonly asks: boolean;
  /** Whether an argument is a file. */
  readonly takesFile: boolean;
  readonly flags: readonly Flag[];
}

export interface Flag {
  /** `-o`, `--output`. */
  readonly spellings: readonly string[];
  readonly description: string;
  /** `ask`: the cluster, or the kubeconfig, has them. */
  readonly value: "none" | "free" | "file" | "ask" | readonly string[];
}

/** Flags whose values `__complete` finds. */
const ASKED = ["namespace", "controller-namespace", "watch-namespaces", "context"];

/** All places of a command and its subcommands, parents first; hidden commands are left out. */
export function placesOf(command: Command, path: readonly string[] = []): readonly Place[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command).filter((own) => own.name() !== "help");
  const here: Place = {
    path,
    description: command.description(),
    words: [...below.map((own) => own.name()), ...command.registeredArguments.flatMap(wordsOf)],
    asks: command.registeredArguments.some((argument) => argument.name() === "kind/name"),
    takesFile: command.registeredArguments.some((argument) => argument.name() === "file"),
    flags: help.visibleOptions(command).map(flagOf),
  };
  return [here, ...below.flatMap((own) => placesOf(own, [...path, own.name()]))];
}

function wordsOf(argument: Argument): readonly string[] {
  if (argument.name() === "kind/name") return ROUTE_KINDS.map((kind) => `${kind.toLowerCase()}/`);
  return argument.argChoices ?? [];
}

function flagOf(option: Option): Flag {
  const spellings = [option.short, option.long].filter((spelling) => spelling !== undefined);
  return { spellings, description: option.description, value: valueOf(option) };
}

function valueOf(option: Option): Flag["value"] {
  if (option.argChoices !== undefined) return option.argChoices;
  // A flag with an optional value is completed like one without a value.
  if (!option.required) return "none";
  if (ASKED.includes(option.name())) return "ask";
  return option.flags.endsWith("<file>") ? "file" : "free";
}
