import type { BenchContext } from '../support/bench.js';
import { BenchProcess } from '../support/bench-process.js';
import { TcpForwarder } from '../../test/support/tcp-forwarder.js';

export interface MemberDatabases {
  readonly command: string;
  readonly query: string;
}

/** A process of the service, and the network between it and its databases. */
export class Member {
  private constructor(
    private readonly process: BenchProcess,
    private readonly network: TcpForwarder,
    /** As the leases name it. */
    readonly id: string,
  ) {}

  static async start({ signal }: BenchContext, { command, query }: MemberDatabases): Promise<Member> {
    const network = await TcpForwarder.to(command);
    const env = { COMMAND_URL: network.url(command), QUERY_URL: network.url(query) };
    const process = BenchProcess.start(new URL('member.ts', import.meta.url), env, signal);
    return new Member(process, network, await process.ask<string>('id'));
  }

  /** As a power cut ends it; the system closes its connections. */
  kill(): void {
    this.process.kill();
  }

  /** Nothing passes any more, in neither direction, and nobody is told. The process runs on. */
  drop(): void {
    this.network.stall();
  }

  /** Ends whatever is left of it. */
  async end(): Promise<void> {
    this.process.kill();
    await this.process.ended();
    this.network.cut();
  }
}
