import { Book } from './book.js';
import { documentOf } from './document.js';

const run = {
  calls: 100,
  rate: 2_000,
  p50: 10.04,
  p99: 20,
  max: 30,
  cpuSeconds: 0,
  refused: 0,
  service: 300,
  postgres: 150,
};

describe('the document of the results', () => {
  it('shows each subject beside ours', () => {
    const book = new Book();
    book.addRun('add-5', 'alone', run);
    book.addRun('add-5', 'crud-pg', { ...run, rate: 1_000, service: 600, postgres: 300, refused: 25 });
    const document = documentOf(book, { lines: ['commit abc'] });

    expect(document).toContain('- commit abc\n');
    expect(document).toContain(
      '| add, cart of 5 items | Cartwright | 2,000 (2,000-2,000) | 10, 20 | 300 | 150 |  |  |  |\n' +
        '|  | CRUD, plain pg | 1,000 (1,000-1,000) | 10, 20 | 600 | 300 | **2** | **0.5** | 25% |\n',
    );
  });

  it('keeps what was written by hand about the limits', () => {
    const first = documentOf(new Book(), { lines: [] });
    const edited = first.replace('Nothing is written here yet.', 'A POST costs a writev.\n\n- and more');
    expect(documentOf(new Book(), { lines: ['later'] }, edited)).toContain(
      'A POST costs a writev.\n\n- and more\n',
    );
  });

  it('names what could not be measured', () => {
    const book = new Book();
    book.fail('hot, emmett', new Error('it ended:\nno such file\n    at somewhere'));
    expect(documentOf(book, { lines: [] })).toContain('- hot, emmett: it ended: / no such file\n');
  });
});
