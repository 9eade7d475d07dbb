/** The two readers of the journal. Each has a cursor, and knows the course of the series up to it. */
export type ReaderName = 'storing' | 'alerting';
