import type { Versioned } from '../kernel/decider.js';
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

  describe('that another process appends to', () => {
    const recorded = (version: number): RecordedEvent => ({
      position: version,
      stream: 'x-1',
      version,
      id: `event ${version}`,
      occurredAt: new Date(version),
      metadata: { correlationId: 'c', causationId: 'c', actor: SYSTEM_ACTOR, commandId: 'c' },
      event: { type: 'x.happened' },
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
