import { BINARY_EXAMPLES, PAYLOAD_EXAMPLES } from '#api/readings/payload-examples.ts';

interface Node {
  [name: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

const nodeAt = (node: unknown, ...path: readonly string[]): Node | undefined => {
  const found = path.reduce<unknown>((below, name) => (isNode(below) ? below[name] : undefined), node);
  return isNode(found) ? found : undefined;
};

/** Calls back for every object of a document. */
const walk = (value: unknown, visit: (node: Node) => void): void => {
  if (isNode(value)) visit(value);
  for (const below of Object.values(Object(value))) if (typeof below === 'object') walk(below, visit);
};

/** A schema that zod describes as a union with an empty schema: any value, which needs no union. */
const withoutEmptyUnion = (node: Node): void => {
  const { anyOf } = node;
  if (Array.isArray(anyOf) && anyOf.some((each) => isNode(each) && Object.keys(each).length === 0))
    delete node['anyOf'];
};

/** `@fastify/swagger` writes the named examples of a schema inside another one as its example. */
const withPlainExample = (node: Node): void => {
  const usual = nodeAt(node, 'example', 'usual');
  if (usual === undefined || !('value' in usual)) return;
  delete node['example'];
  node['examples'] = [usual['value']];
};

/** The description of one media type of a payload. */
const payloadOf = (type: string, media: unknown): Node => {
  const bytes = BINARY_EXAMPLES[type];
  if (bytes === undefined) return { schema: nodeAt(media, 'schema') ?? {}, example: PAYLOAD_EXAMPLES[type] };
  const description = `Bytes, such as ${bytes} in hexadecimal digits.`;
  return {
    schema: { type: 'string', format: 'binary', description },
    example: Buffer.from(bytes, 'hex').toString('latin1'),
  };
};

/** Bodies of devices have an example of their own for each media type; those that are not text are bytes. */
const withPayloads = (paths: Node | undefined): void => {
  for (const [path, methods] of Object.entries(paths ?? {})) {
    if (!/\/devices\/\{device\}\/readings/.test(path)) continue;
    const content = nodeAt(methods, 'post', 'requestBody', 'content');
    if (content === undefined) continue;
    for (const [type, media] of Object.entries(content)) content[type] = payloadOf(type, media);
  }
};

const COMPONENT = '#/components/schemas/';

/** Zod describes a named schema also for requests, where most of them never stand. */
const withoutUnusedSchemas = (document: Node): void => {
  const schemas = nodeAt(document, 'components', 'schemas') ?? {};
  const used = new Set<string>();
  const collect = (value: unknown): void =>
    walk(value, ({ $ref }) => {
      const name = typeof $ref === 'string' ? $ref.replace(COMPONENT, '') : '';
      if (name === '' || used.has(name)) return;
      used.add(name);
      collect(schemas[name]);
    });
  collect(document['paths']);
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
};

/** Puts right in the description of the API what its generator gets wrong. */
export const tidy = (document: object): void => {
  walk(document, (node) => {
    withoutEmptyUnion(node);
    withPlainExample(node);
  });
  if (!isNode(document)) return;
  withPayloads(nodeAt(document, 'paths'));
  withoutUnusedSchemas(document);
};
