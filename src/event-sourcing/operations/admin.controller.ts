import { Delete, Get, HttpCode, Inject, NotFoundException, Param, Post, Query } from '@nestjs/common';
import { SubscriptionAdmin } from '../runner/subscription-admin.js';
import type { StoredCommandPage } from '../runner/stored-command-list.js';
import type { ParkedItemPage, ParkedItemPlace, SubscriptionStatus } from '../runner/subscription-status.js';
import { isUuid } from '../runtime/new-id.js';

const PAGE = 100;

/** A page of parked items, with the text that continues after it. */
export interface ParkedItemsAnswer extends Pick<ParkedItemPage, 'items'> {
  /** `after` of the next page; `null` at the end. */
  readonly next: string | null;
}

/** The routes of the admin module. Its path and guards are set where it is mounted. */
export class AdminController {
  @Inject(SubscriptionAdmin)
  private readonly admin!: SubscriptionAdmin; // injected

  /** The states of all projections, handlers and sagas. */
  @Get('handlers')
  async handlers(): Promise<SubscriptionStatus[]> {
    return this.admin.statuses();
  }

  /** Starts to rebuild the view of a projection of this process. `GET handlers` shows the progress. */
  @Post('handlers/:name/rebuilds')
  @HttpCode(202)
  async rebuild(@Param('name') name: string): Promise<void> {
    if (!(await this.admin.startRebuild(name)))
      throw new NotFoundException(`This process has no projection "${name}".`);
  }

  /** What is parked of a handler: events in their order, then commands. */
  @Get('handlers/:name/parked')
  async parked(@Param('name') name: string, @Query('after') after?: string): Promise<ParkedItemsAnswer> {
    const page = await this.admin.parked(name, placeOf(after), PAGE);
    if (!page) throw new NotFoundException(`There is no handler "${name}".`);
    return { items: page.items, next: page.next && textOf(page.next) };
  }

  /** Retries a parked event or command within a second. */
  @Post('handlers/:name/parked/:id/retries')
  @HttpCode(202)
  async retry(@Param('name') name: string, @Param('id') id: string): Promise<void> {
    if (!isUuid(id) || !(await this.admin.retry(name, id))) throw notParked(name, id);
  }

  /** Drops a parked event or command. The handler never gets it. */
  @Delete('handlers/:name/parked/:id')
  @HttpCode(204)
  async drop(@Param('name') name: string, @Param('id') id: string): Promise<void> {
    if (!isUuid(id) || !(await this.admin.drop(name, id))) throw notParked(name, id);
  }

  /** Commands that are stored and have not run, without their data. */
  @Get('commands')
  async commands(@Query('after') after?: string): Promise<StoredCommandPage> {
    return this.admin.storedCommands(/^\d{1,15}$/.test(after ?? '') ? Number(after) : 0, PAGE);
  }
}

function notParked(name: string, id: string): NotFoundException {
  return new NotFoundException(`Nothing with the id ${id} is parked for "${name}".`);
}

/** A text that is not of this form stands for the first page. */
function placeOf(text: string | undefined): ParkedItemPlace | undefined {
  const [, kind, order] = /^(event|command)-(\d{1,15})$/.exec(text ?? '') ?? [];
  return kind === undefined ? undefined : { isCommand: kind === 'command', order: Number(order) };
}

function textOf({ isCommand, order }: ParkedItemPlace): string {
  return `${isCommand ? 'command' : 'event'}-${order}`;
}
