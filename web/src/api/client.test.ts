import { afterEach, describe, expect, it, vi } from 'vitest';
import { api, Failure, searchUrl, thumbnailUrl, type Target } from './client';
import type { Picture } from './types';

const page = { limit: 48, offset: 96 };
const signal = new AbortController().signal;

afterEach(() => {
  vi.unstubAllGlobals();
});

function answering(response: Response | Error) {
  const fetch = vi.fn(() => (response instanceof Error ? Promise.reject(response) : Promise.resolve(response.clone())));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

const failureOf = async (promise: Promise<unknown>): Promise<Failure> => {
  const cause: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(cause instanceof Failure)) throw new Error(`expected a Failure, got ${String(cause)}`);
  return cause;
};

it('asks the right route', () => {
  const urls = (
    [
      { kind: 'browse' },
      { kind: 'words', query: 'a&b = “c”' },
      { kind: 'captions', query: 'dog' },
      { kind: 'like', id: 17 },
      {
        kind: 'words',
        query: 'dog',
        filter: [
          ['folder', 'a/b'],
          ['after', '2023'],
        ],
        byDate: true,
      },
      { kind: 'image', key: '1', name: 'x', blob: new Blob() },
    ] satisfies Target[]
  ).map((target) => searchUrl(target, page));
  expect(urls).toEqual([
    '/api/v1/pictures?limit=48&offset=96',
    '/api/v1/search?q=a%26b+%3D+%E2%80%9Cc%E2%80%9D&limit=48&offset=96',
    '/api/v1/search?q=dog&in=captions&limit=48&offset=96',
    '/api/v1/search?like=17&limit=48&offset=96',
    '/api/v1/search?q=dog&folder=a%2Fb&after=2023&sort=date&limit=48&offset=96',
    '/api/v1/search/image?limit=48&offset=96',
  ]);
});

describe('failures', () => {
  it("carry the server's message", async () => {
    answering(Response.json({ error: { code: 'invalid_argument', message: 'limit: too large' } }, { status: 422 }));
    const failure = await failureOf(api.search({ kind: 'browse' }, page, signal));
    expect(failure).toMatchObject({ message: 'limit: too large', code: 'invalid_argument', temporary: false });
  });
  it('survive an answer that is not ours', async () => {
    answering(new Response('<html>', { status: 502, statusText: 'Bad Gateway' }));
    const failure = await failureOf(api.status(signal));
    expect(failure).toMatchObject({ message: 'The server answered 502 Bad Gateway', temporary: true });
  });
  it('tell a server that is gone from one that complains', async () => {
    answering(new TypeError('Failed to fetch'));
    expect((await failureOf(api.status(signal))).unreachable).toBe(true);
    answering(new Response('{"pictures":'));
    expect((await failureOf(api.status(signal))).code).toBe('truncated');
  });
  it('are not made of a request the page itself took back', async () => {
    const abort = new AbortController();
    abort.abort();
    answering(new DOMException('aborted', 'AbortError'));
    await expect(api.status(abort.signal)).rejects.toHaveProperty('name', 'AbortError');
  });
});

it('sends a picture as it is, with a type the server takes', async () => {
  const fetch = answering(Response.json({}));
  const blob = new Blob(['x'], { type: 'image/png' });
  await api.search({ kind: 'image', key: '1', name: 'x', blob }, page, signal);
  await api.search({ kind: 'image', key: '2', name: 'x', blob: new Blob(['x']) }, page, signal);
  const types = fetch.mock.calls.map((call) => (call as unknown as [string, RequestInit])[1].headers);
  expect(types).toEqual([{ 'Content-Type': 'image/png' }, { 'Content-Type': 'application/octet-stream' }]);
});

it('chooses the smallest thumbnail that is large enough', () => {
  const picture = { thumbnail_url: '/t' } as Picture;
  expect([100, 160, 161, 500, 2000].map((size) => thumbnailUrl(picture, size))).toEqual([
    '/t?size=160',
    '/t?size=160',
    '/t?size=320',
    '/t?size=640',
    '/t?size=1280',
  ]);
});
