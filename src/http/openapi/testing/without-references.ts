const SHARED = /^#\/components\/(examples|headers|parameters|responses)\/(.+)$/;

/**
 * Reverses `shareComponents`.
 * @returns the document with every shared example, header, parameter and response in its places. Schemas remain
 *   components, as some refer to themselves.
 */
export function withoutReferences<Document extends { readonly components?: object | undefined }>(
  document: Document,
): Document {
  const components = (document.components ?? {}) as Readonly<
    Record<string, Readonly<Record<string, object>>>
  >;
  const resolve = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(resolve);
    const { $ref, ...beside } = value as Readonly<Record<string, unknown>>;
    const [, kind = '', name = ''] = SHARED.exec(typeof $ref === 'string' ? $ref : '') ?? [];
    const target = components[kind]?.[name];
    // A description beside a reference overrides that of the component.
    if (target !== undefined) return resolve({ ...target, ...beside });
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  };
  const kept = Object.entries(components).filter(([kind]) => !SHARED.test(`#/components/${kind}/any`));
  return resolve({ ...document, components: Object.fromEntries(kept) }) as Document;
}
