// Requests to the server this page came from. Every failure becomes a Failure, so that no caller has to guess.
import { appendFilter, type Filter } from '../state/filter';
import type { ErrorBody, Facets, Judgment, JudgmentRequest, Judgments, Picture, SearchAnswer, Status } from './types';

/** What is searched for: the whole library, words, words of captions, a picture of the library, or one of the user's. */
export type Target = (
  | { kind: 'browse' }
  | { kind: 'words'; query: string }
  | { kind: 'captions'; query: string }
  | { kind: 'like'; id: number }
  | { kind: 'image'; key: string; name: string; blob: Blob }
) & {
  /** Which pictures may be among the results; none given: all. */
  filter?: Filter;
  /** Newest first. */
  byDate?: boolean;
};

/** Largest picture that the server accepts, see /api/v1/search/image in the interface description. */
export const MAX_UPLOAD_BYTES = 32 * 1024 * 1024;

/** A request that did not succeed. `unreachable`: nobody answered. `temporary`: trying again may help. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly unreachable: boolean,
    readonly temporary: boolean,
  ) {
    super(message);
  }
}

export interface Page {
  limit: number;
  offset: number;
}

export interface Api {
  search(target: Target, page: Page, signal: AbortSignal): Promise<SearchAnswer>;
  picture(id: number, signal: AbortSignal): Promise<Picture>;
  status(signal: AbortSignal): Promise<Status>;
  facets(signal: AbortSignal): Promise<Facets>;
  /** What people without a name judged of a query. */
  judgments(query: string, signal: AbortSignal): Promise<Judgments>;
  judge(judgment: JudgmentRequest): Promise<Judgment>;
  forget(query: string, picture: number): Promise<void>;
  healthy(signal: AbortSignal): Promise<boolean>;
}

export function searchUrl(target: Target, page: Page): string {
  const parameters = new URLSearchParams();
  if (target.kind === 'words' || target.kind === 'captions') parameters.set('q', target.query);
  if (target.kind === 'captions') parameters.set('in', 'captions');
  if (target.kind === 'like') parameters.set('like', String(target.id));
  appendFilter(parameters, target.filter ?? []);
  if (target.byDate) parameters.set('sort', 'date');
  parameters.set('limit', String(page.limit));
  parameters.set('offset', String(page.offset));
  const route = { browse: 'pictures', words: 'search', captions: 'search', like: 'search', image: 'search/image' }[
    target.kind
  ];
  return `/api/v1/${route}?${parameters.toString()}`;
}

async function failureOf(response: Response): Promise<Failure> {
  const temporary = response.status >= 500 || response.status === 429;
  try {
    const { error } = (await response.json()) as ErrorBody;
    if (typeof error.message === 'string') return new Failure(error.message, error.code, false, temporary);
  } catch {
    // Not our error shape, a proxy's page for example: the status line is all there is to say.
  }
  return new Failure(
    `The server answered ${String(response.status)} ${response.statusText}`.trim(),
    'http',
    false,
    temporary,
  );
}

async function request<T>(url: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new Failure('Nothing answers at this address. Is glimpse still running?', 'unreachable', true, true);
  }
  if (!response.ok) throw await failureOf(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new Failure('The answer broke off halfway.', 'truncated', true, true);
  }
}

export const api: Api = {
  search(target, page, signal) {
    const url = searchUrl(target, page);
    if (target.kind !== 'image') return request(url, { signal });
    const type = target.blob.type.startsWith('image/') ? target.blob.type : 'application/octet-stream';
    return request(url, { signal, method: 'POST', body: target.blob, headers: { 'Content-Type': type } });
  },
  picture: (id, signal) => request(`/api/v1/pictures/${String(id)}`, { signal }),
  status: (signal) => request('/api/v1/status', { signal }),
  facets: (signal) => request('/api/v1/facets', { signal }),
  judgments: (query, signal) =>
    request(`/api/v1/judgments?${new URLSearchParams({ q: query, judge: '' }).toString()}`, { signal }),
  judge: (judgment) =>
    request('/api/v1/judgments', {
      method: 'POST',
      body: JSON.stringify(judgment),
      headers: { 'Content-Type': 'application/json' },
    }),
  forget: (query, picture) =>
    request(`/api/v1/judgments?${new URLSearchParams({ q: query, picture: String(picture) }).toString()}`, {
      method: 'DELETE',
    }),
  async healthy(signal) {
    try {
      return (await fetch('/api/v1/health', { signal })).ok;
    } catch {
      return false;
    }
  },
};

/** Address of a thumbnail whose longer side has at least `pixels` pixels, as far as the server makes them. */
export function thumbnailUrl(picture: Picture, pixels: number): string {
  const size = [160, 320, 640].find((candidate) => candidate >= pixels) ?? 1280;
  return `${picture.thumbnail_url}?size=${String(size)}`;
}
