import type { Versioned } from '../kernel/decider.js';
import type { DomainEvent } from '../kernel/event.js';
import { SYSTEM_ACTOR, type RecordedEvent } from '../kernel/recorded-event.js';
import { PendingAppend } from '../log/append/pending-append.js';
import { StreamCell } from './stream-cell.js';

const at = (version: number, state = `own ${version}`): Versioned<string> => ({
  state,
  version,
  occurredAt: new Date(version),
});
const decider = { category: 'x', initialState: '', evolve: (state: unknown) => state };
const cellAt = (version: number): StreamCell => new StreamCell(decider, at(version));
const pending = (...buildsOn: PendingAppend[]): PendingAppend =>
  new PendingAppend({ writes: [], conditions: [] }, buildsOn);

const event = (text = ''): DomainEvent & { text: string } => ({ type: 'x.happened', text });

describe('what a process knows of a stream', () => {
  it('runs ahead of the disk, and is on disk when the append is', () => {
    const cell = cellAt(1);
    const append = pending();
    cell.advance(at(2), append);
    expect([cell.committed, cell.latest, cell.tail]).toEqual([at(1), at(2), append]);
    cell.confirm(at(2), append);
    expect([cell.committed, cell.latest, cell.tail]).toEqual([at(2), at(2), undefined]);
  });

  it('stays ahead when an append below the last one is confirmed', () => {
    const cell = cellAt(1);
    const first = pending();
    const second = pending(first);
    cell.advance(at(2), first);
    cell.advance(at(3), second);
    cell.confirm(at(2), first);
    expect([cell.committed, cell.latest, cell.tail]).toEqual([at(2), at(3), second]);
  });

  it('falls back to the disk when what it rests on fails, and only then', () => {
    const cell = cellAt(1);
    const first = pending();
    const second = pending(first);
    cell.advance(at(2), first);
    cell.advance(at(3), second);
    cell.rollBack(pending());
    expect(cell.latest).toEqual(at(3));
    cell.rollBack(first);
    expect([cell.latest, cell.tail]).toEqual([at(1), undefined]);
  });

  it('never goes back to what the log was before', () => {
    const cell = cellAt(3);
    cell.refresh(at(2));
    cell.confirm(at(2), pending());
    expect([cell.committed, cell.latest]).toEqual([at(3), at(3)]);
  });

  it('keeps what is under way where it may still hold', () => {
    const cell = cellAt(1);
    const append = pending();
    cell.advance(at(3), append);
    cell.refresh(at(2, 'another’s'));
    expect([cell.committed, cell.latest, cell.tail]).toEqual([at(2, 'another’s'), at(3), append]);
    cell.rollBack(append);
    expect(cell.latest).toEqual(at(2, 'another’s'));
  });

  it('drops what is under way where the log has moved past it', () => {
    const cell = cellAt(1);
    cell.advance(at(2), pending());
    cell.refresh(at(5, 'another’s'));
    expect([cell.committed, cell.latest, cell.tail]).toEqual([
      at(5, 'another’s'),
      at(5, 'another’s'),
      undefined,
    ]);
  });

  it('weighs as much as its events: one each, and one more for every 500 characters', () => {
    const cell = cellAt(3);
    expect(cell.weight).toBe(3);
    cell.weigh([event(), event()]);
    expect(cell.weight).toBe(3);
    cell.weigh([event('x'.repeat(5_000))]);
    expect(cell.weight).toBe(13);
    cell.rests(3, 1_000);
    expect(cell.weight).toBe(5);
  });

  describe('that another process appends to', () => {
    const recorded = (version: number, text?: string): RecordedEvent => ({
      position: version,
      stream: 'x-1',
      version,
      id: `event ${version}`,
      occurredAt: new Date(version),
      metadata: { correlationId: 'c', causationId: 'c', actor: SYSTEM_ACTOR, commandId: 'c' },
      event: event(text),
    });

    it('weighs what it takes in, once', () => {
      const cell = cellAt(1);
      for (const version of [2, 2, 3]) cell.follow(recorded(version, 'x'.repeat(5_000)));
      expect(cell.weight).toBe(3 + 2 * 10);
    });

    it('takes in the next event, and none twice', () => {
      const cell = cellAt(1);
      expect([cell.follow(recorded(1)), cell.follow(recorded(2)), cell.follow(recorded(2))]).toEqual([
        true,
        true,
        true,
      ]);
      expect(cell.committed).toEqual({ ...at(2), state: 'own 1' });
      expect([cell.latest, cell.eventId]).toEqual([cell.committed, 'event 2']);
    });

    it('is out of date after a gap, while an append is under way, and where evolve throws', () => {
      expect(cellAt(1).follow(recorded(3))).toBe(false);
      const ahead = cellAt(1);
      ahead.advance(at(2), pending());
      expect(ahead.follow(recorded(2))).toBe(true);
      expect(ahead.follow(recorded(3))).toBe(false);
      const evolve = (): never => {
        throw new Error('refused');
      };
      expect(new StreamCell({ ...decider, evolve }, at(1)).follow(recorded(2))).toBe(false);
    });
  });
});
