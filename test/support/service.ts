import { DocumentedApi } from './contract/documented-api.js';
import { createDatabase, type TestDatabase } from './database.js';
import { eventually } from './eventually.js';
import { HttpClient } from './http-client.js';
import { ServiceProcess, type LogLine } from './service-process.js';
import { Shop } from './shop.js';

/** One process of the service with two databases of its own. It is the built service: run `npm run build` first. */
export class Service {
  private process: ServiceProcess | undefined;
  private client: HttpClient | undefined;
  /** Of processes that have ended. */
  private readonly pastComplaints: (LogLine | string)[] = [];
  /** Processes on the same databases. */
  private readonly others: Service[] = [];

  private constructor(
    private readonly databases: { readonly command: TestDatabase; readonly query: TestDatabase },
    private readonly env: NodeJS.ProcessEnv,
    private readonly ownsDatabases: boolean,
  ) {}

  /**
   * Starts a process on fresh databases at the newest schema, and waits until it is ready.
   * @param name begins the names of the databases
   * @param env settings on top of the tests' own
   */
  static async start(name: string, env: NodeJS.ProcessEnv = {}): Promise<Service> {
    const [command, query] = await Promise.all([
      createDatabase(`${name}_command`, 'template_command'),
      createDatabase(`${name}_query`, 'template_query'),
    ]);
    const service = new Service({ command, query }, env, true);
    try {
      await service.launch();
    } catch (error) {
      await service.leave();
      throw error;
    }
    return service;
  }

  /** Starts a process on databases of somebody else, at the newest schema, and waits until it is ready. */
  static async on(
    urls: { readonly command: string; readonly query: string },
    env: NodeJS.ProcessEnv = {},
  ): Promise<Service> {
    const drop = (): Promise<void> => Promise.resolve();
    const databases = { command: { url: urls.command, drop }, query: { url: urls.query, drop } };
    const service = new Service(databases, env, false);
    await service.launch();
    return service;
  }

  /** Starts one more process on the same databases. It takes the projections over, and ends when this service is left. */
  async startAnother(): Promise<Service> {
    const another = new Service(this.databases, this.env, false);
    this.others.push(another);
    await another.launch();
    return another;
  }

  get http(): HttpClient {
    if (this.client === undefined) throw new Error('The service does not run.');
    return this.client;
  }

  /** The same, in the words of a shop. */
  get shop(): Shop {
    return new Shop(this.http);
  }

  /** The port of the process, for bytes that are no HTTP. */
  get port(): number {
    return Number(new URL(this.running.origin).port);
  }

  /** What the present process has logged. */
  get log(): readonly LogLine[] {
    return this.running.log;
  }

  get commandDatabaseUrl(): string {
    return this.databases.command.url;
  }

  get queryDatabaseUrl(): string {
    return this.databases.query.url;
  }

  /** @throws Error when the process does not end with exit code 0 */
  async stop(): Promise<void> {
    await this.end(async (process, client) => {
      await client.close();
      await process.stop();
    });
  }

  /** Ends the process as a power cut would, in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.end(async (process, client) => {
      await process.kill();
      await client.abort();
    });
  }

  /** Waits until the views hold all that is in the log. A read of one cart or product does not tell: it may be ahead of them. */
  async viewsCatchUp(): Promise<void> {
    await eventually(
      'the views to catch up',
      () => this.http.get<{ readonly kind: string; readonly lag: number }[]>('/v1/projections'),
      ({ body }) => body.every(({ kind, lag }) => kind !== 'projection' || lag === 0),
    );
  }

  /** Runs `work` while the process is stopped (SIGSTOP), as a machine that swaps or a frozen container would. */
  async whilePaused<T>(work: () => Promise<T>): Promise<T> {
    const { running } = this;
    running.pause();
    try {
      return await work();
    } finally {
      running.goOn();
    }
  }

  /** Starts a process anew where the last one has ended, on the same databases. */
  async launch(): Promise<void> {
    const { command, query } = this.databases;
    const urls = { COMMAND_DATABASE_URL: command.url, QUERY_DATABASE_URL: query.url };
    this.process = await ServiceProcess.start({ ...this.env, ...urls });
    this.client = new HttpClient(this.process.origin, await DocumentedApi.of(this.process.origin));
    await eventually(
      'the service to be ready',
      () => this.http.get('/health/ready'),
      ({ status }) => status === 200,
    );
  }

  /**
   * Ends the process if it still runs, with all others on its databases, and drops those if they are its own.
   * @returns what went wrong inside according to the logs, and where answers were not as documented: nothing, unless there is a bug
   */
  async leave(): Promise<readonly (LogLine | string)[]> {
    try {
      for (const other of this.others) this.pastComplaints.push(...(await other.leave()));
      if (this.process !== undefined) await this.stop();
    } finally {
      if (this.ownsDatabases) {
        await Promise.all([this.databases.command.drop(), this.databases.query.drop()]);
      }
    }
    return this.pastComplaints;
  }

  private get running(): ServiceProcess {
    if (this.process === undefined) throw new Error('The service does not run.');
    return this.process;
  }

  private async end(how: (process: ServiceProcess, client: HttpClient) => Promise<void>): Promise<void> {
    const [process, client] = [this.running, this.http];
    this.process = undefined;
    this.client = undefined;
    try {
      await how(process, client);
    } finally {
      this.pastComplaints.push(...process.complaints, ...client.differences);
    }
  }
}
