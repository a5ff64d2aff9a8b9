// Runs in the browser, beside Swagger UI. Tests import it as well.

const METHOD = 'method';
const PATH = 'path';
/** More parts than any path has. */
const DEEPEST = 100;
/** Members whose values later requests refer to. */
const REFERRED_TO = new Set(['id', 'token']);

/**
 * Sorts the operations of a tag as in the document, but puts those that delete last, the innermost first.
 * So every operation can use what the operations above it have created.
 */
export function inOrder(one, other) {
  return rank(one) - rank(other);
}

function rank(operation) {
  return operation.get(METHOD) === 'delete' ? DEEPEST - operation.get(PATH).split('/').length : 0;
}

/**
 * The examples of the document tell one story with invented ids and tokens. This class maps them to the real ones of
 * earlier answers, so that each example request works as it is shown.
 */
export class Story {
  #real = new Map();

  /** Reads the real ids and tokens from the places in `answer` at which `example` has invented ones. */
  learn(example, answer) {
    if (!isObject(example) || !isObject(answer)) return;
    for (const [key, shown] of Object.entries(example)) {
      if (REFERRED_TO.has(key) && typeof answer[key] === 'string') this.#real.set(shown, answer[key]);
      else this.learn(shown, answer[key]);
    }
  }

  /** Puts the real ids and tokens into a part of a request. */
  fill(text) {
    return [...this.#real].reduce((filled, [shown, real]) => filled.replaceAll(shown, real), text);
  }
}

/** The example of an operation's answer with this status, if it has one. */
export function exampleOf(document, path, method, status) {
  const response = resolved(document, document.paths[path]?.[method]?.responses[status]);
  const { example, examples = {} } = response?.content?.['application/json'] ?? {};
  return example ?? resolved(document, Object.values(examples)[0])?.value;
}

/**
 * The settings of Swagger UI that let the examples work in the order of the page.
 * @param uiOf returns Swagger UI, once it is there
 */
export function followStory(uiOf) {
  const story = new Story();
  const setResponse = (proceed, { specSelectors }) => {
    return (path, method, response) => {
      const document = specSelectors.specJson().toJS();
      if (method !== 'get') story.learn(exampleOf(document, path, method, response.status), response.body);
      return proceed(path, method, response);
    };
  };
  return {
    plugins: [{ statePlugins: { spec: { wrapActions: { setResponse } } } }],
    requestInterceptor(request) {
      request.url = story.fill(request.url);
      if (typeof request.body === 'string') request.body = story.fill(request.body);
      for (const [name, value] of Object.entries(request.headers)) request.headers[name] = story.fill(value);
      return request;
    },
    onComplete() {
      const { specSelectors, authSelectors, preauthorizeApiKey } = uiOf();
      for (const [name, scheme] of Object.entries(
        specSelectors.specJson().toJS().components.securitySchemes,
      )) {
        const isEntered = authSelectors.authorized().has(name);
        if (scheme['x-example'] !== undefined && !isEntered) preauthorizeApiKey(name, scheme['x-example']);
      }
    },
  };
}

function resolved(document, node) {
  if (node?.$ref === undefined) return node;
  return node.$ref
    .split('/')
    .slice(1)
    .reduce((found, key) => found?.[key], document);
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}
