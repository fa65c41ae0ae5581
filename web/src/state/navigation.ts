// The browser's history as the page's memory: where it is, how it got there, and how far each place was scrolled.
import { formatPlace, parsePlace, type Place } from './url';

export interface Entry {
  key: string;
  /** Words that are still being typed. */
  draft: boolean;
  /** The large view was opened from the results, so closing it is going back. */
  opened: boolean;
  /** Which picture of the user's own is searched with. */
  image: string | null;
}

interface Scrolled {
  y: number;
  /** How many pictures were loaded. */
  pictures: number;
}

const STORED = 'glimpse.scrolled';
const MAX_STORED = 50;

const newKey = (): string => Math.random().toString(36).slice(2, 10);

function entryOf(state: unknown): Entry | null {
  if (typeof state !== 'object' || state === null || !('key' in state) || typeof state.key !== 'string') return null;
  const { key, draft, opened, image } = state as Record<string, unknown>;
  return {
    key: String(key),
    draft: draft === true,
    opened: opened === true,
    image: typeof image === 'string' ? image : null,
  };
}

export class Navigation {
  entry: Entry;
  private readonly scrolled: Map<string, Scrolled>;

  constructor() {
    history.scrollRestoration = 'manual';
    this.scrolled = this.load();
    const found = entryOf(history.state);
    this.entry = found ?? { key: newKey(), draft: false, opened: false, image: null };
    if (!found) history.replaceState(this.entry, '');
  }

  place(): Place {
    return parsePlace(location.search);
  }

  enter(place: Place, how: 'push' | 'replace', entry: Partial<Omit<Entry, 'key'>>): void {
    const key = how === 'push' ? newKey() : this.entry.key;
    this.entry = { key, draft: false, opened: false, image: null, ...entry };
    if (how === 'push') history.pushState(this.entry, '', formatPlace(place));
    else history.replaceState(this.entry, '', formatPlace(place));
  }

  /** Takes note of where Back or Forward led. */
  arrived(state: unknown): void {
    const found = entryOf(state);
    this.entry = found ?? { key: newKey(), draft: false, opened: false, image: null };
    if (!found) history.replaceState(this.entry, '');
  }

  /** Remembers how far the present place is scrolled; `pictures`: how many are loaded. */
  remember(pictures: number): void {
    this.scrolled.delete(this.entry.key);
    this.scrolled.set(this.entry.key, { y: window.scrollY, pictures });
  }

  recall(): Scrolled | null {
    return this.scrolled.get(this.entry.key) ?? null;
  }

  /** Keeps what is remembered over a reload of the page. */
  store(): void {
    try {
      sessionStorage.setItem(STORED, JSON.stringify([...this.scrolled].slice(-MAX_STORED)));
    } catch {
      // Not remembered.
    }
  }

  private load(): Map<string, Scrolled> {
    try {
      return new Map(JSON.parse(sessionStorage.getItem(STORED) ?? '[]') as [string, Scrolled][]);
    } catch {
      return new Map();
    }
  }
}
