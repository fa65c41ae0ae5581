import { beforeEach, describe, expect, it } from 'vitest';
import { Failure, type Page, type Target } from '../api/client';
import type { Picture, SearchAnswer } from '../api/types';
import { PAGE_SIZE, ResultsStore, targetKey } from './results';

interface Request {
  target: Target;
  page: Page;
  signal: AbortSignal;
  resolve(answer: SearchAnswer): void;
  reject(cause: unknown): void;
}

let requests: Request[] = [];
let store: ResultsStore;

const words = (query: string): Target => ({ kind: 'words', query });
const picture = (id: number): Picture => ({
  id,
  path: `/p/${String(id)}.jpg`,
  name: `${String(id)}.jpg`,
  score: 1 / id,
  width: 4,
  height: 3,
  thumbnail_url: '',
  file_url: '',
  format: 'jpeg',
  size_bytes: 1000,
  modified_at: '2023-06-01T12:00:00Z',
});
const answer = (first: number, length: number, total: number, page: Page): SearchAnswer => ({
  query: '',
  results: Array.from({ length }, (_, i) => picture(first + i)),
  total,
  ...page,
  model: 'm',
  generation: 1,
  encode_ms: 1,
  search_ms: 1,
});
const request = (index: number): Request => {
  const found = requests[index];
  if (!found) throw new Error(`no request ${String(index)}`);
  return found;
};
const ids = () => store.get().pictures.map(({ id }) => id);

beforeEach(() => {
  requests = [];
  store = new ResultsStore({
    search: (target, page, signal) =>
      new Promise((resolve, reject) => {
        requests.push({ target, page, signal, resolve, reject });
        signal.addEventListener('abort', () => {
          reject(new DOMException('aborted', 'AbortError'));
        });
      }),
  });
});

async function shown(target: Target, first: number, length: number, total: number) {
  const done = store.show(target);
  const { page, resolve } = request(requests.length - 1);
  resolve(answer(first, length, total, page));
  await done;
}

describe('ResultsStore', () => {
  it('aborts the request before, and drops its answer', async () => {
    const first = store.show(words('b'));
    const second = store.show(words('black'));
    expect(request(0).signal.aborted).toBe(true);
    request(0).resolve(answer(1, 3, 3, request(0).page));
    request(1).resolve(answer(7, 2, 2, request(1).page));
    await Promise.all([first, second]);
    expect(ids()).toEqual([7, 8]);
    expect(store.get().phase).toBe('ready');
  });

  it('drops a late answer even when the request could not be aborted', async () => {
    const late: ((answer: SearchAnswer) => void)[] = [];
    store = new ResultsStore({ search: () => new Promise((resolve) => late.push(resolve)) });
    const page = { limit: PAGE_SIZE, offset: 0 };
    const both = [store.show(words('a')), store.show(words('b'))];
    late[1]?.(answer(5, 1, 1, page));
    await both[1];
    late[0]?.(answer(1, 1, 1, page));
    await both[0];
    expect(ids()).toEqual([5]);
  });

  it('keeps the pictures before on screen while the next are on their way, and knows whose they are', async () => {
    await shown(words('a'), 1, 2, 2);
    void store.show(words('b'));
    expect(store.get()).toMatchObject({ phase: 'loading', target: words('b'), shown: words('a') });
    expect(ids()).toEqual([1, 2]);
  });

  it('adds pages, each picture once, until all are there', async () => {
    await shown(words('a'), 1, PAGE_SIZE, PAGE_SIZE + 10);
    expect(store.get().complete).toBe(false);
    const more = store.loadMore();
    void store.loadMore();
    expect(requests).toHaveLength(2);
    expect(request(1).page).toEqual({ limit: PAGE_SIZE, offset: PAGE_SIZE });
    // The library grew by one meanwhile: the last picture of the page before comes again.
    request(1).resolve(answer(PAGE_SIZE, 11, PAGE_SIZE + 11, request(1).page));
    await more;
    expect(ids()).toEqual(Array.from({ length: PAGE_SIZE + 10 }, (_, i) => i + 1));
    expect(store.get().complete).toBe(true);
    await store.loadMore();
    expect(requests).toHaveLength(2);
  });

  it('shows a failure, and repeats on retry', async () => {
    const failure = new Failure('no such model', 'unavailable', false, true);
    const failing = store.show(words('a'));
    request(0).reject(failure);
    await failing;
    expect(store.get()).toMatchObject({ phase: 'failed', failure, pictures: [] });
    const again = store.retry();
    request(1).resolve(answer(1, 1, 1, request(1).page));
    await again;
    expect(store.get()).toMatchObject({ phase: 'ready', failure: null });
  });

  it('keeps what is there when only the next page fails', async () => {
    await shown(words('a'), 1, PAGE_SIZE, 500);
    const more = store.loadMore();
    request(1).reject(new Failure('busy', 'unavailable', false, true));
    await more;
    expect(store.get()).toMatchObject({ phase: 'ready', more: 'failed' });
    expect(ids()).toHaveLength(PAGE_SIZE);
    void store.retry();
    expect(request(2).page.offset).toBe(PAGE_SIZE);
  });

  it('goes back without a request, with all pages', async () => {
    await shown(words('a'), 1, PAGE_SIZE, 500);
    const more = store.loadMore();
    request(1).resolve(answer(PAGE_SIZE + 1, PAGE_SIZE, 500, request(1).page));
    await more;
    await shown(words('b'), 1, 1, 1);
    await store.show(words('a'), { kept: true });
    expect(requests).toHaveLength(3);
    expect(ids()).toHaveLength(2 * PAGE_SIZE);
  });

  it('asks for as many pictures as were there before a reload', () => {
    void store.show(words('a'), { atLeast: 130 });
    void store.show(words('a'), { atLeast: 5000 });
    expect(requests.map(({ page }) => page.limit)).toEqual([130, 1000]);
  });
});

it('tells targets apart', () => {
  const blob = new Blob();
  const targets: Target[] = [
    { kind: 'browse' },
    words('1'),
    words('browse'),
    { kind: 'captions', query: '1' },
    { kind: 'like', id: 1 },
    { kind: 'image', key: '1', name: '1', blob },
    { kind: 'image', key: '2', name: '1', blob },
  ];
  expect(new Set(targets.map(targetKey)).size).toBe(targets.length);
});
