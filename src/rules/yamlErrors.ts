import type { ErrorCode, YAMLParseError, YAMLWarning } from "yaml";

/** One sentence and one hint. */
export interface Said {
  readonly sentence: string;
  readonly hint: string;
}

export const ALIAS: Said = { sentence: "aliases are not known here", hint: "put what rules share into `defaults`, or write it out" };
export const TOO_DEEP: Said = { sentence: "this is nested too deeply", hint: "no part of a rules file is nested as deep as this" };

const INDENTATION: Said = {
  sentence: "this does not fit the indentation of what is above it",
  hint: "indent all keys of one map equally, with spaces",
};

/** Where the parser's own words are for authors of parsers. */
const IN_OUR_WORDS: Partial<Record<ErrorCode, Said>> = {
  BAD_INDENT: INDENTATION,
  MULTILINE_IMPLICIT_KEY: INDENTATION,
  TAB_AS_INDENT: { sentence: "a tab is used as indentation", hint: "indent with spaces" },
  BAD_ALIAS: ALIAS,
  MULTIPLE_DOCS: {
    sentence: "a second document begins here",
    hint: "a rules file is one document: remove this line and what belongs to the other document",
  },
  NON_STRING_KEY: {
    sentence: "a map or list is used as a key",
    hint: "put quotes around text that contains braces; templates such as {{ … }} must be filled in before",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    sentence: "a map begins in the middle of a line",
    hint: "put each key on a line of its own, and quotes around values that contain ': '",
  },
  BAD_SCALAR_START: { sentence: "a value cannot begin with this character", hint: "put the value in quotes" },
  TAG_RESOLVE_FAILED: { sentence: "tags are not known here", hint: "remove the tag" },
  BAD_DIRECTIVE: { sentence: "directives are not known here", hint: "remove this line" },
  RESOURCE_EXHAUSTION: TOO_DEEP,
};

/** A YAML syntax error in our words, or in the parser's where they are plain enough. */
export function describeYamlError(error: YAMLParseError | YAMLWarning): Said {
  const closing = /end with a (.)$/.exec(error.message)?.[1];
  if (closing !== undefined)
    return { sentence: `a closing ${closing} is missing before this`, hint: `write the ${closing}, or indent what belongs inside` };
  const words = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return (
    IN_OUR_WORDS[error.code] ?? { sentence: `this is not YAML: ${words}`, hint: "check quotes, brackets, colons and indentation here" }
  );
}
