// What is on screen, written in the address: ?q=black+dog, ?q=black+dog&in=captions, ?like=17, ?image=beach.jpg, with
// &folder=trips&after=2023 and so on, &sort=date, and &view=42 for the large view.
import { appendFilter, filterKey, NO_FILTER, parseFilter, type Filter } from './filter';

export interface Place {
  query: string;
  /** The words are looked for in captions. */
  captions: boolean;
  like: number | null;
  /** Name of a picture of the user's own; the picture itself is only in memory. */
  image: string | null;
  view: number | null;
  /** Which pictures may be among the results. */
  filter: Filter;
  /** Newest first. */
  byDate: boolean;
}

export const HOME: Place = {
  query: '',
  captions: false,
  like: null,
  image: null,
  view: null,
  filter: NO_FILTER,
  byDate: false,
};

function idOf(text: string | null): number | null {
  if (text === null || !/^[1-9][0-9]{0,18}$/.test(text)) return null;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : null;
}

export function parsePlace(search: string): Place {
  const parameters = new URLSearchParams(search);
  const query = (parameters.get('q') ?? '').trim();
  const captions = query !== '' && parameters.get('in') === 'captions';
  const like = query ? null : idOf(parameters.get('like'));
  const image = query || like !== null ? null : parameters.get('image') || null;
  const view = idOf(parameters.get('view'));
  const byDate = parameters.get('sort') === 'date';
  return { query, captions, like, image, view, filter: parseFilter(parameters), byDate };
}

export function formatPlace(place: Place): string {
  const parameters = new URLSearchParams();
  if (place.query) {
    parameters.set('q', place.query);
    if (place.captions) parameters.set('in', 'captions');
  } else if (place.like !== null) parameters.set('like', String(place.like));
  else if (place.image !== null) parameters.set('image', place.image);
  appendFilter(parameters, place.filter);
  if (place.byDate) parameters.set('sort', 'date');
  if (place.view !== null) parameters.set('view', String(place.view));
  const text = parameters.toString();
  return text ? `/?${text}` : '/';
}

/** Whether two places show the same results. */
export const sameResults = (a: Place, b: Place): boolean =>
  a.query === b.query &&
  a.captions === b.captions &&
  a.like === b.like &&
  a.image === b.image &&
  a.byDate === b.byDate &&
  filterKey(a.filter) === filterKey(b.filter);

/**
 * How a place is entered into the browser's history. Words being typed share one entry (`draft`), so that Back leads to
 * the search before, not to the letter before; Enter seals the entry.
 */
export function historyStep(draftNow: boolean, typing: boolean): 'push' | 'replace' {
  return draftNow && typing ? 'replace' : 'push';
}
