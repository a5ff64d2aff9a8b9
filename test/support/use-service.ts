import { Service } from './service.js';

/**
 * Gives all tests of a spec file one service, on databases of its own; call it once, at the top of the file. When they are
 * over, the service has to end properly, and must not have logged an error: each one is a bug, whatever was answered.
 * @param name begins the names of the databases
 * @returns the running service, for use inside of tests and hooks
 */
export function useService(name: string, env: NodeJS.ProcessEnv = {}): () => Service {
  let service: Service | undefined;
  beforeAll(async () => {
    service = await Service.start(name, env);
  });
  afterAll(async () => {
    expect(await service?.leave()).toEqual([]);
  });
  return () => {
    if (service === undefined) throw new Error('The service runs only while tests do.');
    return service;
  };
}
