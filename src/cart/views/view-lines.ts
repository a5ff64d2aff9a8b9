import type { CartEvent, ItemAdded, ItemRepriced } from '../domain/cart.events.js';

/** What every view needs to know of an item in order to add it up. */
export interface ViewLine {
  readonly id: string;
  readonly quantity: number;
  /** Minor units of the cart's currency. */
  readonly unitPrice: number;
}

/** How a view remembers an item. */
export interface LineShape<Line extends ViewLine> {
  /** The line of an item that has just appeared. */
  of(added: ItemAdded, addedAt: Date): Line;
  /** What of its line changes when an item takes over what the catalogue says. */
  caught(event: ItemAdded | ItemRepriced): Partial<Line>;
}

/** The lines of a cart after an event, in the order in which they appeared; the same array where nothing changed. */
export function linesAfter<Line extends ViewLine>(
  lines: readonly Line[],
  event: CartEvent,
  occurredAt: Date,
  shape: LineShape<Line>,
): readonly Line[] {
  switch (event.type) {
    case 'cart.item-added': {
      const present = lines.find(({ id }) => id === event.itemId);
      if (present === undefined) return [...lines, shape.of(event, occurredAt)];
      const quantity = present.quantity + event.quantity;
      return replaced(lines, { ...present, ...shape.caught(event), quantity });
    }
    case 'cart.item-quantity-changed':
      return lines.map((line) => (line.id === event.itemId ? { ...line, quantity: event.quantity } : line));
    case 'cart.item-removed':
      return lines.filter(({ id }) => id !== event.itemId);
    case 'cart.cleared':
      return [];
    case 'cart.item-repriced':
      return lines.map((line) => (line.id === event.itemId ? { ...line, ...shape.caught(event) } : line));
    case 'cart.opened':
    case 'cart.abandoned':
    case 'cart.discarded':
    case 'cart.claimed':
    case 'cart.merged':
      return lines;
  }
}

function replaced<Line extends ViewLine>(lines: readonly Line[], by: Line): Line[] {
  return lines.map((line) => (line.id === by.id ? by : line));
}

/** What the lines come to: their number, all quantities together, and minor units. */
export function sumsOf(lines: readonly ViewLine[]): { itemCount: number; quantity: number; total: number } {
  let quantity = 0;
  let total = 0;
  for (const line of lines) {
    quantity += line.quantity;
    total += line.quantity * line.unitPrice;
  }
  return { itemCount: lines.length, quantity, total };
}
