import type { Command } from "commander";
import { type Flag, type Place, placesOf } from "./places.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const NAME = "linkerd-failover";

/** The command that asks the cluster for what can follow; it gives up after two seconds. */
const ASK = `${NAME} __complete --`;

/** A completion script for a shell. Only names of the cluster are asked of it. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program);
  switch (shell) {
    case "bash":
      return bashScript(places);
    case "zsh":
      return zshScript(places);
    case "fish":
      return fishScript(places);
  }
}

function bashScript(places: readonly Place[]): string {
  return `# bash completion for ${NAME}; load it with: source <(${NAME} completion bash)
_linkerd_failover() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" place="" words="" flags="" files="" ask="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${pathSteps(places)}
  done
  case "$place" in
${arms(places, ({ words, flags, takesFile, asks }) => `words=${quoted(words)} flags=${quoted(spelled(flags))} files=${takesFile ? "yes" : ""} ask=${asks ? "yes" : ""}`)}
  esac
  case "$current" in
    -*) words="$flags" files="" ask="" ;;
  esac
${values(places, (words, file, ask) => `words=${quoted(words)} files=${file ? "yes" : ""} ask=${ask ? "yes" : ""}`)}
  if [ -n "$ask" ]; then
    word="$(${ASK} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
    if [ -n "$word" ]; then words="$word"; fi
  fi
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
  case "\${COMPREPLY[0]}" in
    */) compopt -o nospace 2>/dev/null ;;
  esac
  if [ -n "$files" ]; then compopt -o default 2>/dev/null; fi
}
complete -F _linkerd_failover ${NAME}
`;
}

function zshScript(places: readonly Place[]): string {
  return `#compdef ${NAME}
# zsh completion for ${NAME}; save it as _${NAME} in a directory of $fpath
_${NAME}() {
  local current="\${words[CURRENT]}" before="\${words[CURRENT-1]}" place="" files="" ask="" word
  local -a offered flags found
  for word in "\${(@)words[2,CURRENT-1]}"; do
${pathSteps(places)}
  done
  case "$place" in
${arms(places, ({ words, flags, takesFile, asks }) => `offered=(${words.map(single).join(" ")}) flags=(${spelled(flags).join(" ")}) files=${takesFile ? "yes" : ""} ask=${asks ? "yes" : ""}`)}
  esac
  if [[ "$current" == -* ]]; then offered=($flags) files="" ask=""; fi
${values(places, (words, file, ask) => `offered=(${words.join(" ")}) files=${file ? "yes" : ""} ask=${ask ? "yes" : ""}`)}
  if [[ -n "$ask" ]]; then
    found=("\${(@f)$(${ASK} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "$found" ]]; then offered=($found); fi
  fi
  compadd -S "" -- \${(M)offered:#*/}
  compadd -- \${offered:#*/}
  if [[ -n "$files" ]]; then _files; fi
}
if [[ "$funcstack[1]" == "_${NAME}" ]]; then _${NAME} "$@"; else compdef _${NAME} ${NAME}; fi
`;
}

/** The cases that follow the words of a command to its subcommand. */
function pathSteps(places: readonly Place[]): string {
  const keys = places.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.slice(0, -1).join(" ")}/${path.at(-1)}"`);
  return `    case "$place/$word" in\n      ${keys.join(" | ")}) place="\${place:+$place }$word" ;;\n    esac`;
}

function arms(places: readonly Place[], render: (place: Place) => string): string {
  return places.map((place) => `    "${place.path.join(" ")}") ${render(place)} ;;`).join("\n");
}

/** The cases for the value of a flag. */
function values(places: readonly Place[], render: (words: readonly string[], file: boolean, ask: boolean) => string): string {
  const lines = places.flatMap(({ path, flags }) =>
    flags
      .filter(({ value }) => value !== "none")
      .map(({ spellings, value }) => {
        const keys = spellings.map((spelling) => `"${path.join(" ")}/${spelling}"`).join(" | ");
        return `    ${keys}) ${render(typeof value === "string" ? [] : value, value === "file", value === "ask")} ;;`;
      }),
  );
  return `  case "$place/$before" in\n${lines.join("\n")}\n  esac`;
}

const FISH_ASK = `(${ASK} (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)`;

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const condition = single(conditionOf(place, places));
    const below = places.filter(({ path }) => path.length === place.path.length + 1 && place.path.every((word, i) => path[i] === word));
    const commands = below.map(
      ({ path, description }) => `complete -c ${NAME} -n ${condition} -a ${path.at(-1)} -d ${single(description)}`,
    );
    const others = place.words.filter((word) => !below.some(({ path }) => path.at(-1) === word));
    return [
      ...commands,
      ...(others.length > 0 ? [`complete -c ${NAME} -n ${condition} -a ${single(others.join(" "))}`] : []),
      ...(place.asks ? [`complete -c ${NAME} -n ${condition} -a ${single(FISH_ASK)}`] : []),
      ...(place.takesFile ? [`complete -c ${NAME} -n ${condition} -F`] : []),
      ...place.flags.map((flag) => fishFlag(flag, condition)),
    ];
  });
  return `# fish completion for ${NAME}\ncomplete -c ${NAME} -f\n${lines.join("\n")}\n`;
}

/** True when every command of the path is present, and no subcommand of it. */
function conditionOf({ path }: Place, places: readonly Place[]): string {
  const further = places.filter((other) => other.path.length > path.length && path.every((word, i) => other.path[i] === word));
  const names = [...new Set(further.map((other) => other.path[path.length]))];
  return [
    ...path.map((word) => `__fish_seen_subcommand_from ${word}`),
    ...(names.length > 0 ? [`not __fish_seen_subcommand_from ${names.join(" ")}`] : []),
  ].join("; and ");
}

function fishFlag({ spellings, description, value }: Flag, condition: string): string {
  const names = spellings.map((spelling) => (spelling.startsWith("--") ? `-l ${spelling.slice(2)}` : `-s ${spelling.slice(1)}`));
  const takes =
    value === "none"
      ? ""
      : value === "file"
        ? " -r -F"
        : value === "free"
          ? " -x"
          : value === "ask"
            ? ` -x -a ${single(FISH_ASK)}`
            : ` -x -a ${single(value.join(" "))}`;
  return `complete -c ${NAME} -n ${condition} ${names.join(" ")}${takes} -d ${single(description)}`;
}

function spelled(flags: readonly Flag[]): readonly string[] {
  return flags.flatMap(({ spellings }) => spellings);
}

function quoted(words: readonly string[]): string {
  return `"${words.join(" ")}"`;
}

function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
