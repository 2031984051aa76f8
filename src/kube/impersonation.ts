/** The user that the API server is asked to act as, instead of the one that logs in. */
export interface Impersonation {
  readonly user: string;
  /** Empty: none. */
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** `--as`, `--as-uid` and `--as-group`: each that is set replaces the kubeconfig's. */
export interface ImpersonationChoice {
  readonly as?: string | undefined;
  readonly asUid?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
}

export type FoundImpersonation = { readonly impersonation: Impersonation | null } | { readonly problem: string };

const CONTROL = /\p{Cc}/u;
/** What a header's name may contain; `%` starts an escape. */
const HEADER_NAME_BYTE = /[!#$&'*+\-.^_`|~0-9A-Za-z]/;

/** The impersonation by a user of a kubeconfig, with its keys as they are in the file, and the flags. */
export function readImpersonation(user: Readonly<Record<string, unknown>>, choice: ImpersonationChoice): FoundImpersonation {
  const [as, uid, groups] = [user["as"] ?? "", user["as-uid"] ?? "", user["as-groups"] ?? []];
  const extra = extraOf(user["as-user-extra"] ?? {});
  if (typeof as !== "string" || typeof uid !== "string") return { problem: "as and as-uid must be texts: quote them" };
  if (!isTexts(groups)) return { problem: "as-groups must be a list of texts" };
  if (extra === null) return { problem: "as-user-extra must have a list of texts for each key" };
  return checked({
    user: choice.as || as,
    uid: choice.asUid || uid,
    groups: choice.asGroup?.length ? choice.asGroup : groups,
    extra,
  });
}

function checked(impersonation: Impersonation): FoundImpersonation {
  const { user, uid, groups, extra } = impersonation;
  const extras = Object.values(extra).flat();
  if (user === "") {
    if (uid === "" && groups.length === 0 && extras.length === 0) return { impersonation: null };
    return { problem: "a uid, groups or extra fields are impersonated without a user: set --as too" };
  }
  if ([user, uid, ...groups, ...extras].some((text) => CONTROL.test(text)))
    return { problem: "what is impersonated contains a line break or another control character" };
  return { impersonation };
}

/** A header with several values is repeated. */
export function impersonationHeaders(impersonation: Impersonation | null): Readonly<Record<string, string | string[]>> {
  if (impersonation === null) return {};
  const { user, uid, groups, extra } = impersonation;
  const extras = Object.entries(extra).map(([key, values]) => [`Impersonate-Extra-${escapedKey(key)}`, values.map(bytesOf)] as const);
  return {
    "Impersonate-User": bytesOf(user),
    ...(uid !== "" && { "Impersonate-Uid": bytesOf(uid) }),
    ...(groups.length > 0 && { "Impersonate-Group": groups.map(bytesOf) }),
    ...Object.fromEntries(extras.filter(([, values]) => values.length > 0)),
  };
}

/** Bytes that a header's name may not contain, and `%`, become `%XX`. */
function escapedKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return HEADER_NAME_BYTE.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

/** Headers are sent as Latin-1, and the API server reads UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function extraOf(value: unknown): Impersonation["extra"] | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const extra: Record<string, readonly string[]> = {};
  for (const [key, given] of Object.entries(value)) {
    const texts: unknown = given ?? [];
    if (!isTexts(texts)) return null;
    extra[key] = texts;
  }
  return extra;
}
