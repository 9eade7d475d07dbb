/** An array whose elements each hold the name and the value of one field: `[{"name": "suhu", "value": 31.5}]`. */
export interface NamedValues {
  /** Member of an element that holds the name. */
  readonly name: string;
  /** Member of an element that holds the value. */
  readonly value: string;
}

/**
 * Where a message has values that stand deeper. A nested member is named by all names of its way with points between them:
 * the `Humidity` in `{"BME280": {"Humidity": 83.1}}` is `BME280.Humidity`.
 */
export interface Nesting {
  /** Name of the object that holds the values: names of members in it begin there. */
  readonly values: string;
  /** Names of arrays whose elements are messages, each with a time of its own. */
  readonly messages: readonly string[];
  /** By the name of the array; the empty name is the message itself. */
  readonly lists: Readonly<Record<string, NamedValues>>;
}

/** Nesting of a device of which only names of fields say that its members are nested. */
export const USUAL_NESTING: Nesting = { values: 'values', messages: [], lists: {} };

/** How the members of the messages of a device are found. */
export interface MemberRules {
  /** Names that are not wanted, each with all that stands below it. */
  readonly ignored: ReadonlySet<string>;
  /** Absent where values stand in the message itself or in its `values`, and nowhere deeper. */
  readonly nesting?: Nesting | undefined;
}
