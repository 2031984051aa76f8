/** The `Status` object with which an API server answers a request that it refuses. */
export interface ApiStatus {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Record<string, unknown>;
  readonly status: "Failure" | "Success";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: Record<string, unknown>;
  readonly code: number;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: ApiStatus };

/** The object that an error is about, as a kube-apiserver names it in `details`. */
export interface About {
  readonly group: string;
  readonly plural: string;
  readonly name: string;
}

/** A field that violates the schema. */
export interface FieldProblem {
  readonly field: string;
  readonly reason: "FieldValueInvalid" | "FieldValueRequired" | "FieldValueTypeInvalid" | "FieldValueNotSupported";
  readonly message: string;
}

/** A failed answer with any code. */
export function failure(code: number, reason: string, message: string, details?: Record<string, unknown>): ApiStatus {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  };
}

/** The same as a failed result. */
export function refuse(status: ApiStatus): { readonly ok: false; readonly status: ApiStatus } {
  return { ok: false, status };
}

export function badRequest(message: string): ApiStatus {
  return failure(400, "BadRequest", message);
}

export function notFound(about: About): ApiStatus {
  return failure(404, "NotFound", `${title(about)} not found`, details(about));
}

export function alreadyExists(about: About): ApiStatus {
  return failure(409, "AlreadyExists", `${title(about)} already exists`, details(about));
}

export function conflict(
  about: About,
  why = "the object has been modified; please apply your changes to the latest version and try again",
): ApiStatus {
  return failure(409, "Conflict", `Operation cannot be fulfilled on ${title(about)}: ${why}`, details(about));
}

export function invalid(about: About, kind: string, problems: readonly FieldProblem[]): ApiStatus {
  const texts = problems.map((problem) => `${problem.field}: ${problem.message}`);
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return failure(422, "Invalid", `${kind}${about.group === "" ? "" : `.${about.group}`} "${about.name}" is invalid: ${text}`, {
    name: about.name,
    ...(about.group === "" ? {} : { group: about.group }),
    kind,
    causes: problems,
  });
}

/** The answer to a JSON Patch that does not fit the object: the code of an invalid object, without a reason. */
export function patchRejected(): ApiStatus {
  return failure(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

/** A list or a continue token that is older than the server's history. */
export function expired(message: string, metadata: Record<string, unknown> = {}): ApiStatus {
  return { ...failure(410, "Expired", message), metadata };
}

function title(about: About): string {
  return `${about.plural}${about.group === "" ? "" : `.${about.group}`} "${about.name}"`;
}

function details(about: About): Record<string, unknown> {
  return { name: about.name, ...(about.group === "" ? {} : { group: about.group }), kind: about.plural };
}
