import type { ErrorCode, YAMLParseError, YAMLWarning } from "yaml";

/** The text of a problem: one sentence and one hint. */
export interface Said {
  readonly sentence: string;
  readonly hint: string;
}

export const ALIAS: Said = { sentence: "aliases are not supported", hint: "put what rules share into `defaults`, or repeat it" };
export const TOO_DEEP: Said = { sentence: "this is nested too deeply", hint: "nothing in a rules file is nested this deeply" };

const INDENTATION: Said = {
  sentence: "this does not match the indentation above it",
  hint: "indent all keys of one map equally, with spaces",
};

/** Plain texts for errors whose messages from the parser are hard to understand. */
const PLAIN_TEXTS: Partial<Record<ErrorCode, Said>> = {
  BAD_INDENT: INDENTATION,
  MULTILINE_IMPLICIT_KEY: INDENTATION,
  TAB_AS_INDENT: { sentence: "a tab is used as indentation", hint: "indent with spaces" },
  BAD_ALIAS: ALIAS,
  MULTIPLE_DOCS: {
    sentence: "a second document begins here",
    hint: "a rules file is one document: remove this line and the other document",
  },
  NON_STRING_KEY: {
    sentence: "a map or list is used as a key",
    hint: "put text with braces in quotes; templates such as {{ … }} must be rendered before",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    sentence: "a map begins in the middle of a line",
    hint: "put each key on its own line, and values that contain ': ' in quotes",
  },
  BAD_SCALAR_START: { sentence: "a value cannot begin with this character", hint: "put the value in quotes" },
  TAG_RESOLVE_FAILED: { sentence: "tags are not supported", hint: "remove the tag" },
  BAD_DIRECTIVE: { sentence: "directives are not supported", hint: "remove this line" },
  RESOURCE_EXHAUSTION: TOO_DEEP,
};

/** The text of a YAML syntax error: a plain one if there is one for it, otherwise that of the parser. */
export function describeYamlError(error: YAMLParseError | YAMLWarning): Said {
  const closing = /end with a (.)$/.exec(error.message)?.[1];
  if (closing !== undefined)
    return { sentence: `a closing ${closing} is missing before this`, hint: `write the ${closing}, or indent what is inside` };
  const words = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return PLAIN_TEXTS[error.code] ?? { sentence: `this is not YAML: ${words}`, hint: "check quotes, brackets, colons and indentation here" };
}
