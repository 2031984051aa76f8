/** What has become of one cached object. */
export interface Change<T> {
  /** `NAMESPACE/NAME`. */
  readonly key: string;
  readonly before: T | null;
  readonly now: T | null;
  /** The object was deleted; false if `project` ignores it now. */
  readonly deleted: boolean;
  /** It came with a list, so what happened to the object before is unknown. */
  readonly fromList: boolean;
}
